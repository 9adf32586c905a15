# Clippy with every feature set: code behind a feature is linted alone as well.
source "$(dirname "${BASH_SOURCE[0]}")/../setup/common.sh"
source "$ROOT/tests/setup/features.sh"

grep -q '^rust-version = "1.88"$' Cargo.toml || { say "Cargo.toml does not declare the oldest Rust version, 1.88"; exit 1; }

feature_sets | while read -r features; do
    echo "-- cargo clippy $features"
    cargo clippy --quiet --all-targets $features -- -D warnings </dev/null
done

# `--all-targets` passes over a test target that plain `cargo test` does not run.
cargo clippy --quiet --all-features --test live --test live_monitor --test live_examples --test live_scenarios \
    --test interop --test firmware_uart --test firmware_ethernet --test pusher_js -- -D warnings
