#!/usr/bin/env bash
# Measures the parts written by hand against crates that do the same, on a Cortex-M0, and compares docs/design.md with
# it.
#
#     tests/footprint/alternatives.sh            prints the table; fails if the document differs by more than 2 %
#                                                (only if it was written with the same compiler)
#     tests/footprint/alternatives.sh --write    writes the figures into the document
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/../setup/common.sh"
source "$ROOT/tests/setup/cross.sh"
source "$ROOT/tests/footprint/build.sh"

bash "$ROOT/tests/setup/cross.sh"

TARGET=thumbv6m-none-eabi
export CARGO_TARGET_DIR="$FOOTPRINT/alternatives/target"
(
    cd "$FOOTPRINT/alternatives"
    RUSTFLAGS="$COMPACT_SHA" cross_cargo "$TARGET" build --quiet --release >&2
)
python3 "$FOOTPRINT/alternatives.py" "$(cross_output "$TARGET")/release" "$ROOT/docs/design.md" "$(cross_version "$TARGET")" "${1:-}"
