# Firmware images run on emulated boards.
source "$(dirname "${BASH_SOURCE[0]}")/../setup/common.sh"
source "$ROOT/tests/setup/cross.sh"
source "$ROOT/tests/setup/qemu.sh"

bash "$ROOT/tests/setup/cross.sh" || { left_out "firmware images: no compiler for them"; exit 0; }
bash "$ROOT/tests/setup/qemu.sh" || { left_out "firmware images: no QEMU for the boards"; exit 0; }
cd "$ROOT/tests/firmware"

# expect TARGET PROGRAM LINE: checks that the program prints this line and exits successfully.
expect() {
    local target="$1" program="$2" line="$3" output status=0
    echo "-- $program on $target"
    cross_cargo "$target" build --quiet --release --bin "$program"
    output="$(run_board "$target" "$(cross_output "$target")/release/$program" 60)" || status=$?
    printf '%s\n' "$output"
    [[ $status == 0 ]] || { say "$program ended with status $status"; return 1; }
    grep -qxF "$line" <<<"$output" || { say "$program did not print: $line"; return 1; }
}

for target in thumbv6m-none-eabi thumbv7em-none-eabihf riscv32imc-unknown-none-elf; do
    expect "$target" hello 'hello from pusher-proto: 2000 ms'
done
