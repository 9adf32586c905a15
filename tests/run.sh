#!/usr/bin/env bash
# Runs every check of this crate on a fresh Debian machine with a Rust toolchain.
#
#     tests/run.sh                    runs all steps
#     tests/run.sh lints live         runs only the steps whose names contain one of these words
#     tests/run.sh --long             runs all steps, with many more random runs; names may follow
#     tests/run.sh --update           writes every generated file of the repository
#     tests/run.sh --update states    writes only the generated files of these names
#     tests/run.sh --mutants FILE...  changes these files of src and shows what no test notices;
#                                     without files all of src, which takes hours: --shard 0/24 does a part
#     tests/run.sh --help             prints this and the names
#
# Each step is a script in tests/steps. Two run at a time. Each generated file is written by a script in tests/update.
#
# Installs what it needs and prints the names: Debian packages as root or by sudo, other tools into
# ${XDG_CACHE_HOME:-~/.cache}/pusher-proto. Lists at the end what this machine cannot run as "left out". With CI set in
# the environment, that is a failure.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/setup/common.sh"
cd "$ROOT"

step_name() { basename "$1" .sh | sed -e 's/^[0-9]*_//' -e 's/_/ /g'; }

# Prints the first comment of a script, on one line.
purpose() { sed -n '1{/^#!/d}; /^#/!q; s/^# //p' "$1" | paste -sd ' '; }

help() {
    sed -n '2,/^set /{/^set /d; s/^# \{0,1\}//p}' "${BASH_SOURCE[0]}"
    echo
    echo "Steps: $(for file in tests/steps/[0-9]*.sh; do step_name "$file" | tr ' ' _; done | paste -sd , | sed 's/,/, /g')"
    echo
    echo "Generated files:"
    for file in tests/update/*.sh; do printf '    %-14s %s\n' "$(step_name "$file")" "$(purpose "$file")"; done
}

FILES=(tests/steps/[0-9]*.sh)
LANES=2 # the number of steps that run at a time
case "${1:-}" in
    --help | -h) help && exit ;;
    --long) export LONG=1 && shift ;;
    --mutants) exec bash -euo pipefail tests/mutants/run.sh "${@:2}" ;;
    --update) FILES=(tests/update/*.sh) LANES=1 && shift ;;
    -*) help >&2 && exit 2 ;;
esac

wanted() {
    local pattern
    (($# == 1)) && return
    for pattern in "${@:2}"; do [[ "$1" == *"$pattern"* ]] && return; done
    return 1
}

SELECTED=()
for file in "${FILES[@]}"; do
    ! wanted "$(basename "$file" .sh)" "$@" || SELECTED+=("$file")
done
[[ ${#SELECTED[@]} != 0 ]] || { say "no name contains: $*. See tests/run.sh --help"; exit 2; }

WORK="$(mktemp -d)" # the output and the status of each step
export LEFT_OUT_LIST="$WORK/left_out"
: >"$LEFT_OUT_LIST"
STARTED=$SECONDS
FAILED=
BUILDER=

# Prints the result lines of the test runners, and their sum.
summary() {
    cat "$WORK"/*.log 2>/dev/null | grep '^test result: ' | tee "$WORK/results" || true
    awk '{ for (i = 2; i <= NF; i++) { if ($i ~ /^passed/) passed += $(i - 1); if ($i ~ /^failed/) failed += $(i - 1) } }
        END { printf "%d passed, %d failed\n", passed, failed }' "$WORK/results"
}

finish() {
    local status=$?
    # The background build and its compilers have a separate process group.
    [[ -z "$BUILDER" ]] || kill -- "-$BUILDER" 2>/dev/null || true
    echo
    [[ $status == 0 ]] || echo "FAILED: ${FAILED:-preparing the toolchain}"
    [[ ! -s "$LEFT_OUT_LIST" ]] || echo "left out: $(sort -u "$LEFT_OUT_LIST" | paste -sd ';' | sed 's/;/; /g')"
    echo "total time: $((SECONDS - STARTED)) s"
    summary
    rm -rf "$WORK"
}
trap finish EXIT

# Tests need no debugger, and each set of features is built once: this halves the work of the compiler.
export CARGO_INCREMENTAL=0 CARGO_PROFILE_DEV_DEBUG=0

bash tests/setup/toolchain.sh

# The longest build starts first, in parallel to the other steps. The live tests wait for its result.
if [[ " ${SELECTED[*]} " == *live.sh* ]]; then
    set -m
    bash tests/setup/sockudo.sh >/dev/null 2>"$CACHE/sockudo.log" </dev/null &
    BUILDER=$!
    set +m
fi

# run_step FILE: runs a step, with its output in a log.
run_step() {
    local log started=$SECONDS status=0
    log="$WORK/$(basename "$1" .sh).log"
    bash -euo pipefail "$1" </dev/null >"$log" 2>&1 || status=$?
    printf '\n=== %s: %d s ===\n' "$(step_name "$1")" "$((SECONDS - started))" >"${log%.log}.head"
    return "$status"
}

# A single step shows its output at once. Of several, two run at a time, because many wait for a server, a linker or an
# emulator; the output of each follows when it ends. After a failure no other step begins.
if ((${#SELECTED[@]} == 1)); then
    FAILED="$(step_name "${SELECTED[0]}")"
    bash -euo pipefail "${SELECTED[0]}" </dev/null 2>&1 | tee "$WORK/step.log"
    exit
fi

declare -A RUNNING=() # the scripts by the process that runs them
next=0
while ((${#RUNNING[@]} > 0 || (next < ${#SELECTED[@]} && ${#FAILED} == 0))); do
    if ((${#RUNNING[@]} < LANES && next < ${#SELECTED[@]} && ${#FAILED} == 0)); then
        file="${SELECTED[next]}"
        echo "-- $(step_name "$file")"
        run_step "$file" &
        RUNNING[$!]="$file"
        next=$((next + 1))
        continue
    fi
    ended='' status=0
    wait -n -p ended "${!RUNNING[@]}" || status=$?
    file="${RUNNING[$ended]}"
    unset "RUNNING[$ended]"
    cat "$WORK/$(basename "$file" .sh).head" "$WORK/$(basename "$file" .sh).log"
    ((status == 0)) || FAILED="${FAILED:+$FAILED, }$(step_name "$file")"
done
[[ -z "$FAILED" ]]
