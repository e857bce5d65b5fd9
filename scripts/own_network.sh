#!/usr/bin/env bash
# Replays relu, gelu and a formula with the programs of examples/own_network. Those in PyTorch and transformers are skipped, with a line that says so,
# where python3 lacks them.
#   scripts/own_network.sh MOTHERLODE [FOLDER]     FOLDER keeps the archive between runs [default: target/own_network]
set -euo pipefail
motherlode=$(realpath "${1:?the built motherlode}")
cd "$(dirname "$0")/.."
folder=$(realpath -m "${2:-target/own_network}")
mkdir -p "$folder"

# run NAME MODULES...
run() {
    local name=$1
    shift
    for module in "$@"; do
        if ! python3 -c "import $module" 2>/dev/null; then
            echo "SKIPPED: examples/own_network/$name.toml: python3 has no $module here"
            return 0
        fi
    done
    "$motherlode" replay --benchmark "examples/own_network/$name.toml" --baselines relu,gelu --formula 'x*tanh(softplus(x))' \
        --seeds 2 --yes --archive "$folder/archive"
}

run plain json
run pytorch torch
run huggingface torch transformers
