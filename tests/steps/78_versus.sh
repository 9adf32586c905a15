# The comparison with other crates builds and measures every row that docs/performance.md shows.
source "$(dirname "${BASH_SOURCE[0]}")/../setup/common.sh"

bash "$ROOT/benches/versus/run.sh" --smoke
