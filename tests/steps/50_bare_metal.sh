# The library builds for machines without an operating system, with every feature set that fits one.
source "$(dirname "${BASH_SOURCE[0]}")/../setup/common.sh"
source "$ROOT/tests/setup/features.sh"
source "$ROOT/tests/setup/cross.sh"

bash "$ROOT/tests/setup/cross.sh" || { left_out "bare-metal builds: no compiler for them"; exit 0; }

# build TARGET: a directory for each target, so that cargo's lock does not put the builds in a row.
build() {
    local features
    export CARGO_TARGET_DIR="$ROOT/target/bare-metal/$1"
    device_feature_sets | while read -r features; do
        echo "-- $1 $features"
        cross_cargo "$1" build --quiet --lib $features </dev/null
    done
}

at_once build "${CROSS_TARGETS[@]}"
