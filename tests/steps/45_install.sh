# `cargo install --example monitor` installs a working monitor.
source "$(dirname "${BASH_SOURCE[0]}")/../setup/common.sh"

PLACE="$(mktemp -d)"
trap 'rm -rf "$PLACE"' EXIT
# Without optimization the build shares what the tests have compiled.
cargo install --quiet --debug --locked --path "$ROOT" --example monitor --all-features --root "$PLACE" --no-track
cd "$PLACE"
HELP="$(bin/monitor --help)"
grep -q -- '--url URL' <<<"$HELP" || { say "$HELP"; exit 1; }
# The demonstration, in a pipe: no colours.
DEMO="$(TERM=xterm timeout 20 bin/monitor)"
grep -q 'subscribed    private-orders' <<<"$DEMO" || { say "$DEMO"; exit 1; }
[[ "$DEMO" != *$'\x1b'* ]] || { say "colours in a pipe"; exit 1; }
echo "$(bin/monitor --version), $(wc -l <<<"$DEMO") lines of the demonstration"
