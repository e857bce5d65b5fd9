#!/usr/bin/env bash
# Attacks the built program, and holds it to what docs/reliability.md promises: kills at random moments, system calls that fail, damaged archives,
# hostile servers of models, power cuts of a file system of its own. What cannot be done here is skipped with a line that says so.
#   scripts/attack.sh [--program PATH] [--kills N] [--faults N] [--damages N] [--servers N] [--power-cuts N] [--seed S] [--state FOLDER] [--jobs N]
#                     [--only KIND:NUMBER] [--json FILE]
#     PATH      the built motherlode [default: target/release/motherlode, which is built first]
#     N         trials of each kind [default: few of each, the short form]
#     FOLDER    keeps a line of JSON a trial, the summary and what is to be looked at; the same command with it goes on where it was stopped
# Ends with 0 only if nothing was lost, leaked, overspent or panicked.
set -euo pipefail
root=$(realpath "$(dirname "$0")/..")
if ! command -v python3 >/dev/null || ! python3 -c 'import sys; sys.exit(sys.version_info < (3, 10))'; then
    echo "skipped: the attack: no python3 of 3.10 or later here"
    exit 0
fi
arguments=("$@")
case " $* " in
*" --program"[\ =]* | *" --help "* | *" -h "*) ;;
*)
    (cd "$root" && cargo build --release)
    arguments=(--program "${CARGO_TARGET_DIR:-$root/target}/release/motherlode" "$@")
    ;;
esac
# Without leaving Python's caches in the source, and in place of this shell, so that whoever stops the script stops the attack.
export PYTHONDONTWRITEBYTECODE=1
exec python3 "$root/scripts/attack" "${arguments[@]}"
