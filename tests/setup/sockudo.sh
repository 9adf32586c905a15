#!/usr/bin/env bash
# Builds sockudo, a Pusher server in Rust, as a test peer, and prints the path of its binary.
# The first build costs about 4 minutes of processor time; later calls only look at the stamp.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

VERSION=5.2.0
PLACE="$CACHE/sockudo-$VERSION"
locked sockudo

# A cache may come from a machine with other libraries.
if [[ ! -e "$PLACE/complete" ]] || ! "$PLACE/bin/sockudo" --version >/dev/null 2>&1; then
    # Whatever the features: a dependency's build script runs protoc, on a .proto that imports files of libprotobuf-dev,
    # and another links OpenSSL.
    apt_install protobuf-compiler libprotobuf-dev pkg-config libssl-dev
    say "building sockudo $VERSION"
    mkdir -p "$PLACE"
    # From the cache's own directory, so that no settings of this work tree reach the build. An interrupted
    # build leaves its target directory, from which the next one goes on.
    (
        cd "$PLACE"
        # Unoptimised: half the cost to build, and the tests see no difference.
        export CARGO_PROFILE_DEV_DEBUG=0 CARGO_PROFILE_DEV_STRIP=symbols CARGO_INCREMENTAL=0
        nice -n 10 cargo install sockudo --version "$VERSION" --locked --debug --no-default-features --features local,v2 \
            --root "$PLACE" --target-dir "$PLACE/target" --no-track --force >&2 </dev/null
    )
    rm -rf "$PLACE/target"
    touch "$PLACE/complete"
fi
printf '%s\n' "$PLACE/bin/sockudo"
