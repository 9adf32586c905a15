#!/usr/bin/env bash
# Fuzzes every target, or the given ones, for SECONDS each, with one process at a time:
#
#     fuzz/run.sh SECONDS [TARGET...]
#
# Needs only a C++ compiler and any Rust toolchain; a few compiler flags replace cargo-fuzz. Writes new inputs to
# fuzz/corpus/TARGET and failing inputs to fuzz/artifacts/TARGET, which are not under version control. The seeds in
# fuzz/seeds are, and `cargo test --test fuzz_seeds` runs them without a fuzzer.
#
# A failure ends the run with an error. To reproduce it:
#
#     fuzz/target/HOST/release/TARGET fuzz/artifacts/TARGET/NAME
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

seconds="${1:?how many seconds for each target?}"
shift
targets=("$@")
((${#targets[@]})) || targets=(fuzz_targets/*.rs)

# Coverage for libFuzzer (sanitizer-coverage level 4, comparisons traced), and checks that a release build omits.
export RUSTFLAGS="-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
-Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
-Cllvm-args=-sanitizer-coverage-trace-compares --cfg fuzzing -Cdebug-assertions -Ccodegen-units=1"

# With --target the flags apply only to the targets, not to build scripts and macros.
host="$(rustc -vV | sed -n 's/^host: //p')"
nice cargo build --quiet --release --target "$host" --target-dir target

for target in "${targets[@]}"; do
    target="$(basename "$target" .rs)"
    mkdir -p "corpus/$target" "artifacts/$target" "seeds/$target"
    log="$(mktemp)"
    status=0
    nice "target/$host/release/$target" "corpus/$target" "seeds/$target" -max_total_time="$seconds" -max_len=4096 \
        -timeout=10 -rss_limit_mb=1024 -artifact_prefix="artifacts/$target/" -print_final_stats=1 >"$log" 2>&1 || status=$?
    executions="$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")"
    coverage="$(grep -o 'cov: [0-9]*' "$log" | tail -1)"
    echo "$target: ${executions:-0} executions in $seconds s, ${coverage:-no coverage}, status $status"
    if [[ $status != 0 ]]; then
        tail -40 "$log"
        rm -f "$log"
        exit "$status"
    fi
    rm -f "$log"
done
