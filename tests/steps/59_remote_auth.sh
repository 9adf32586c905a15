# A program without a secret gets its signatures from an auth server, over embedded-tls and reqwless.
source "$(dirname "${BASH_SOURCE[0]}")/../setup/common.sh"

SOKETI_DIR="$(bash "$ROOT/tests/setup/soketi.sh")" || { left_out "signatures of an auth server: soketi could not be installed"; exit 0; }
cd "$ROOT/examples/remote_auth"
cargo build --quiet --release
REMOTE_AUTH="$(realpath "${CARGO_TARGET_DIR:-target}/release/remote-auth")"
export SOKETI_DIR REMOTE_AUTH
cd "$ROOT"
cargo test --all-features --test remote_auth -- --nocapture
