#!/usr/bin/env bash
# Times a training step of networks for images here and in PyTorch (NCHW and channels_last): interleaved, on one core; then two workers against one.
#   scripts/replay_speed.sh [--turns 3] [--json FILE] [...]      --help shows everything
#   PEERS_FOLDER     keeps the Python environment between runs [default: target/exports]
#   TORCH_PYTHON     a Python that has PyTorch 2.4 or later; without it PyPI's is fetched (5 GB on disk)
set -euo pipefail
calling=$PWD
cd "$(dirname "$0")/.."
source scripts/environments.sh
if ! command -v python3 >/dev/null || [ "$(uname)" != Linux ]; then
    echo "SKIPPED: the comparison over images: it needs Linux and python3"
    exit 0
fi
case " $* " in *" --help "* | *" -h "*) exec python3 benches/peers/images.py --help ;; esac
folder=$(realpath -m "${PEERS_FOLDER:-target/exports}")
mkdir -p "$folder"

ours=$(cargo bench --bench images --no-run --message-format=json 2>"$folder/cargo.log" | python3 -c '
import json, sys
built = [json.loads(line).get("executable") for line in sys.stdin if line.startswith("{")]
print([path for path in built if path][-1])') || { cat "$folder/cargo.log"; exit 1; }

arguments=(--ours "$ours" --folder "$folder/images")
torch=${TORCH_PYTHON:-}
if [ -z "$torch" ]; then
    [ -x "$folder/pytorch/bin/python" ] || echo "fetching PyTorch (2.6 GB) into $folder/pytorch"
    if torch_environment "$folder/pytorch"; then torch=$folder/pytorch/bin/python; else echo "no PyTorch here, see $folder/pytorch.log"; fi
fi
[ -z "$torch" ] || arguments+=(--torch "$torch")
root=$PWD
cd "$calling"
exec python3 "$root/benches/peers/images.py" "${arguments[@]}" "$@"
