# The public API matches tests/api.txt.
source "$(dirname "${BASH_SOURCE[0]}")/../setup/common.sh"
source "$ROOT/tests/setup/public_api.sh"

bash "$ROOT/tests/setup/public_api.sh" || { left_out "the listing of the API: cargo-public-api could not be built"; exit 0; }
public_api | diff -u --label tests/api.txt --label 'the crate' "$ROOT/tests/api.txt" - ||
    { say "the public API has changed. If that is intended: tests/run.sh --update api"; exit 1; }
echo "$(wc -l <"$ROOT/tests/api.txt") lines of public API, as listed"
