#!/usr/bin/env bash
# Times a training step, and the cost of a new formula, here and in candle-nn, PyTorch and JAX: interleaved, on one core. What cannot be had is left out
# with a line that says so.
#   scripts/peers.sh [--short] [--json FILE] [...]      --help shows everything
#   PEERS_FOLDER     keeps the Python environments between runs [default: target/exports]
#   TORCH_PYTHON     a Python that has PyTorch 2.4 or later; without it PyPI's is fetched (5 GB on disk)
#   JAX_PYTHON       a Python that has JAX
set -euo pipefail
calling=$PWD
cd "$(dirname "$0")/.."
source scripts/environments.sh
if ! command -v python3 >/dev/null; then
    echo "SKIPPED: the comparison with peers: no python3 here"
    exit 0
fi
case " $* " in *" --help "* | *" -h "*) exec python3 benches/peers/drive.py --help ;; esac
folder=$(realpath -m "${PEERS_FOLDER:-target/exports}")
mkdir -p "$folder"

ours=$(cargo bench --bench peers --no-run --message-format=json 2>"$folder/cargo.log" | python3 -c '
import json, sys
built = [json.loads(line).get("executable") for line in sys.stdin if line.startswith("{")]
print([path for path in built if path][-1])') || { cat "$folder/cargo.log"; exit 1; }

arguments=(--ours "$ours" --folder "$folder/peers")
torch=${TORCH_PYTHON:-}
if [ -z "$torch" ]; then
    [ -x "$folder/pytorch/bin/python" ] || echo "fetching PyTorch (2.6 GB) into $folder/pytorch"
    if torch_environment "$folder/pytorch"; then torch=$folder/pytorch/bin/python; else echo "no PyTorch here, see $folder/pytorch.log"; fi
fi
[ -z "$torch" ] || arguments+=(--torch "$torch")
jax=${JAX_PYTHON:-}
if [ -z "$jax" ]; then
    jax=$folder/venv/bin/python
    jax_environment "$folder/venv" || "$jax" -c "import jax" 2>/dev/null || { jax=; echo "no JAX here, see $folder/venv.log"; }
fi
[ -z "$jax" ] || arguments+=(--jax "$jax")
root=$PWD
cd "$calling"
exec python3 "$root/benches/peers/drive.py" "${arguments[@]}" "$@"
