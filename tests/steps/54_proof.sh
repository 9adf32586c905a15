# A symbolic executor explores functions of a Cortex-M0 image with every input: each access stays in the given memory,
# and each result is that of a reference.
source "$(dirname "${BASH_SOURCE[0]}")/../setup/common.sh"
source "$ROOT/tests/setup/cross.sh"

bash "$ROOT/tests/setup/cross.sh" || { left_out "the proof on machine code: no compiler for it"; exit 0; }
PYTHON="$(bash "$ROOT/tests/setup/angr.sh")" || { left_out "the proof on machine code: angr could not be installed"; exit 0; }
TARGET=thumbv6m-none-eabi
cd "$ROOT/tests/proof"

image() {
    cross_cargo "$TARGET" build --quiet --release --features "$1" >&2 && printf '%s/release/proof\n' "$(cross_output "$TARGET")"
}

# The search must find what is planted, on the one path that has it.
planted() {
    local output
    if output="$("$PYTHON" prove.py "$(image "$1")" --only "$2" "$3")" || ! grep "FAULT: $4" <<<"$output"; then
        say "planted and not found: $1: $output"
        exit 1
    fi
}
planted planted_read number 3 'read of 1 byte'
planted planted_write string 2 'write of 1 byte'
planted planted_alignment number 3 'read of 4 bytes'
planted planted_result number 3 'another result'

"$PYTHON" prove.py "$(image '')" ${LONG:+--long}
