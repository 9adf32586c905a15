# The Autobahn suite against the WebSocket layer: all cases except compression.
source "$(dirname "${BASH_SOURCE[0]}")/../setup/common.sh"

if bash "$ROOT/tests/setup/kosoku.sh" >/dev/null; then
    bash "$ROOT/tests/autobahn.sh"
else
    left_out "Autobahn: kosoku could not be installed"
fi
