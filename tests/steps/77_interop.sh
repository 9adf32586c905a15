# Our monitor, pusher-js and pysher share the channels of a real server: each receives the others' messages.
source "$(dirname "${BASH_SOURCE[0]}")/../setup/common.sh"

if PYSHER_PYTHON="$(bash "$ROOT/tests/setup/pysher.sh")"; then export PYSHER_PYTHON; else left_out "pysher: it could not be installed"; fi
if PUSHER_JS_DIR="$(bash "$ROOT/tests/setup/pusher_js.sh")"; then export PUSHER_JS_DIR; else left_out "pusher-js: it could not be installed"; fi
if SOKETI_DIR="$(bash "$ROOT/tests/setup/soketi.sh")"; then export SOKETI_DIR; else left_out "soketi: it could not be installed"; fi

cargo test --all-features --test interop
