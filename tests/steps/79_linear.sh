# The time of every input is linear: instructions at 1 to 64 KB, fitted; a planted quadratic control must be found.
source "$(dirname "${BASH_SOURCE[0]}")/../setup/common.sh"

bash "$ROOT/benches/linear/run.sh"
