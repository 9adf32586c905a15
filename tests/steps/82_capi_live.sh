# Programs in C, with the sanitizers, against real servers: the scenarios of `live`, the monitor, the program of
# docs/c.md.
source "$(dirname "${BASH_SOURCE[0]}")/../setup/common.sh"

bash "$ROOT/tests/setup/c.sh" || { left_out "programs in C against servers: no compiler"; exit 0; }
if SOKETI_DIR="$(bash "$ROOT/tests/setup/soketi.sh")"; then export SOKETI_DIR; else left_out "soketi: it could not be installed"; fi
if SOCKUDO_BIN="$(bash "$ROOT/tests/setup/sockudo.sh")"; then export SOCKUDO_BIN; else left_out "sockudo: it could not be built"; fi

cd "$ROOT/capi"
cargo rustc --quiet --release --crate-type staticlib
bash tests/host.sh driver "$PWD/tests/driver.c"
bash tests/host.sh monitor "$PWD/examples/monitor.c"
# The program of docs/c.md, from the document itself, with only the two files.
rm -rf target/first
mkdir -p target/first
cp include/pusher_proto.h target/release/libpusher_proto_c.a target/first
sed -n '/^```c$/,/^```$/p' "$ROOT/docs/c.md" | sed '1d;$d' >target/first/first.c
(cd target/first && eval "$(grep '^gcc .* first.c ' "$ROOT/docs/c.md") -Werror")

export C_DRIVER="$PWD/target/host/driver" C_MONITOR="$PWD/target/host/monitor" C_DOCUMENTED="$PWD/target/first/first"
cd "$ROOT"
# 1,000 channels are more than any capacity of the C library.
SKIPPED=(--skip thousand_channels)
# sockudo waits 30 s for a pong.
[[ -n "${LONG:-}" ]] || SKIPPED+=(--skip missed_pong)
cargo test --all-features --test live_c -- --test-threads=24 "${SKIPPED[@]}"
