# An emulated board loses 10,000 connections, and its memory is as after ten.
source "$(dirname "${BASH_SOURCE[0]}")/../setup/common.sh"
source "$ROOT/tests/setup/cross.sh"
source "$ROOT/tests/setup/qemu.sh"

bash "$ROOT/tests/setup/cross.sh" || { left_out "10,000 reconnects on a board: no compiler for it"; exit 0; }
bash "$ROOT/tests/setup/qemu.sh" || { left_out "10,000 reconnects on a board: no QEMU for the board"; exit 0; }
TARGET=thumbv6m-none-eabi
cd "$ROOT/tests/firmware"

# reconnects FEATURES: what the image prints.
reconnects() {
    cross_cargo "$TARGET" build --quiet --release --bin reconnects --features "$1"
    run_board "$TARGET" "$(cross_output "$TARGET")/release/reconnects" 120
}

# The comparison must fail where memory is not the same.
for planted in planted_stack planted_state; do
    ! output="$(reconnects "$planted")" || { say "planted and not found: $planted"; exit 1; }
    grep -q '^panicked at' <<<"$output" || { say "$output"; exit 1; }
done
output="$(reconnects '')" || { say "$output"; exit 1; }
printf '%s\n' "$output"
grep -qx 'memory is the same' <<<"$output"
