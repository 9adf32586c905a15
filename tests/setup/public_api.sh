#!/usr/bin/env bash
# Builds cargo-public-api, which lists the public items of a crate. Run it to prepare the tool; source it for
# `public_api`. The first build takes about 2 minutes of CPU time; later calls only check the stamp.
#
#     public_api     prints the listing of this crate with all features
#
# rustdoc writes JSON only in nightly builds or with RUSTC_BOOTSTRAP. Each version of the tool reads one version of the
# format. A newer compiler may need a newer tool: set VERSION, then run tests/run.sh --update api.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

VERSION=0.52.0
PUBLIC_API="$CACHE/cargo-public-api-$VERSION"

build_public_api() {
    locked cargo-public-api
    if [[ ! -e "$PUBLIC_API/complete" ]] || ! "$PUBLIC_API/bin/cargo-public-api" --version >/dev/null 2>&1; then
        say "building cargo-public-api $VERSION"
        mkdir -p "$PUBLIC_API"
        # Runs in the directory of the cache, so that no settings of this work tree apply to the build.
        (
            cd "$PUBLIC_API"
            export CARGO_PROFILE_DEV_DEBUG=0 CARGO_PROFILE_DEV_STRIP=symbols CARGO_INCREMENTAL=0
            nice -n 10 cargo install cargo-public-api --version "$VERSION" --locked --debug --root "$PUBLIC_API" \
                --target-dir "$PUBLIC_API/target" --no-track --force >&2 </dev/null
        )
        rm -rf "$PUBLIC_API/target"
        touch "$PUBLIC_API/complete"
    fi
}

# Blanket and auto trait impls are the same for every type. A trait's own methods follow from its `impl` line.
public_api() {
    local output="${CARGO_TARGET_DIR:-$ROOT/target}"
    (
        cd "$ROOT"
        RUSTC_BOOTSTRAP=1 cargo rustdoc --quiet --lib --all-features --target-dir "$output" -- \
            -Z unstable-options --output-format json >&2 </dev/null
    )
    "$PUBLIC_API/bin/cargo-public-api" public-api -ss --color never --rustdoc-json "$output/doc/pusher_proto.json" |
        grep -vE '^pub (const )?fn [^(]*::(fmt|format|clone|eq|cmp|partial_cmp|hash)(<[^(]*>)?\(|^impl core::marker::StructuralPartialEq '
}

[[ "${BASH_SOURCE[0]}" != "$0" ]] || build_public_api
