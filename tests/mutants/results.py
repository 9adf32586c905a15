"""Adds the outcomes of a run of cargo-mutants to results.tsv of the same directory, and prints what all runs have found.

A line of results.tsv is a mutant: the hash of the file that it changes, the outcome, the name. It counts while src has a file
of this hash; the last line about a mutant counts.
"""

import hashlib
import json
import pathlib
import sys

directory = pathlib.Path(sys.argv[1])
tree = directory / "tree"
results = directory / "results.tsv"
OUTCOMES = {"CaughtMutant": "caught", "Timeout": "timeout", "MissedMutant": "missed", "Unviable": "unviable"}


def hash_of(file):
    path = tree / file
    return hashlib.sha256(path.read_bytes()).hexdigest()[:16] if path.exists() else ""


ran = directory / "mutants.out" / "outcomes.json"
if ran.exists():
    with results.open("a") as file:
        for outcome in json.loads(ran.read_text())["outcomes"]:
            if outcome["summary"] in OUTCOMES and "Mutant" in outcome["scenario"]:
                mutant = outcome["scenario"]["Mutant"]
                print(hash_of(mutant["file"]), OUTCOMES[outcome["summary"]], mutant["name"], sep="\t", file=file)

found = {}
if results.exists():
    for line in results.read_text().splitlines():
        file_hash, outcome, name = line.split("\t")
        if file_hash == hash_of(name.split(":")[0]):
            found[name] = outcome
counts = {outcome: list(found.values()).count(outcome) for outcome in OUTCOMES.values()}
for name in sorted(name for name, outcome in found.items() if outcome == "missed"):
    print("missed:", name)
caught = counts["caught"] + counts["timeout"]
viable = caught + counts["missed"]
print(f"all runs: {len(found)} mutants, of which {counts['unviable']} do not compile; {caught} of {viable} are caught", end="")
print(f" ({counts['timeout']} by the timeout), {100 * caught / viable:.1f} %" if viable else "")
