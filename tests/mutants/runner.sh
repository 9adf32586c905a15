#!/usr/bin/env bash
# Runs a test binary against a mutant: first the quick tests, then the slow ones, up to the first failure. A caught
# mutant so costs a second or two.
set -euo pipefail

# Most of the time of the whole binary.
SLOW=(
    a_line_that_breaks_at_any_byte
    a_step_dropped_at_any_wait
    long_input_takes_linear_time
    model::
    responses_are_http_for_us_exactly
    the_first_bytes_on_a_socket
    weather::
)

# A mutant may loop for ever, or allocate. Processor time, because the machine may be shared.
ulimit -t 120 -v 8000000

# `--fail-fast` of the test harness is not stable.
export RUSTC_BOOTSTRAP=1
OPTIONS=(-Z unstable-options --fail-fast --quiet)
QUICK=()
for name in "${SLOW[@]}"; do QUICK+=(--skip "$name"); done

"$@" "${OPTIONS[@]}" "${QUICK[@]}"
"$@" "${OPTIONS[@]}" "${SLOW[@]}"
