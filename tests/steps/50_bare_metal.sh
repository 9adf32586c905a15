# The library builds for machines without an operating system, with every feature set that fits one.
source "$(dirname "${BASH_SOURCE[0]}")/../setup/common.sh"
source "$ROOT/tests/setup/features.sh"
source "$ROOT/tests/setup/cross.sh"

bash "$ROOT/tests/setup/cross.sh" || { left_out "bare-metal builds: no compiler for them"; exit 0; }

# These builds are neither cached nor debugged.
export CARGO_INCREMENTAL=0 CARGO_PROFILE_DEV_DEBUG=0
for target in "${CROSS_TARGETS[@]}"; do
    device_feature_sets | while read -r features; do
        echo "-- $target $features"
        cross_cargo "$target" build --quiet --lib $features </dev/null
    done
done
