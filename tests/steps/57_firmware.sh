# Firmware on emulated boards communicates with a real server, only through the UART of its board.
source "$(dirname "${BASH_SOURCE[0]}")/../setup/common.sh"
source "$ROOT/tests/setup/cross.sh"
source "$ROOT/tests/setup/qemu.sh"

bash "$ROOT/tests/setup/cross.sh" || { left_out "firmware over a UART: no compiler for it"; exit 0; }
bash "$ROOT/tests/setup/qemu.sh" || { left_out "firmware over a UART: no QEMU for the boards"; exit 0; }
SOKETI_DIR="$(bash "$ROOT/tests/setup/soketi.sh")" || { left_out "firmware over a UART: soketi could not be installed"; exit 0; }
export SOKETI_DIR

# image TARGET: builds the image and prints its path.
image() {
    (
        cd "$ROOT/tests/firmware"
        cross_cargo "$1" build --quiet --release --bin uart >&2
        realpath "$(cross_output "$1")/release/uart"
    )
}

FIRMWARE_MICROBIT="$(image thumbv6m-none-eabi)"
FIRMWARE_MPS2="$(image thumbv7em-none-eabihf)"
FIRMWARE_VIRT="$(image riscv32imc-unknown-none-elf)"
QEMU_ARM="$(qemu_program qemu-system-arm)"
QEMU_RISCV32="$(qemu_program qemu-system-riscv32)"
export FIRMWARE_MICROBIT FIRMWARE_MPS2 FIRMWARE_VIRT QEMU_ARM QEMU_RISCV32
# The data directory of a QEMU that is unpacked beside an installed one.
if [[ -d "$QEMU_BESIDE" ]]; then export QEMU_DATA="$QEMU_BESIDE/usr/share/qemu"; fi
for board in MICROBIT MPS2 VIRT; do
    file="FIRMWARE_$board"
    python3 "$ROOT/tests/footprint/elf.py" --figures "uart_${board,,}" "${!file}"
done

cd "$ROOT"
# Runs the boards in parallel: they mostly wait.
cargo test --test firmware_uart -- --test-threads=3
