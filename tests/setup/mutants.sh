#!/usr/bin/env bash
# Builds cargo-mutants, which changes one expression of the library at a time and runs the tests against it. Run it to
# prepare the tool; source it for its place, `$MUTANTS`. The first build costs about 2 minutes of processor time; later
# calls only look at the stamp.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

MUTANTS_VERSION=27.1.0
MUTANTS="$CACHE/cargo-mutants-$MUTANTS_VERSION"

build_mutants() {
    locked cargo-mutants
    if [[ ! -e "$MUTANTS/complete" ]] || ! "$MUTANTS/bin/cargo-mutants" mutants --version >/dev/null 2>&1; then
        say "building cargo-mutants $MUTANTS_VERSION"
        mkdir -p "$MUTANTS"
        # From the cache's own directory, so that no settings of this work tree reach the build.
        (
            cd "$MUTANTS"
            export CARGO_PROFILE_DEV_DEBUG=0 CARGO_PROFILE_DEV_STRIP=symbols CARGO_INCREMENTAL=0
            nice -n 10 cargo install cargo-mutants --version "$MUTANTS_VERSION" --locked --debug --root "$MUTANTS" \
                --target-dir "$MUTANTS/target" --no-track --force >&2 </dev/null
        )
        rm -rf "$MUTANTS/target"
        touch "$MUTANTS/complete"
    fi
}

[[ "${BASH_SOURCE[0]}" != "$0" ]] || build_mutants
