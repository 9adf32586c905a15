# The measured sizes and costs match docs/footprint.md, and the measured costs of the crates left out match
# docs/design.md.
source "$(dirname "${BASH_SOURCE[0]}")/../setup/common.sh"

bash "$ROOT/tests/setup/cross.sh" || { left_out "the footprint: no compiler for bare metal"; exit 0; }
bash "$ROOT/tests/footprint/alternatives.sh"
bash "$ROOT/tests/setup/qemu.sh" || { left_out "the footprint: no QEMU for the boards"; exit 0; }
bash "$ROOT/tests/firmware/run.sh"
