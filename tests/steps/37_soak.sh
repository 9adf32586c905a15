# Thirty virtual days with ten million events, and a fleet of 100,000 clients in every case: with `tests/run.sh --long`
# only.
source "$(dirname "${BASH_SOURCE[0]}")/../setup/common.sh"

if [[ -z "${LONG:-}" ]]; then
    say "only with --long; the tests have taken 100,000 events, and 10,000 clients where each makes many attempts"
    exit 0
fi
SOAK_EVENTS="${SOAK_EVENTS:-10000000}" FLEET_CLIENTS="${FLEET_CLIENTS:-100000}" \
    cargo test --release --all-features --test soak --test fleet -- --nocapture
