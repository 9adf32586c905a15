# The crate's feature sets, as arguments for cargo. Sourced. Read from the manifest, so that a new feature is tested from
# the day it is there.
#
#     feature_sets            none, each alone, all but `users`, whose absence is another program, and all
#     device_feature_sets     the same without the features that need an operating system, which Cargo.toml lists as
#                             package.metadata.pusher-proto.host-features

feature_names() {
    cargo metadata --no-deps --format-version 1 --manifest-path "$ROOT/Cargo.toml" | python3 -c '
import json, sys
package = next(p for p in json.load(sys.stdin)["packages"] if p["name"] == "pusher-proto")
host = ((package["metadata"] or {}).get("pusher-proto") or {}).get("host-features", []) if sys.argv[1] == "device" else []
unknown = set(host) - set(package["features"])
if unknown:
    sys.exit(f"host-features names features that do not exist: {unknown}")
# `default` may draw in a host feature; on a device it is tested as the sum of its parts.
names = [f for f in package["features"] if f not in host and (sys.argv[1] != "device" or f != "default")]
print("\n".join(sorted(names)))' "$1"
}

feature_sets() {
    local names name
    names="$(feature_names host)"
    echo "--no-default-features"
    for name in $names; do echo "--no-default-features --features $name"; done
    echo "--no-default-features --features $(grep -vx -e users -e default <<<"$names" | paste -sd ,)"
    echo "--all-features"
}

device_feature_sets() {
    local names name
    names="$(feature_names device)"
    echo "--no-default-features"
    for name in $names; do echo "--no-default-features --features $name"; done
    echo "--no-default-features --features $(tr '\n' ',' <<<"$names" | sed 's/,*$//')"
}
