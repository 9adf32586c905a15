# The same messages sent to pusher-js and to this client produce the same reports to the application.
source "$(dirname "${BASH_SOURCE[0]}")/../setup/common.sh"

if PUSHER_JS_DIR="$(bash "$ROOT/tests/setup/pusher_js.sh")"; then
    export PUSHER_JS_DIR
    cargo test --all-features --test pusher_js
else
    left_out "pusher-js: it could not be installed"
fi
