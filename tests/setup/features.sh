# The crate's feature sets, as arguments for cargo. Sourced. They are read from the manifest, so that a new feature is
# tested at once.
#
#     feature_sets            none, each alone, all except `users` (which changes much code), and all
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
# `default` may enable a host feature; on a device its features are tested separately.
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
