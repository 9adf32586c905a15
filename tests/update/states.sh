# docs/states.md: the state machines, from their transition tables.
source "$(dirname "${BASH_SOURCE[0]}")/../setup/common.sh"

UPDATE_DOCS=1 cargo test --quiet --lib diagrams
