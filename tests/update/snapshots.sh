# tests/protocol/snapshots: the behavior of the client for each recording of a real server.
source "$(dirname "${BASH_SOURCE[0]}")/../setup/common.sh"

INSTA_UPDATE=always cargo test --quiet --all-features --test transcripts
