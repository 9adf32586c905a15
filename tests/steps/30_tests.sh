# Unit, integration and documentation tests with every feature set.
source "$(dirname "${BASH_SOURCE[0]}")/../setup/common.sh"
source "$ROOT/tests/setup/features.sh"

feature_sets | while read -r features; do
    echo "-- cargo test $features"
    cargo test $features </dev/null
done
