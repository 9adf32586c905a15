# The program of examples/embassy communicates with soketi from an emulated board.
source "$(dirname "${BASH_SOURCE[0]}")/../setup/common.sh"
source "$ROOT/tests/setup/cross.sh"
source "$ROOT/tests/setup/qemu.sh"

bash "$ROOT/tests/setup/cross.sh" || { left_out "embassy: no compiler for its board"; exit 0; }

TARGET=thumbv7em-none-eabi
cd "$ROOT/examples/embassy"
cargo fmt --check
cross_cargo "$TARGET" build --quiet --release
FIRMWARE_EMBASSY="$(realpath "$(cross_output "$TARGET")/release/embassy")"
export FIRMWARE_EMBASSY
# The image has no heap, or this fails.
python3 "$ROOT/tests/footprint/elf.py" --figures embassy "$FIRMWARE_EMBASSY"

bash "$ROOT/tests/setup/qemu.sh" || { left_out "embassy, built but not run: no QEMU for the board"; exit 0; }
SOKETI_DIR="$(bash "$ROOT/tests/setup/soketi.sh")" || { left_out "embassy, built but not run: soketi could not be installed"; exit 0; }
QEMU_ARM="$(qemu_program qemu-system-arm)"
[[ ! -d "$QEMU_BESIDE" ]] || export QEMU_DATA="$QEMU_BESIDE/usr/share/qemu"
export QEMU_ARM SOKETI_DIR
cd "$ROOT"
cargo test --all-features --test firmware_embassy -- --nocapture
