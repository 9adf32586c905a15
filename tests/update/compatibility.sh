# docs/compatibility.md: the table of the live scenarios. It needs no server.
source "$(dirname "${BASH_SOURCE[0]}")/../setup/common.sh"

UPDATE_DOCS=1 cargo test --quiet --all-features --test live_scenarios document
