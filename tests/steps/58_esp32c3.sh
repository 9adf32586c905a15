# The program of examples/embassy links for an ESP32-C3, and the driver type-checks over esp-hal.
source "$(dirname "${BASH_SOURCE[0]}")/../setup/common.sh"
# The driver of the radio allocates.
export CROSS_ALLOC=1
source "$ROOT/tests/setup/cross.sh"

bash "$ROOT/tests/setup/cross.sh" || { left_out "ESP32-C3: no compiler for it"; exit 0; }

cd "$ROOT/examples/embassy/esp32c3"
cargo fmt --all --check
RUSTFLAGS="-D warnings" cross_cargo riscv32imc-unknown-none-elf build --quiet --release --workspace
