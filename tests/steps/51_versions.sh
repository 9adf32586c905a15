# The driver type-checks over each crate and version of the table in docs/guide.md.
source "$(dirname "${BASH_SOURCE[0]}")/../setup/common.sh"

cd "$ROOT/tests/versions"
RUSTFLAGS="-D warnings" cargo check --quiet
# esp-idf-svc builds only with the toolchain of Espressif; the step esp32c3 has esp-hal.
python3 check.py
