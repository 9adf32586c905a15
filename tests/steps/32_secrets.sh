# Secrets do not stay in the memory of a process that used them, in code optimized for speed and in code optimized for
# size with the compact SHA-256, as on devices.
source "$(dirname "${BASH_SOURCE[0]}")/../setup/common.sh"
source "$ROOT/tests/footprint/build.sh"

[[ -e /proc/self/mem ]] || { left_out "the search for secrets in memory: no /proc"; exit 0; }
cd "$ROOT/tests/secrets"
cargo test --quiet --release
RUSTFLAGS="$COMPACT_SHA" cargo test --quiet --profile small
