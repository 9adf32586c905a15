#!/usr/bin/env bash
# Weighs what C costs on a Cortex-M0: the functions of a typical firmware from the C library against the same from Rust.
#
#     size.sh           prints the figures, and fails if C takes over 2 % more than docs/footprint.md states
#
# Both hold on to functions and call none, as tests/footprint does: a connection with 8 channels of 64 bytes whose
# subscriptions are signed on the device. Rust: the image `polled`. Static memory is not counted: the caller provides
# it.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/../../tests/setup/common.sh"
source "$ROOT/tests/setup/cross.sh"
source "$ROOT/tests/footprint/build.sh"
cd "$ROOT/capi"

TARGET=thumbv6m-none-eabi
# What the image `polled` holds on to: see tests/footprint/src/bin/polled.rs.
FUNCTIONS=(config_init connection_init connection_poll connection_handle_opened connection_handle_open_failed
    connection_handle_socket_error connection_handle_write_error connection_receive_space connection_handle_received
    connection_unsent connection_handle_sent connection_timeout_ms connection_sign connection_deny connection_trigger
    connection_connect connection_disconnect connection_ping_now connection_subscribe connection_unsubscribe
    connection_channel_status connection_state members_next)

bytes() { python3 "$FOOTPRINT/elf.py" --figures x "$1" | awk '/_(text|rodata) / { sum += $3 } END { print sum }'; }

image="$(CARGO_TARGET_DIR="$FOOTPRINT/target/$TARGET" footprint_build release "$TARGET" polled driver)"
rust="$(bytes "$image")"
(
    export CARGO_TARGET_DIR="target/size"
    RUSTFLAGS="$COMPACT_SHA" cross_cargo "$TARGET" rustc --quiet --release --crate-type staticlib --no-default-features \
        --features panic-handler,capacity-8x64
)
output="$(CARGO_TARGET_DIR=target/size cross_output "$TARGET")/release"
ld.lld -m armelf --gc-sections --entry=0 "${FUNCTIONS[@]/#/--undefined=pusher_}" "$output/libpusher_proto_c.a" -o "$output/size"
c="$(bytes "$output/size")"
# The function that holds on to the others is no part of the program; the C image has none.
keeper="$(arm-none-eabi-nm -S "$image" | awk '$4 == "_start" { print $2 }')"
rust=$((rust - 16#$keeper))
echo "figure thumbv6m_c $c B"
echo "figure thumbv6m_c_above_rust $((c - rust)) B"
# The figures are those of one compiler, as in tests/firmware/run.sh.
documented="$(sed -n 's/^- C: \([0-9,]*\) bytes of code.*/\1/p' "$ROOT/docs/footprint.md" | tr -d ,)"
((c * 100 <= documented * 102)) || { say "C takes $c bytes; docs/footprint.md states $documented"; exit 1; }
