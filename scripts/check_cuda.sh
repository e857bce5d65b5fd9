#!/bin/sh
# Type-checks the CUDA build on a machine without CUDA: nvcc and its headers come from PyPI into a virtual environment under target/, and the check has
# a target folder of its own. Nothing is run on a GPU. Needs python3 with venv, and about ten minutes of one core the first time.
#
#   scripts/check_cuda.sh
#
# There is no such check of the Metal build: its dependencies exist on macOS only, where `cargo check --release --features metal` is the check.
set -eu
cd "$(dirname "$0")/.."
environment=target/cuda-environment
if [ ! -x "$environment/bin/python" ]; then
    python3 -m venv "$environment"
fi
# 13.2 is the newest that Candle's cudarc knows.
"$environment/bin/python" -m pip install --quiet --disable-pip-version-check \
    'nvidia-cuda-nvcc==13.2.*' 'nvidia-nvvm==13.2.*' 'nvidia-cuda-crt==13.2.*' 'nvidia-cuda-runtime==13.2.*' 'nvidia-cuda-cccl==13.2.*'
toolkit=$("$environment/bin/python" -c 'import nvidia, os; print(os.path.join(list(nvidia.__path__)[0], "cu13"))')
if [ ! -x "$toolkit/bin/nvcc" ]; then
    echo "error: no nvcc in $PWD/$toolkit/bin: the packages have moved it; find it with: find $environment -name nvcc" >&2
    exit 1
fi
export CUDA_HOME="$PWD/${toolkit#"$PWD"/}" CUDA_PATH="$PWD/${toolkit#"$PWD"/}"
export PATH="$CUDA_HOME/bin:$PATH" CUDARC_CUDA_VERSION=13020 CUDA_COMPUTE_CAP=80 CARGO_TARGET_DIR=target/cuda
cargo check --release --features cuda
