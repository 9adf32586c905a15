# Random runs against a model server, many more than in `cargo test`: with `tests/run.sh --long` only.
source "$(dirname "${BASH_SOURCE[0]}")/../setup/common.sh"

if [[ -z "${LONG:-}" ]]; then
    say "only with --long; the tests have made 2,000 runs per weather"
    exit 0
fi
WEATHER_RUNS="${WEATHER_RUNS:-200000}" cargo test --release --all-features --test weather
