#!/usr/bin/env bash
# Counts the instructions of each adversarial input at 1, 2, 4 .. 64 KB, and fits the exponent with which they grow.
#
#     benches/linear/run.sh              prints a table and lines `figure NAME NUMBER`; fails above 1.05
#     benches/linear/run.sh --write      also writes the table into docs/testing.md
#
# The counts are exact: callgrind counts every instruction of one call, whatever else the machine does. Needs Debian's
# valgrind. A planted quadratic control must be found.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/../../tests/setup/common.sh"
cd "$ROOT"

command -v valgrind >/dev/null || apt_install valgrind || { left_out "the growth of the time: no valgrind"; exit 0; }

# No link-time optimisation: the growth is the same, and the build takes a third of the time.
export CARGO_PROFILE_BENCH_LTO=off CARGO_PROFILE_BENCH_CODEGEN_UNITS=16 CARGO_PROFILE_BENCH_DEBUG=false
PROGRAM="$(cargo bench --quiet --all-features --bench linear --no-run --message-format json \
    | python3 -c 'import json, sys
print([p["executable"] for p in map(json.loads, sys.stdin) if p.get("target", {}).get("name") == "linear" and p.get("executable")][-1])')"

COUNTS="$(mktemp -d)"
trap 'rm -rf "$COUNTS"' EXIT
# callgrind writes a file after each call of the function.
valgrind --quiet --tool=callgrind --callgrind-out-file="$COUNTS/counts" --dump-instr=no --dump-line=no \
    --zero-before=linear::linear_counted --dump-after=linear::linear_counted "$PROGRAM" count >"$COUNTS/inputs"
python3 benches/linear/report.py "$COUNTS" "$@"
