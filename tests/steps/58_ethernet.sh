# Firmware with its own TCP stack communicates with soketi through an emulated Ethernet controller.
source "$(dirname "${BASH_SOURCE[0]}")/../setup/common.sh"
source "$ROOT/tests/setup/cross.sh"
source "$ROOT/tests/setup/qemu.sh"

bash "$ROOT/tests/setup/cross.sh" || { left_out "firmware with Ethernet: no compiler for it"; exit 0; }
bash "$ROOT/tests/setup/qemu.sh" || { left_out "firmware with Ethernet: no QEMU for the board"; exit 0; }
SOKETI_DIR="$(bash "$ROOT/tests/setup/soketi.sh")" || { left_out "firmware with Ethernet: soketi could not be installed"; exit 0; }

TARGET=thumbv7em-none-eabi
cd "$ROOT/tests/firmware-ethernet"
cross_cargo "$TARGET" build --quiet --release
FIRMWARE_ETHERNET="$(realpath "$(cross_output "$TARGET")/release/firmware-ethernet")"
QEMU_ARM="$(qemu_program qemu-system-arm)"
[[ ! -d "$QEMU_BESIDE" ]] || export QEMU_DATA="$QEMU_BESIDE/usr/share/qemu"
export FIRMWARE_ETHERNET QEMU_ARM SOKETI_DIR
python3 "$ROOT/tests/footprint/elf.py" --figures ethernet "$FIRMWARE_ETHERNET"

cd "$ROOT"
cargo test --all-features --test firmware_ethernet -- --nocapture
