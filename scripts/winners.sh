#!/usr/bin/env bash
# Does what the README's first campaign calls a winner hold on the benchmark that it suggests? Runs that campaign on each of the given seeds, and each replay
# that it suggests, and prints one line a block. What is done is kept in the folder, and the same command goes on from there.
#   scripts/winners.sh [--program PROGRAM] [--folder FOLDER] [--mine 'OPTIONS'] SEED...
#   --program   [default: target/release/motherlode]
#   --folder    where archives and answers lie [default: target/winners]
#   --mine      further options of motherlode mine, such as '--lab smoke --attempts 60'
# A replay on images needs the set: motherlode data get fashion-mnist, or MOTHERLODE_DATA.
# The exit code is 1 where a replay contradicts its campaign: worse than what the winner was called better than.
set -euo pipefail
program=target/release/motherlode
folder=target/winners
options=
while [ $# -gt 0 ]; do
    case $1 in
    --program) program=$2; shift 2 ;;
    --folder) folder=$2; shift 2 ;;
    --mine) options=$2; shift 2 ;;
    -*) echo "unknown option $1: see the head of $0" >&2; exit 2 ;;
    *) break ;;
    esac
done
[ $# -gt 0 ] || { echo "give one seed or more, such as: $0 1 2 3 4 5" >&2; exit 2; }
exec python3 - "$program" "$folder" "$options" "$@" <<'PYTHON'
import json, pathlib, shlex, subprocess, sys

program, folder, options, *seeds = sys.argv[1:]
folder = pathlib.Path(folder)


def run(arguments, archive):
    """The lines of JSON that a command prints; its words pass through."""
    command = [program, *arguments, "--archive", str(archive), "--json"]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
    if done.returncode != 0:
        sys.exit(f"{shlex.join(command)} ended with {done.returncode}")
    return [json.loads(line) for line in done.stdout.splitlines()]


def kept(path, made):
    """What is in a file, or what is made now and written to it whole."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        aside = path.with_suffix(".part")
        aside.write_text(json.dumps(made()))
        aside.rename(path)
    return json.loads(path.read_text())


def campaign(seed, archive):
    name = f"winners-{seed}"
    listed = run(["archive", "list"], archive)[0]["campaigns"] if archive.exists() else []
    begun = any(one["campaign"] == name for one in listed)
    new = ["mine", "--seed", seed, "--name", name, *shlex.split(options)]
    return run(["mine", "--resume", name] if begun else new, archive)[-1]


contradicted = 0
for seed in seeds:
    here = folder / f"seed-{seed}"
    finished = kept(here / "finished.json", lambda: campaign(seed, here / "archive"))
    for block in finished["blocks"]:
        profile, command = block["profile"], block["next"]
        if command is None:
            print(f"seed {seed}: {block['words']}", flush=True)
            continue
        words = shlex.split(command)[1:]
        replay = kept(here / f"{profile}.json", lambda: run(words, here / "archive")[0])
        rows = [row for row in replay["comparisons"] if row["candidate_id"] == block["best"]["id"]]
        against = block["rival"]
        contradicts = any(row["baseline"] == against and row["verdict"] == "worse" for row in rows)
        contradicted += contradicts
        told = "; ".join(f"{row['words']} ({row['difference']:+.4f})" for row in rows)
        mark = "CONTRADICTED" if contradicts else "not contradicted"
        print(f"seed {seed}: {block['words']} | {replay['benchmark']}, {len(replay['seeds'])} seeds: {told} | {mark}", flush=True)
print(f"{contradicted} contradicted")
sys.exit(1 if contradicted else 0)
PYTHON
