#!/usr/bin/env bash
# Every check of this crate, in order, on a fresh Debian machine with a Rust toolchain.
#
#     tests/run.sh                 all steps
#     tests/run.sh lints live      only the steps of these names
#     tests/run.sh --long          all steps, with random runs by the hundred thousand; may stand before names
#
# It installs what it needs and says what: Debian packages as root or by sudo, other tools into
# ${XDG_CACHE_HOME:-~/.cache}/pusher-proto. What this machine cannot run is named at the end as "left out"; with CI set
# in the environment that is a failure. The steps are the files of tests/steps, in the order of their names.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/setup/common.sh"
cd "$ROOT"

if [[ "${1:-}" == --long ]]; then
    export LONG=1
    shift
fi

LOG="$(mktemp)"
export LEFT_OUT_LIST="$(mktemp)"
STARTED=$SECONDS
STEP="preparing the toolchain"
BUILDER=

step_name() { basename "$1" .sh | sed -e 's/^[0-9]*_//' -e 's/_/ /g'; }

wanted() {
    local pattern
    (($# == 1)) && return
    for pattern in "${@:2}"; do [[ "$1" == *"$pattern"* ]] && return; done
    return 1
}

# The test runners' own result lines, then their sum.
summary() {
    grep '^test result: ' "$LOG" || true
    awk '/^test result: / { for (i = 2; i <= NF; i++) { if ($i ~ /^passed/) passed += $(i - 1); if ($i ~ /^failed/) failed += $(i - 1) } }
        END { printf "%d passed, %d failed\n", passed, failed }' "$LOG"
}

finish() {
    local status=$?
    # The builder and its compilers share a process group of their own.
    [[ -z "$BUILDER" ]] || kill -- "-$BUILDER" 2>/dev/null || true
    echo
    [[ $status == 0 ]] || echo "FAILED: $STEP"
    [[ ! -s "$LEFT_OUT_LIST" ]] || echo "left out: $(sort -u "$LEFT_OUT_LIST" | paste -sd ';' | sed 's/;/; /g')"
    echo "total time: $((SECONDS - STARTED)) s"
    summary
    rm -f "$LOG" "$LEFT_OUT_LIST"
}
trap finish EXIT

bash tests/setup/toolchain.sh

# The longest build starts first, beside the other steps; the live tests ask for its result again.
if wanted live "$@"; then
    set -m
    bash tests/setup/sockudo.sh >/dev/null 2>"$CACHE/sockudo.log" </dev/null &
    BUILDER=$!
    set +m
fi

for file in tests/steps/[0-9]*.sh; do
    wanted "$(basename "$file" .sh)" "$@" || continue
    STEP="$(step_name "$file")"
    step_started=$SECONDS
    printf '\n=== %s ===\n' "$STEP"
    bash -euo pipefail "$file" </dev/null 2>&1 | tee -a "$LOG"
    echo "=== $STEP: $((SECONDS - step_started)) s"
done
