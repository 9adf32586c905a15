# docs/autobahn.md: the results of the Autobahn test suite.
source "$(dirname "${BASH_SOURCE[0]}")/../setup/common.sh"

bash "$ROOT/tests/setup/kosoku.sh" >/dev/null || { left_out "docs/autobahn.md: kosoku could not be installed"; exit 0; }
bash "$ROOT/tests/autobahn.sh" --write
