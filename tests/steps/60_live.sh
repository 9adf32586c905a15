# Live tests against real servers, each in a separate process on the loopback interface.
source "$(dirname "${BASH_SOURCE[0]}")/../setup/common.sh"

command -v openssl >/dev/null || apt_install openssl || true
if SOKETI_DIR="$(bash "$ROOT/tests/setup/soketi.sh")"; then export SOKETI_DIR; else left_out "soketi: it could not be installed"; fi
if SOCKUDO_BIN="$(bash "$ROOT/tests/setup/sockudo.sh")"; then export SOCKUDO_BIN; else left_out "sockudo: it could not be built"; fi

cargo test --all-features --test live --test live_rest --test live_monitor --test live_examples
CUT_SECONDS="${LONG:+180}" && export CUT_SECONDS="${CUT_SECONDS:-10}"
cargo test --all-features --test cuts
# Most scenarios wait for a server, so many run at once.
cargo test --all-features --test live_scenarios -- --test-threads=24
