# Firmware in C on an emulated Cortex-M4 communicates with a real server, only through its UART; a program for lwIP
# compiles.
source "$(dirname "${BASH_SOURCE[0]}")/../setup/common.sh"
source "$ROOT/tests/setup/cross.sh"
source "$ROOT/tests/setup/qemu.sh"

command -v arm-none-eabi-gcc >/dev/null || apt_install gcc-arm-none-eabi ||
    { left_out "firmware in C: no arm-none-eabi-gcc"; exit 0; }
bash "$ROOT/tests/setup/cross.sh" || { left_out "firmware in C: no compiler for bare metal"; exit 0; }
bash "$ROOT/tests/setup/qemu.sh" || { left_out "firmware in C: no QEMU for the board"; exit 0; }
SOKETI_DIR="$(bash "$ROOT/tests/setup/soketi.sh")" || { left_out "firmware in C: soketi could not be installed"; exit 0; }
export SOKETI_DIR

cd "$ROOT/capi"
TARGET=thumbv7em-none-eabi
RUSTFLAGS='--cfg sha2_backend="soft" --cfg sha2_backend_soft="compact"' CARGO_TARGET_DIR=target/firmware \
    cross_cargo "$TARGET" rustc --quiet --release --crate-type staticlib --no-default-features \
    --features panic-handler,capacity-4x32
OUTPUT="$(CARGO_TARGET_DIR=target/firmware cross_output "$TARGET")/release"
C=(arm-none-eabi-gcc -mcpu=cortex-m4 -mthumb -std=c11 -ffreestanding -Os -ffunction-sections -Wall -Wextra -Werror -DPUSHER_ENCRYPTED=0 -Iinclude)
"${C[@]}" -nostdlib -Texamples/mps2/mps2.ld examples/firmware.c examples/mps2/start.c "$OUTPUT/libpusher_proto_c.a" \
    -Wl,--gc-sections -Wl,-z,noexecstack -o "$OUTPUT/firmware"
arm-none-eabi-size "$OUTPUT/firmware"
# Against lwIP as Debian has it.
if [[ -d /usr/include/lwip ]] || apt_install liblwip-dev; then
    gcc -std=c11 -Wall -Wextra -Werror -fsyntax-only -Iinclude -isystem /usr/include/lwip \
        -DSSIZE_MAX=LONG_MAX -DLWIP_DNS=1 examples/lwip.c # its options for this machine lack both
else
    left_out "the program for lwIP: no liblwip-dev"
fi
# The sizes of the header, for this processor and for a Cortex-M0.
for processor in cortex-m4 cortex-m0; do
    for encrypted in 0 1; do
        "${C[@]}" -mcpu=$processor -UPUSHER_ENCRYPTED -DPUSHER_ENCRYPTED=$encrypted -fsyntax-only tests/sizes.c
    done
done
FIRMWARE_MPS2="$PWD/$OUTPUT/firmware"
QEMU_ARM="$(qemu_program qemu-system-arm)"
export FIRMWARE_MPS2 QEMU_ARM
if [[ -d "$QEMU_BESIDE" ]]; then export QEMU_DATA="$QEMU_BESIDE/usr/share/qemu"; fi

bash tests/size.sh

cd "$ROOT"
# The tests of the firmware in Rust: the program in C logs the same.
cargo test --test firmware_uart -- --test-threads=2 mps2
