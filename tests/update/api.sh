# tests/api.txt: every public item of the crate with all features, so that a review sees a change of the API.
source "$(dirname "${BASH_SOURCE[0]}")/../setup/common.sh"
source "$ROOT/tests/setup/public_api.sh"

bash "$ROOT/tests/setup/public_api.sh" || { left_out "tests/api.txt: cargo-public-api could not be built"; exit 0; }
LISTING="$(public_api)"
printf '%s\n' "$LISTING" >"$ROOT/tests/api.txt"
