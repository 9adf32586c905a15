#!/usr/bin/env bash
# Builds sockudo, a Pusher server in Rust, as a test peer, and prints the path of its binary.
# The first build takes about 4 minutes of CPU time; later calls only check the stamp.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

VERSION=5.2.0
PLACE="$CACHE/sockudo-$VERSION"
locked sockudo

# The cache may come from a machine with other libraries, so the binary is started once.
if [[ ! -e "$PLACE/complete" ]] || ! "$PLACE/bin/sockudo" --version >/dev/null 2>&1; then
    # With any features, one dependency's build script runs protoc on a file that imports files of libprotobuf-dev, and
    # another links OpenSSL.
    apt_install protobuf-compiler libprotobuf-dev pkg-config libssl-dev
    say "building sockudo $VERSION"
    mkdir -p "$PLACE"
    # Runs in the directory of the cache, so that no settings of this work tree apply to the build. The next run
    # continues an interrupted build.
    (
        cd "$PLACE"
        # Without optimization: it builds in half the time, and the tests behave the same.
        export CARGO_PROFILE_DEV_DEBUG=0 CARGO_PROFILE_DEV_STRIP=symbols CARGO_INCREMENTAL=0
        nice -n 10 cargo install sockudo --version "$VERSION" --locked --debug --no-default-features --features local,v2 \
            --root "$PLACE" --target-dir "$PLACE/target" --no-track --force >&2 </dev/null
    )
    rm -rf "$PLACE/target"
    touch "$PLACE/complete"
fi
printf '%s\n' "$PLACE/bin/sockudo"
