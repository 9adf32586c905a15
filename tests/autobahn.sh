#!/usr/bin/env bash
# Runs the Autobahn test suite against examples/autobahn.rs: every case except compression (12.*, 13.*), which is not
# offered.
#
#   tests/autobahn.sh           fails unless every case passes strictly and docs/autobahn.md is up to date
#   tests/autobahn.sh --write   rewrites docs/autobahn.md, as `tests/run.sh --update autobahn` does
#
# Needs Python 3.10 or newer. kosoku, from PyPI, runs the cases of Autobahn.
set -euo pipefail
cd "$(dirname "$0")/.."

mode=${1:---check}
case $mode in
--check | --write) ;;
*) echo "usage: $0 [--check | --write]" >&2 && exit 2 ;;
esac

report=${CARGO_TARGET_DIR:-target}/autobahn

kosoku=$(bash tests/setup/kosoku.sh)
cargo build --quiet --release --example autobahn

rm -rf "$report"
mkdir -p "$report"
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
timeout 300 "$kosoku" -m fuzzingserver "127.0.0.1:$port" -x '12.*' -x '13.*' -o "$report" >"$report/server.log" 2>&1 &
server=$!
trap 'kill "$server" 2>/dev/null || true' EXIT
for _ in $(seq 100); do
    if grep -q listening "$report/server.log" || ! kill -0 "$server" 2>/dev/null; then break; fi
    sleep 0.1
done

timeout 280 "${CARGO_TARGET_DIR:-target}/release/examples/autobahn" "ws://127.0.0.1:$port" >"$report/client.log" 2>&1 ||
    { tail -n 5 "$report/client.log" "$report/server.log" >&2 && exit 1; }
# It writes its report and exits after the client's last request. Its status is 0 if all cases passed.
wait "$server" || echo "the server's status is $?" >&2

python3 - "$report/index.json" "$mode" docs/autobahn.md <<'PYTHON'
import json, sys
from collections import Counter

index, mode, page = sys.argv[1:]
CASES = 301
GROUPS = {"1": "framing", "2": "pings and pongs", "3": "reserved bits", "4": "opcodes", "5": "fragmentation",
          "6": "UTF-8", "7": "close", "9": "limits and performance", "10": "miscellaneous"}
INFORMATIONAL = {  # cases that Autobahn always labels informational
    "7.1.6": "a close immediately after a message of 256 KiB: the arrival of its echo depends on timing",
    "7.13.1": "close code 5000",
    "7.13.2": "close code 65535",
}

(cases,) = json.load(open(index)).values()
key = lambda case: [int(part) for part in case.split(".")]
behaviors = {case: (cases[case]["behavior"], cases[case]["behaviorClose"]) for case in sorted(cases, key=key)}

wrong = [f"{case}: {' / '.join(found)}" for case, found in behaviors.items()
         if found != ("OK", "OK") and not (case in INFORMATIONAL and set(found) <= {"OK", "INFORMATIONAL"})]
if len(cases) != CASES:
    wrong.append(f"{len(cases)} cases ran instead of {CASES}")
if wrong:
    sys.exit("Autobahn: " + "; ".join(wrong))

totals, informational = Counter(), Counter()
for case in behaviors:
    group = case.split(".")[0]
    totals[group] += 1
    informational[group] += "INFORMATIONAL" in behaviors[case]
rows = [(f"{group} {title}", totals[group], informational[group]) for group, title in GROUPS.items()]
rows.append(("all", CASES, sum(informational.values())))

lines = [
    "# The Autobahn test suite", "",
    f"All {CASES} cases except compression (12, 13), which this client does not offer, run against `examples/autobahn.rs`.",
    "Written by `tests/run.sh --update autobahn`; `tests/autobahn.sh` fails if a result differs.", "",
    "| cases | run | OK | informational | non-strict | failed |", "|---|---|---|---|---|---|",
    *(f"| {title} | {run} | {run - info} | {info} | 0 | 0 |" for title, run, info in rows), "",
    "Autobahn labels a case informational if it does not judge the behaviour in it:", "",
    *(f"- {case}: {what}" for case, what in INFORMATIONAL.items()), "",
]
text = "\n".join(lines)
if mode == "--write":
    open(page, "w").write(text)
else:
    try:
        current = open(page).read()
    except FileNotFoundError:
        current = ""
    if current != text:
        sys.exit(f"{page} does not match this run: run tests/run.sh --update autobahn")
print(f"Autobahn: {CASES} of {CASES} cases passed, {sum(informational.values())} of them informational")
PYTHON
