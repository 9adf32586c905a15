#!/usr/bin/env bash
# Instructions per operation of each line of benches/frames.rs: the difference between 2000 and 1000 runs under
# callgrind. Unlike times, they do not depend on other processes.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

command -v valgrind >/dev/null || { echo "left out: valgrind is not installed"; exit 0; }
bench="$(cargo bench --bench frames --no-run --message-format json 2>/dev/null \
    | python3 -c 'import json, sys
print([p["executable"] for p in map(json.loads, sys.stdin) if p.get("target", {}).get("name") == "frames" and p.get("executable")][-1])')"

instructions() {
    valgrind --tool=callgrind --callgrind-out-file=/dev/null "$bench" "$1" "$2" 2>&1 \
        | awk '/Collected/ { print $NF }'
}

"$bench" names | while read -r name; do
    once="$(instructions "$name" 1000)"
    twice="$(instructions "$name" 2000)"
    printf '%-34s %8d instructions\n' "$name" "$(((twice - once) / 1000))"
done
