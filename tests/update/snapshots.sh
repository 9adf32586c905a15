# tests/protocol/snapshots: what the client does with each recording of a real server.
source "$(dirname "${BASH_SOURCE[0]}")/../setup/common.sh"

INSTA_UPDATE=always cargo test --quiet --all-features --test transcripts
