# docs/pictures: the layers, and the monitor in use, as SVG and as link definitions for rustdoc.
source "$(dirname "${BASH_SOURCE[0]}")/../setup/common.sh"

cargo build --quiet --example monitor
python3 "$ROOT/docs/pictures/layers.py"
python3 "$ROOT/docs/pictures/monitor.py" "${CARGO_TARGET_DIR:-$ROOT/target}/debug/examples/monitor"
python3 "$ROOT/docs/pictures/links.py"
