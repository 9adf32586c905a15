#!/usr/bin/env bash
# Measures the cost of the crate on bare metal, and compares docs/footprint.md with it.
#
#     tests/firmware/run.sh            prints every figure; fails if one is more than 2 % larger than in the document
#                                      (only if that was written with the same compiler)
#     tests/firmware/run.sh --write    writes the document, as `tests/run.sh --update footprint` does
#
# A figure is a line `figure NAME NUMBER UNIT`. The sizes are those of the images in tests/footprint. The image
# `measure` counts instructions and stack under QEMU.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/../setup/common.sh"
source "$ROOT/tests/setup/cross.sh"
source "$ROOT/tests/setup/qemu.sh"
source "$ROOT/tests/footprint/build.sh"

bash "$ROOT/tests/setup/cross.sh"
bash "$ROOT/tests/setup/qemu.sh"

TARGETS=(thumbv6m-none-eabi thumbv7em-none-eabi riscv32imc-unknown-none-elf)
FIGURES="$(mktemp)"
BY_FUNCTION="$(mktemp)"
trap 'rm -f "$FIGURES" "$BY_FUNCTION"' EXIT

# sizes PREFIX IMAGE: prints text, rodata and static RAM. Fails if the image has a heap.
sizes() { python3 "$FOOTPRINT/elf.py" --figures "$1" "$2"; }

# Builds another client with the same compiler and options. These are async, so each image includes an executor of ten
# lines.
peer() {
    (
        cd "$FOOTPRINT/peers"
        cross_cargo "$1" build --quiet --release --bin "$2" >&2 &&
            printf '%s/release/%s\n' "$(cross_output "$1")" "$2"
    )
}

# measured TARGET FEATURES: prints the output of the image `measure`.
measured() {
    local target="$1" features="$2" shift=10 output
    [[ "$target" != riscv32* ]] || shift=0
    (
        cd "$ROOT/tests/firmware"
        RUSTFLAGS="$COMPACT_SHA" cross_cargo "$target" build --quiet --release --bin measure --features "$features" >&2
        output="$(run_board "$target" "$(cross_output "$target")/release/measure" 60 -icount "shift=$shift")" ||
            { say "$output"; exit 1; }
        grep '^figure ' <<<"$output"
    )
}

# figures TARGET: prints all figures.
figures() {
    local target="$1" name="${1%%-*}" image features
    # One target directory each, because two builds in one would wait for each other.
    export CARGO_TARGET_DIR="$FOOTPRINT/target/$target"
    for image in protocol signing websocket driver; do
        [[ $image == protocol || $image == signing ]] && features='' || features=$image
        sizes "${name}_$image" "$(footprint_build release "$target" "$image" "$features")"
    done
    sizes "${name}_users" "$(footprint_build release "$target" driver driver,users)"
    sizes "${name}_encrypted" "$(footprint_build release "$target" driver driver,encrypted)"
    sizes "${name}_websocket_alone" "$(footprint_build release "$target" websocket_alone websocket)"
    for image in minimq rust_mqtt embedded_websocket; do
        sizes "${name}_peer_$image" "$(peer "$target" "$image")"
    done
    measured "$target" '' | sed "s/^figure /&${name}_/"
    # Encrypted channels make the type of the client larger.
    measured "$target" encrypted | sed -n "s/^figure \(client_\|connection_\|event_encrypted\)/figure ${name}_encrypted_\1/p"
}

at_once figures "${TARGETS[@]}" | tee "$FIGURES"

# Line tables do not change the code, but need a separate build.
if [[ "${1:-}" == --write ]]; then
    apt_install binutils-arm-none-eabi
    export CARGO_PROFILE_RELEASE_DEBUG=line-tables-only CARGO_TARGET_DIR="$FOOTPRINT/target/lines"
    for image in protocol driver; do
        footprint_build release "${TARGETS[0]}" "$image" "${image#protocol}" >/dev/null
        python3 "$FOOTPRINT/by_function.py" "$(cross_output "${TARGETS[0]}")/release/$image" | sed "s/^/$image\t/" >>"$BY_FUNCTION"
    done
fi
python3 "$ROOT/tests/firmware/table.py" "$FIGURES" "$BY_FUNCTION" "$ROOT/docs/footprint.md" "$(cross_version "${TARGETS[0]}")" "${1:-}"
