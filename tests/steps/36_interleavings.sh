# All interleavings of a client, a network and a server, deeper than in `cargo test`: with `tests/run.sh --long` only.
source "$(dirname "${BASH_SOURCE[0]}")/../setup/common.sh"

if [[ -z "${LONG:-}" ]]; then
    say "only with --long; the tests have explored the first actions"
    exit 0
fi
# An overflow is a panic, and a panic is a violation. Link-time optimization would only make the build longer.
export CARGO_PROFILE_RELEASE_OVERFLOW_CHECKS=true CARGO_PROFILE_RELEASE_LTO=off CARGO_PROFILE_RELEASE_CODEGEN_UNITS=16
EXPLORE_DEPTH="${EXPLORE_DEPTH:-12}" cargo test --release --lib explore::every -- --nocapture --test-threads=1
