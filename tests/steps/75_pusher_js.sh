# The same frames through pusher-js and through this client: what each tells the application is compared.
source "$(dirname "${BASH_SOURCE[0]}")/../setup/common.sh"

if PUSHER_JS_DIR="$(bash "$ROOT/tests/setup/pusher_js.sh")"; then
    export PUSHER_JS_DIR
    cargo test --all-features --test pusher_js
else
    left_out "pusher-js: it could not be installed"
fi
