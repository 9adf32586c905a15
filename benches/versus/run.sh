#!/usr/bin/env bash
# Measures this crate against others that do the same work.
#
#     benches/versus/run.sh              measures everything; prints the table and lines `figure NAME NUMBER`; writes
#                                        docs/performance.md, docs/performance/*.svg and benches/versus/measured.tsv
#     benches/versus/run.sh GROUP...     measures only these groups (text, websocket-in, websocket-out, bytes, signing,
#                                        growth, presence, end-to-end); prints the table and writes nothing
#     benches/versus/run.sh --smoke      measures very few rounds; fails unless the result has every row of measured.tsv
#     benches/versus/run.sh --redraw     writes the documents from measured.tsv (`tests/run.sh --update performance`)
#
# Needs valgrind for instructions, and soketi, pusher-js and pysher for end to end. Installs them, and leaves out what
# cannot be installed. On an idle machine it takes six minutes, most of them for end to end.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/../../tests/setup/common.sh"
VERSUS="$ROOT/benches/versus"
PROGRAM="$VERSUS/target/release/versus"
GROUPS_TIMED=(text websocket-in websocket-out bytes signing growth presence)
# Their times are small compared with the noise.
GROUPS_COUNTED=(signing growth presence)
# Kept if the measurement fails.
TSV="$VERSUS/target/measuring.tsv"

# wanted GROUP: returns whether to measure the group.
wanted() { [[ ${#SELECTED[@]} == 0 || " ${SELECTED[*]} " == *" $1 "* ]]; }

# instructions GROUP [ENTRIES]: counts instructions exactly, for the first ENTRIES entries.
instructions() {
    local group="$1" most="${2:-1000}" entries line counted row entry
    entries="$("$PROGRAM" counted "$group")"
    head -n "$most" <<<"$entries" | while IFS= read -r line; do
        read -r row entry _ <<<"$line"
        counted="$(valgrind --tool=callgrind --callgrind-out-file=/dev/null --toggle-collect='*versus_counted*' \
            "$PROGRAM" count "$group" "$row" "$entry" 2>&1 </dev/null | awk '/Collected/ { print $NF }')"
        printf '%s\tinstructions\t%d\t%d\n' "$(cut -f 3- <<<"$line")" "$counted" "$counted"
    done
}

# end_to_end EVENTS ROUNDS: measures client processes with a real server.
end_to_end() {
    SOKETI_DIR="$(bash "$ROOT/tests/setup/soketi.sh")" || { left_out "versus, end to end: soketi could not be installed"; return; }
    PUSHER_JS_DIR="$(bash "$ROOT/tests/setup/pusher_js.sh")" || { left_out "versus: pusher-js could not be installed"; PUSHER_JS_DIR=; }
    PYSHER_PYTHON="$(bash "$ROOT/tests/setup/pysher.sh")" || { left_out "versus: pysher could not be installed"; PYSHER_PYTHON=; }
    export SOKETI_DIR PUSHER_JS_DIR PYSHER_PYTHON
    python3 "$VERSUS/end_to_end/run.py" "$VERSUS/target/release/end_to_end" "$1" "$2"
}

SELECTED=()
MODE=full
case "${1:-}" in
    --redraw) exec python3 "$VERSUS/report.py" write "$VERSUS/measured.tsv" "$ROOT/docs" ;;
    --smoke) MODE=smoke ;;
    *) SELECTED=("$@") ;;
esac
for group in ${SELECTED[@]+"${SELECTED[@]}"}; do
    [[ " ${GROUPS_TIMED[*]} end-to-end " == *" $group "* ]] || { say "no group $group"; exit 2; }
done

cd "$VERSUS" # so that cargo reads .cargo/config.toml
cargo build --quiet --release
: >"$TSV"
HAS_VALGRIND=true
command -v valgrind >/dev/null || apt_install valgrind || { HAS_VALGRIND=false; left_out "versus, instructions: no valgrind"; }

if [[ $MODE == smoke ]]; then
    "$PROGRAM" smoke >>"$TSV"
    if $HAS_VALGRIND; then instructions signing 1 >>"$TSV"; fi
    end_to_end 200 1 >>"$TSV"
    python3 "$VERSUS/report.py" check "$TSV" "$VERSUS/measured.tsv"
    exit
fi

python3 "$VERSUS/report.py" machine "$VERSUS/Cargo.lock" >>"$TSV"
for group in "${GROUPS_TIMED[@]}"; do
    if wanted "$group"; then say "measuring: $group"; "$PROGRAM" time "$group" >>"$TSV"; fi
done
for group in "${GROUPS_COUNTED[@]}"; do
    if $HAS_VALGRIND && wanted "$group"; then say "counting: $group"; instructions "$group" >>"$TSV"; fi
done
if wanted end-to-end; then say "measuring: end-to-end"; end_to_end 10000 5 >>"$TSV"; fi

if [[ ${#SELECTED[@]} == 0 ]]; then
    cp "$TSV" "$VERSUS/measured.tsv"
    python3 "$VERSUS/report.py" write "$VERSUS/measured.tsv" "$ROOT/docs"
fi
python3 "$VERSUS/report.py" print "$TSV"
