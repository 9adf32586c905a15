# The driver type-checks over each crate and version of the table in docs/guide.md.
source "$(dirname "${BASH_SOURCE[0]}")/../setup/common.sh"

# Not in it: esp-hal and esp-idf-svc, which build only with the toolchains of their chips.
cd "$ROOT/tests/versions"
RUSTFLAGS="-D warnings" cargo check --quiet
