#!/usr/bin/env bash
# The main job on the smoke lab, as a user meets it: the same table on one worker and on two, and after kill -9 (in the search and while the champions are
# confirmed), Ctrl-C and resumes; and at least one mined formula above ReLU on fresh tasks. Run it with: scripts/main_job.sh [PROGRAM]
set -euo pipefail
program=${1:-target/release/motherlode}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
mine() { "$program" mine --archive "$folder/$1" "${@:2}"; }
smoke=(--lab smoke --attempts 60 --seed 1)

mine one "${smoke[@]}" --workers 1 >"$folder/one.txt"
mine two "${smoke[@]}" --workers 2 >"$folder/two.txt"
diff "$folder/one.txt" "$folder/two.txt"
echo "one worker and two: the same table"

# Killed once some attempts are acknowledged, then interrupted, then left to end.
stop_after() { # signal, acknowledged attempts, arguments
  local signal=$1 wanted=$2
  shift 2
  "$program" mine --archive "$folder/stopped" --json "$@" >"$folder/events.jsonl" &
  local process=$!
  until [ "$(grep -c '"event":"attempt"' "$folder/events.jsonl" || true)" -ge "$wanted" ] || ! kill -0 "$process" 2>/dev/null; do sleep 0.05; done
  kill "-$signal" "$process" 2>/dev/null || true
  wait "$process" || echo "stopped by $signal: exit code $?"
}
stop_after KILL 8 "${smoke[@]}" --workers 2
# In a script, a background process ignores the interrupt of the terminal; SIGTERM is the other way to ask.
stop_after TERM 8 --resume smoke-1
made=$("$program" archive attempts smoke-1 --archive "$folder/stopped" --json | wc -l)
# The last attempt is made: what is killed now is the confirmation.
stop_after KILL $((60 - made)) --resume smoke-1
mine stopped --resume smoke-1 >"$folder/resumed.txt"
diff "$folder/one.txt" "$folder/resumed.txt"
echo "killed, stopped and resumed: the same table"

awk -F'|' '/attempt [0-9]+/ { if ($3 + 0 > 0) found = 1 } END { exit !found }' "$folder/one.txt"
echo "a mined formula stands above ReLU on fresh tasks"
cat "$folder/one.txt"
