# Documentation builds without a warning: broken links, for one, may hide behind a feature.
source "$(dirname "${BASH_SOURCE[0]}")/../setup/common.sh"
export RUSTDOCFLAGS='-D warnings'

cargo doc --no-deps --all-features
cargo doc --no-deps --no-default-features
cargo doc --no-deps --no-default-features --features websocket
cargo doc --no-deps --no-default-features --features embedded-io
