# docs/performance.md and its charts, from benches/versus/measured.tsv. `benches/versus/run.sh` measures again.
source "$(dirname "${BASH_SOURCE[0]}")/../setup/common.sh"

bash "$ROOT/benches/versus/run.sh" --redraw
