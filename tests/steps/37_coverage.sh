# At least 98 % of the lines of src run in the tests: with `tests/run.sh --long` only.
source "$(dirname "${BASH_SOURCE[0]}")/../setup/common.sh"

if [[ -z "${LONG:-}" ]]; then
    say "only with --long"
    exit 0
fi
LLVM="$(bash "$ROOT/tests/setup/llvm_tools.sh")" || { left_out "the coverage: no LLVM tools for this rustc"; exit 0; }

COUNTS="$(mktemp -d)"
trap 'rm -rf "$COUNTS"' EXIT
export RUSTC_WORKSPACE_WRAPPER="$ROOT/tests/coverage/rustc.sh" LLVM_PROFILE_FILE="$COUNTS/%p-%m.profraw"
# The binary that holds the tests of many files, as for mutants: other tests run no other lines.
# Without the two that try every byte of every recording: they take minutes.
TESTS=(--profile mutants --all-features --lib --test mutants --test log)
WEATHER_RUNS=40 EXPLORE_DEPTH=4 cargo test "${TESTS[@]}" -- --quiet --skip a_line_that_breaks_at_any_byte --skip a_step_dropped_at_any_wait
mapfile -t BINARIES < <(cargo test "${TESTS[@]}" --no-run --message-format json 2>/dev/null | python3 -c '
import json, sys
for line in sys.stdin:
    message = json.loads(line)
    if message.get("executable") and message["profile"]["test"]:
        print("--object", message["executable"], sep="\n")')
"$LLVM/llvm-profdata" merge --sparse "$COUNTS"/*.profraw --output "$COUNTS/all.profdata"
"$LLVM/llvm-cov" export --format lcov --instr-profile "$COUNTS/all.profdata" "${BINARIES[@]}" --sources "$ROOT/src" |
    python3 "$ROOT/tests/coverage/lines.py" 98
