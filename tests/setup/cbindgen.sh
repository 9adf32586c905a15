#!/usr/bin/env bash
# Builds cbindgen, which writes the C header from the source of capi/, and prints the path of the program. The first
# build costs about a minute of processor time; later calls only look at the stamp.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

VERSION=0.29.4
CBINDGEN="$CACHE/cbindgen-$VERSION"
locked cbindgen

if [[ ! -e "$CBINDGEN/complete" ]] || ! "$CBINDGEN/bin/cbindgen" --version >/dev/null 2>&1; then
    say "building cbindgen $VERSION"
    mkdir -p "$CBINDGEN"
    # From the cache's own directory, so that no settings of this work tree reach the build.
    (
        cd "$CBINDGEN"
        export CARGO_PROFILE_DEV_DEBUG=0 CARGO_PROFILE_DEV_STRIP=symbols CARGO_INCREMENTAL=0
        nice -n 10 cargo install cbindgen --version "$VERSION" --locked --debug --root "$CBINDGEN" \
            --target-dir "$CBINDGEN/target" --no-track --force >&2 </dev/null
    )
    rm -rf "$CBINDGEN/target"
    touch "$CBINDGEN/complete"
fi
printf '%s\n' "$CBINDGEN/bin/cbindgen"
