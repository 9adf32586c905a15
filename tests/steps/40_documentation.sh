# Documentation builds without a warning with several feature sets, and every rendered link has a target.
source "$(dirname "${BASH_SOURCE[0]}")/../setup/common.sh"
export RUSTDOCFLAGS='-D warnings'

cargo doc --no-deps --no-default-features
cargo doc --no-deps --no-default-features --features websocket
cargo doc --no-deps --no-default-features --features embedded-io

# A page of an earlier build would hide a dead link.
cargo clean --quiet --doc
cargo doc --no-deps --all-features
python3 tests/steps/rendered_links.py "${CARGO_TARGET_DIR:-target}/doc/pusher_proto"
