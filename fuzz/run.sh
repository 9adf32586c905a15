#!/usr/bin/env bash
# Fuzzes with a stable toolchain and a C++ compiler. What cargo-fuzz does beyond that is a few flags for the compiler.
#
#     fuzz/run.sh list                      prints the targets
#     fuzz/run.sh SECONDS [TARGET...]       fuzzes every target, or those named, for so many seconds each
#     fuzz/run.sh reproduce TARGET FILE...  runs inputs once, such as those in fuzz/artifacts
#     fuzz/run.sh show TARGET FILE          prints an input as the target decodes it
#     fuzz/run.sh minimise TARGET FILE      finds a shorter input that fails
#     fuzz/run.sh merge TARGET              removes from the corpus what adds no coverage
#     fuzz/run.sh coverage [TARGET...]      prints the lines that corpus and seeds cover; needs
#                                           `rustup component add llvm-tools`
#     fuzz/run.sh build [TARGET...]         builds the binaries and prints their folder
#
# In the environment: JOBS, the number of targets fuzzed side by side (1); FUZZ_FLAGS, more flags for libFuzzer; CORPUS,
# the folder of new inputs (fuzz/corpus).
#
# New inputs go to fuzz/corpus/TARGET, inputs that fail to fuzz/artifacts/TARGET. Neither is kept under version control.
# fuzz/README.md explains more.
set -euo pipefail

usage() { sed -n '2,/^set /{/^set /d; s/^# \{0,1\}//p}' "${BASH_SOURCE[0]}" >&2; exit 2; }

[[ $# != 0 ]] || usage
# Files are named from where the caller is.
command="$1"
shift
if [[ "$command" == reproduce || "$command" == show || "$command" == minimise ]]; then
    (($# >= 2)) || usage
    arguments=("$1")
    for file in "${@:2}"; do arguments+=("$(realpath "$file")"); done
    set -- "${arguments[@]}"
fi
cd "$(dirname "${BASH_SOURCE[0]}")"
CORPUS="${CORPUS:-corpus}"

# Coverage for libFuzzer (sanitizer-coverage level 4, comparisons traced), and checks that a release build leaves out.
TRACED="-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
-Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
-Cllvm-args=-sanitizer-coverage-trace-compares --cfg fuzzing -Cdebug-assertions -Ccodegen-units=1"

# With --target the flags are for the targets alone, not for build scripts and macros.
HOST="$(rustc -vV | sed -n 's/^host: //p')"

# compile FLAGS FOLDER TARGET...: builds these targets into FOLDER.
compile() {
    local flags="$1" folder="$2" bins=() target
    for target in "${@:3}"; do bins+=(--bin "$target"); done
    RUSTFLAGS="$flags" nice cargo build --quiet --release --target "$HOST" --target-dir "$folder" "${bins[@]}"
}

# build TARGET...: builds these targets for fuzzing.
build() { compile "$TRACED" target "$@"; }

binary() { echo "target/$HOST/release/$1"; }

# option TARGET NAME: prints the value of an option in the target's file of options.
option() { sed -n "s/^$2 = //p" "options/$1.options"; }

# fuzz SECONDS TARGET
fuzz() {
    local seconds="$1" target="$2" status=0 log executions coverage features
    mkdir -p "$CORPUS/$target" "artifacts/$target"
    log="$(mktemp)"
    # shellcheck disable=SC2086 # FUZZ_FLAGS are several words
    nice "$(binary "$target")" "$CORPUS/$target" "seeds/$target" -max_total_time="$seconds" \
        -max_len="$(option "$target" max_len)" -dict="dictionaries/$(option "$target" dict)" \
        -timeout="$(option "$target" timeout)" -rss_limit_mb=1024 -artifact_prefix="artifacts/$target/" \
        -print_final_stats=1 ${FUZZ_FLAGS:-} >"$log" 2>&1 || status=$?
    executions="$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")"
    coverage="$(grep -o 'cov: [0-9]*' "$log" | tail -1)"
    features="$(grep -o 'ft: [0-9]*' "$log" | tail -1)"
    echo "$target: ${executions:-0} executions in $seconds s, ${coverage:-no coverage}, ${features:-no features}, status $status"
    [[ $status == 0 ]] || tail -60 "$log"
    rm -f "$log"
    return "$status"
}

all_or() { if (($#)); then printf '%s\n' "$@"; else for file in fuzz_targets/*.rs; do basename "$file" .rs; done; fi; }

case "$command" in
    list) all_or ;;
    build)
        mapfile -t targets < <(all_or "$@")
        build "${targets[@]}"
        echo "$PWD/target/$HOST/release"
        ;;
    reproduce)
        build "$1"
        "$(binary "$1")" "${@:2}"
        ;;
    show)
        build "$1"
        out="$(mktemp)"
        RUST_LIBFUZZER_DEBUG_PATH="$out" "$(binary "$1")" -runs=0 "$2" >/dev/null 2>&1 || true
        cat "$out"
        rm -f "$out"
        ;;
    minimise)
        build "$1"
        mkdir -p "artifacts/$1"
        "$(binary "$1")" -minimize_crash=1 -runs=100000 -max_total_time=60 -artifact_prefix="artifacts/$1/" "$2"
        ;;
    merge)
        (($# == 1)) || usage
        build "$1"
        mkdir -p "$CORPUS/$1" "$CORPUS/$1.merged"
        "$(binary "$1")" -merge=1 "$CORPUS/$1.merged" "$CORPUS/$1" "seeds/$1" 2>&1 | tail -1
        rm -r "$CORPUS/$1"
        mv "$CORPUS/$1.merged" "$CORPUS/$1"
        ;;
    coverage)
        mapfile -t targets < <(all_or "$@")
        tools="$(rustc --print sysroot)/lib/rustlib/$HOST/bin"
        [[ -x "$tools/llvm-cov" ]] || { echo "first: rustup component add llvm-tools" >&2; exit 1; }
        compile "-Cinstrument-coverage --cfg fuzzing" target/coverage "${targets[@]}"
        rm -rf coverage
        mkdir -p coverage
        objects=()
        for target in "${targets[@]}"; do
            mkdir -p "$CORPUS/$target"
            object="target/coverage/$HOST/release/$target"
            LLVM_PROFILE_FILE="coverage/$target.profraw" "$object" -runs=0 "$CORPUS/$target" "seeds/$target" >/dev/null 2>&1
            objects+=(-object "$object")
        done
        "$tools/llvm-profdata" merge -sparse coverage/*.profraw -o coverage/all.profdata
        # Without the targets themselves and other people's crates.
        library="$(realpath ../src)"
        "$tools/llvm-cov" report -instr-profile coverage/all.profdata "${objects[@]:1}" "$library"
        "$tools/llvm-cov" show -instr-profile coverage/all.profdata "${objects[@]:1}" "$library" \
            -format html -output-dir coverage/html >/dev/null
        echo "line by line: fuzz/coverage/html/index.html"
        ;;
    *)
        [[ "$command" =~ ^[0-9]+$ ]] || usage
        mapfile -t targets < <(all_or "$@")
        build "${targets[@]}"
        running=0 failed=0
        for target in "${targets[@]}"; do
            if ((running == ${JOBS:-1})); then
                wait -n || failed=1
                running=$((running - 1))
            fi
            fuzz "$command" "$target" &
            running=$((running + 1))
        done
        while ((running != 0)); do
            wait -n || failed=1
            running=$((running - 1))
        done
        exit "$failed"
        ;;
esac
