#!/usr/bin/env bash
# Packs a small archive as one version of the program writes it, with what that version shows of it, for the tests that later versions open, show and
# resume it: scripts/pack_archive.sh PROGRAM NAME writes tests/spec/archives/NAME.tar.gz. The archive has a finished campaign, one that was killed, one
# of scripted replies, a replay and a transfer; shown/resumed.json is what the same version makes of the killed one.
set -euo pipefail
program=$(realpath "$1")
target=$(realpath "$(dirname "$0")/..")/tests/spec/archives/$2.tar.gz
examples=$(realpath "$(dirname "$0")/../examples")
tiny=$(realpath "$(dirname "$0")/../tests/spec/labs/tiny.toml")
# The charter of scripted replies has their path, so that it is the same everywhere.
work=/tmp/motherlode-packed
rm -rf "$work"
mkdir -p "$work/shown"
cd "$work"
cp -r "$examples/replies" "$tiny" .
export MOTHERLODE_ARCHIVE=archive

"$program" mine --lab tiny.toml --attempts 24 --champions 1 --seed 1 --name whole --json > /dev/null
"$program" mine --lab tiny.toml --attempts 30 --champions 0 --seed 2 --name half --json > half.jsonl &
while [ "$(grep -c '"event":"attempt"' half.jsonl || true)" -lt 11 ]; do sleep 0.02; done
kill -9 $!
wait || true
"$program" mine --proposer scripted --replies replies --lab tiny.toml --attempts 8 --champions 0 --seed 3 --name scripted --json > /dev/null
mkdir in
python3 - << 'END'
import struct

for part, count in (("train", 60), ("t10k", 30)):
    with open(f"in/{part}-images-idx3-ubyte", "wb") as file:
        file.write(struct.pack(">4I", 0x803, count, 4, 4) + bytes(place % 256 for place in range(count * 16)))
    with open(f"in/{part}-labels-idx1-ubyte", "wb") as file:
        file.write(struct.pack(">2I", 0x801, count) + bytes([place * place % 3 for place in range(count - 3)] + [0, 1, 2]))
END
"$program" data import mine in --data data
recipe=(--benchmark mine/mlp-4 --epochs 1 --batch 8 --data data)
"$program" replay "${recipe[@]}" --top 2 --seeds 3 --json > shown/replay.json
"$program" transfer "${recipe[@]}" --functions 50 --lab tiny.toml --vault tiny.toml --seeds 2 --json > shown/transfer.json
rm -rf archive/copies
"$program" archive list --json > shown/list.json
for campaign in whole half scripted; do
    "$program" archive top "$campaign" --json > "shown/top-$campaign.json"
    "$program" archive attempts "$campaign" --json > "shown/attempts-$campaign.json"
    "$program" spend "$campaign" --json > "shown/spend-$campaign.json"
done
cp -r archive resumed
"$program" mine --archive resumed --resume half --json > /dev/null
"$program" archive top half --archive resumed --json > shown/resumed.json
tar --sort=name --mtime=2026-01-01 --owner=0 --group=0 --numeric-owner -czf "$target" archive data shown tiny.toml
ls -l "$target"
