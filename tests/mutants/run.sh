# Changes one expression of the library at a time, and shows which changes no test notices. Called by tests/run.sh
# --mutants with files, or with options of cargo-mutants.
#
# The results of all runs add up in target/mutation/results.tsv, until a file of src changes: then its mutants count
# anew.
source "$(dirname "${BASH_SOURCE[0]}")/../setup/common.sh"
source "$ROOT/tests/setup/mutants.sh"
cd "$ROOT"
build_mutants

DIRECTORY="${MUTATION_DIRECTORY:-${CARGO_TARGET_DIR:-$ROOT/target}/mutation}"
mkdir -p "$DIRECTORY/tree"
DIRECTORY="$(cd "$DIRECTORY" && pwd)"
exec 8>"$DIRECTORY/lock"
flock -n 8 || { say "another run uses $DIRECTORY; set MUTATION_DIRECTORY"; exit 1; }

ARGUMENTS=()
# A part is a sample of every file.
[[ " $* " != *" --shard"* ]] || ARGUMENTS+=(--sharding round-robin)
for argument in "$@"; do
    [[ ! -f "$argument" ]] || ARGUMENTS+=(--file)
    ARGUMENTS+=("$argument")
done

# A persistent copy, so that a run rebuilds only changes. New timestamps force a rebuild after an interrupted run.
find "$DIRECTORY/tree" -mindepth 1 -maxdepth 1 ! -name target -exec rm -rf {} +
git ls-files --cached --others --exclude-standard -z | while read -r -d '' file; do [[ ! -e "$file" ]] || printf '%s\0' "$file"; done |
    tar --create --null --files-from - | tar --extract --touch --directory "$DIRECTORY/tree"
cd "$DIRECTORY/tree"
unset CARGO_TARGET_DIR

HOST="$(rustc -vV | sed -n 's/^host: //p' | tr 'a-z-' 'A-Z_')"
export "CARGO_TARGET_${HOST}_RUNNER=bash $DIRECTORY/tree/tests/mutants/runner.sh"
# Few random runs: they find what other tests miss early.
export WEATHER_RUNS=40 EXPLORE_DEPTH=4 RUST_BACKTRACE=0

rm -rf "$DIRECTORY/mutants.out"
trap 'python3 tests/mutants/results.py "$DIRECTORY"' EXIT
trap 'exit 130' INT TERM
status=0
nice -n "${MUTANTS_NICE:-10}" "$MUTANTS/bin/cargo-mutants" mutants --in-place --output "$DIRECTORY" \
    --timeout 600 --build-timeout 600 --caught --unviable --annotations none "${ARGUMENTS[@]}" 8>&- || status=$?
# 2: some were missed, 3: some timed out. The results show them.
((status == 0 || status == 2 || status == 3)) || exit "$status"
