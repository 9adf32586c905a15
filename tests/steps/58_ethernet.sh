# Firmware with its own TCP stack, plain and with TLS, communicates with soketi through an emulated Ethernet controller.
source "$(dirname "${BASH_SOURCE[0]}")/../setup/common.sh"
source "$ROOT/tests/setup/cross.sh"
source "$ROOT/tests/setup/qemu.sh"

bash "$ROOT/tests/setup/cross.sh" || { left_out "firmware with Ethernet: no compiler for it"; exit 0; }
bash "$ROOT/tests/setup/qemu.sh" || { left_out "firmware with Ethernet: no QEMU for the board"; exit 0; }
SOKETI_DIR="$(bash "$ROOT/tests/setup/soketi.sh")" || { left_out "firmware with Ethernet: soketi could not be installed"; exit 0; }

TARGET=thumbv7em-none-eabi
cd "$ROOT/tests/firmware-ethernet"
# A build without the feature first: it must not change the plain image.
cross_cargo "$TARGET" build --quiet --release --bin firmware-ethernet
cross_cargo "$TARGET" build --quiet --release --bin tls --features tls
FIRMWARE_ETHERNET="$(realpath "$(cross_output "$TARGET")/release/firmware-ethernet")"
FIRMWARE_TLS="$(realpath "$(cross_output "$TARGET")/release/tls")"
QEMU_ARM="$(qemu_program qemu-system-arm)"
[[ ! -d "$QEMU_BESIDE" ]] || export QEMU_DATA="$QEMU_BESIDE/usr/share/qemu"
export FIRMWARE_ETHERNET FIRMWARE_TLS QEMU_ARM SOKETI_DIR
# Each reconnect takes most of a second: the board computes a TLS handshake.
[[ -z "${LONG:-}" ]] || export RECONNECTS=100

OUTPUT="$(mktemp)"
trap 'rm -f "$OUTPUT"' EXIT
cd "$ROOT"
{
    # Neither image has a heap, or this fails.
    python3 tests/footprint/elf.py --figures ethernet "$FIRMWARE_ETHERNET"
    python3 tests/footprint/elf.py --figures ethernet_tls "$FIRMWARE_TLS"
    cargo test --all-features --test firmware_ethernet --test firmware_tls -- --nocapture
} | tee "$OUTPUT"
python3 tests/firmware-ethernet/figures.py docs/footprint.md "$(cross_version "$TARGET")" <"$OUTPUT"
