#!/usr/bin/env bash
# Exports the library and scripts/check_exports.txt, and runs every export's own check against 64-bit values. A target whose tools cannot be had here
# is skipped with a line that says so.
#   scripts/check_exports.sh MOTHERLODE [FOLDER]     FOLDER keeps the Python environments between runs [default: target/exports]
set -euo pipefail
motherlode=$(realpath "${1:?the built motherlode}")
cd "$(dirname "$0")/.."
folder=$(realpath -m "${2:-target/exports}")
mkdir -p "$folder"
failed=0

if ! command -v python3 >/dev/null; then
    echo "SKIPPED: checks of exports: no python3 here"
    exit 0
fi
python3 scripts/check_exports.py write "$motherlode" "$folder/written"

python3 scripts/check_exports.py rust "$folder/written" || failed=1

# JAX and ONNX from PyPI, into an environment of their own.
python=$folder/venv/bin/python
source scripts/environments.sh
jax_environment "$folder/venv" || true
for target in jax onnx; do
    if "$python" -c "import $target; $([ $target = jax ] || echo "import onnxruntime")" 2>/dev/null; then
        JAX_PLATFORMS=cpu "$python" scripts/check_exports.py $target "$folder/written" || failed=1
    else
        echo "SKIPPED: exports to $target: its packages could not be installed, see $folder/venv.log"
    fi
done

# PyTorch as it stands here, else Debian's packages unpacked below the folder: nothing is installed, and PyPI's build would bring gigabytes of CUDA.
debian=$folder/debian
run_torch() { python3 "$@"; }
if ! run_torch -c "import torch" 2>/dev/null; then
    libraries=$debian/usr/lib:$debian/usr/lib/x86_64-linux-gnu:$debian/lib/x86_64-linux-gnu
    libraries=$libraries:$debian/usr/lib/x86_64-linux-gnu/blas:$debian/usr/lib/x86_64-linux-gnu/lapack
    run_torch() { PYTHONPATH=$debian/usr/lib/python3/dist-packages LD_LIBRARY_PATH=$libraries /usr/bin/python3 "$@"; }
    if ! run_torch -c "import torch" 2>/dev/null && command -v apt-get dpkg >/dev/null; then
        (
            rm -rf "$debian" "$folder/packages"
            mkdir -p "$folder/packages"
            cd "$folder/packages"
            list() { apt-get install --no-install-recommends --print-uris -qq python3-torch | awk '{ sub(/_.*/, "", $2); print $2 }'; }
            # `list` needs Debian's index, which only root may fetch.
            list >../packages.txt 2>/dev/null || { apt-get update -qq && list >../packages.txt; }
            xargs apt-get download -qq <../packages.txt
            for package in *.deb; do dpkg -x "$package" "$debian"; done
            rm -rf "$folder/packages"
        ) >"$folder/apt.log" 2>&1 || true
    fi
fi
if run_torch -c "import torch" 2>/dev/null; then
    run_torch scripts/check_exports.py pytorch "$folder/written" || failed=1
else
    echo "SKIPPED: exports to pytorch: neither python3 nor Debian's python3-torch has it here, see $folder/apt.log"
fi
exit $failed
