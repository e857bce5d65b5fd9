#!/usr/bin/env bash
# Fuzzes reading, lowering, rewriting and interpreting of formulas: scripts/fuzz.sh [SECONDS EACH, 60] [TARGET...]. It needs a nightly toolchain and
# cargo-fuzz (`cargo install cargo-fuzz`). An input that breaks a law is kept under crates/formula/fuzz/artifacts/ and the script fails.
set -euo pipefail
cd "$(dirname "$0")/../crates/formula"

seconds=${1:-60}
shift || true
targets=("$@")
if [ ${#targets[@]} -eq 0 ]; then targets=(parse lower rewrite interpret); fi
if ! cargo +nightly --version > /dev/null 2>&1 || ! cargo fuzz --version > /dev/null 2>&1; then
    echo "SKIPPED: fuzzing needs a nightly toolchain and cargo-fuzz" >&2
    exit 0
fi

for target in "${targets[@]}"; do
    corpus=fuzz/corpus/$target
    mkdir -p "$corpus"
    number=0
    while IFS= read -r seed; do
        number=$((number + 1))
        printf '%b' "$seed" > "$corpus/seed-$number"
    done < fuzz/seeds/formulas.txt
    # An input may take 10 seconds of this slow build, 1 GiB in all and 256 MiB at once; texts over 4,096 bytes are refused unread.
    cargo +nightly fuzz run "$target" --sanitizer none -- -max_total_time="$seconds" -max_len=4200 -timeout=10 -rss_limit_mb=1024 -malloc_limit_mb=256 -print_final_stats=1
done
echo "fuzzed ${targets[*]} for $seconds seconds each: no law is broken"
