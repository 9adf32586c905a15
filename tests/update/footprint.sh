# docs/footprint.md: flash, RAM, stack and instructions on bare metal.
source "$(dirname "${BASH_SOURCE[0]}")/../setup/common.sh"

bash "$ROOT/tests/setup/cross.sh" || { left_out "docs/footprint.md: no compiler for bare metal"; exit 0; }
bash "$ROOT/tests/setup/qemu.sh" || { left_out "docs/footprint.md: no QEMU for the boards"; exit 0; }
bash "$ROOT/tests/firmware/run.sh" --write
