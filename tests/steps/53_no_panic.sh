# An image that contains every public function links without a panic and without a heap.
#
# The panic handler of these images calls an undefined function: if a panic is reachable, they do not link.
source "$(dirname "${BASH_SOURCE[0]}")/../setup/common.sh"
source "$ROOT/tests/setup/cross.sh"
source "$ROOT/tests/footprint/build.sh"

bash "$ROOT/tests/setup/cross.sh" || { left_out "the proof that nothing panics: no compiler for bare metal"; exit 0; }

python3 "$FOOTPRINT/complete.py"

# proof TARGET: links the images optimized for size, and for speed.
proof() {
    local target="$1" profile features planted image output
    export CARGO_TARGET_DIR="$FOOTPRINT/target/$target"
    for profile in release fast; do
        for features in rest date,driver,encrypted,rest,users; do
            echo "-- $target $profile $features"
            image="$(footprint_build "$profile" "$target" every "$features")"
            python3 "$FOOTPRINT/elf.py" --no-heap "$image"
        done
        # The check must fail on a planted panic, and for no other reason.
        footprint_build "$profile" "$target" planted >/dev/null
        for planted in planted_index planted_unwrap planted_division; do
            if output="$(footprint_build "$profile" "$target" planted "$planted" 2>&1)"; then
                say "an image with a planted panic links: $planted"
                exit 1
            fi
            grep -q 'undefined symbol: a_panic_can_be_reached' <<<"$output" || { say "$output"; exit 1; }
        done
    done
}

at_once proof thumbv6m-none-eabi thumbv7em-none-eabi thumbv7em-none-eabihf riscv32imc-unknown-none-elf
