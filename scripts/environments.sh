# Python environments of other libraries, for the scripts that compare with them; to be sourced. Nothing is installed outside the folder that is given.

# environment FOLDER STATEMENT PACKAGES...: a virtual environment in which Python's STATEMENT runs, made with PyPI's PACKAGES where it is not there yet.
# Fails where it cannot be had; FOLDER.log says why.
environment() {
    local folder=$1 statement=$2
    shift 2
    "$folder/bin/python" -c "$statement" 2>/dev/null && return 0
    { python3 -m venv "$folder" && timeout 1800 "$folder/bin/python" -m pip install --quiet --disable-pip-version-check "$@"; } >"$folder.log" 2>&1 || true
    "$folder/bin/python" -c "$statement" 2>/dev/null
}

# JAX, ONNX and what runs ONNX; JAX may be there even where this fails.
jax_environment() {
    environment "$1" "import jax, onnx, onnxruntime" "numpy==2.4.6" "jax[cpu]==0.10.2" "onnx==1.23.2" "onnxruntime==1.31.1"
}

# PyTorch as most people have it. PyPI's build for Linux on x86-64 brings CUDA's libraries, without which it does not start: 2.6 GB to fetch, 5 GB on disk.
torch_environment() {
    environment "$1" "import torch, numpy" "numpy==2.4.6" "torch==2.12.1"
}
