"""Fits the exponent with which the instructions of each input grow, and judges it.

    report.py FOLDER [--write]

FOLDER has `inputs`, the lines `NAME <tab> BYTES` of the program, and `counts.N`, the instructions of call N.
"""

import math
import re
import sys
from pathlib import Path

LIMIT = 1.05
CONTROL = "control: quadratic"
DOCUMENT = Path(__file__).parents[2] / "docs" / "testing.md"
BEGIN, END = "<!-- linear: begin -->", "<!-- linear: end -->"

# A roster compares each member with those that it holds, at most its capacity: linear only above that many members.
# These are shown and not judged.
CAPACITY = ("roster of 1024: ",)


def exponent(points):
    """The slope of the line through the logarithms, by least squares."""
    xs, ys = [math.log(size) for size, _ in points], [math.log(count) for _, count in points]
    x, y = sum(xs) / len(xs), sum(ys) / len(ys)
    return sum((a - x) * (b - y) for a, b in zip(xs, ys)) / sum((a - x) ** 2 for a in xs)


def read(folder):
    """{name: [(bytes, instructions)]}, in the order of the program."""
    lines = [line.split("\t") for line in (folder / "inputs").read_text().splitlines()]
    cases = {}
    for number, (name, size) in enumerate(lines, 1):
        text = (folder / f"counts.{number}").read_text()
        count = int(re.search(r"^(?:summary|totals): (\d+)", text, re.MULTILINE)[1])
        cases.setdefault(name, []).append((int(size), count))
    return cases


def main():
    cases = read(Path(sys.argv[1]))
    rows, wrong = [], []
    for name, points in cases.items():
        slope = exponent(points)
        (_, first), (size, last) = points[0], points[-1]
        rows.append((name, first, last, last / size, slope))
        print(f"{name:<46} {first:>10} {last:>12} {last / size:>9.1f} {slope:>7.3f}")
        print(f"figure exponent-{re.sub('[^a-z0-9]+', '-', name.lower()).strip('-')} {slope:.3f}")
        if not name.startswith(CAPACITY) and (slope > LIMIT) != (name == CONTROL):
            wrong.append(f"{name}: {slope:.3f}")
    if "--write" in sys.argv:
        write(row for row in rows if row[0] != CONTROL)
    greatest = max((row[4], row[0]) for row in rows if row[0] != CONTROL and not row[0].startswith(CAPACITY))
    print(f"{len(rows) - 1} inputs; of those judged greatest exponent {greatest[0]:.3f} ({greatest[1]}), limit {LIMIT}")
    if CONTROL not in cases or wrong:
        sys.exit("not as expected: " + "; ".join(wrong or ["the control is missing"]))


def write(rows):
    table = ["| input | instructions at 1 KB | at 64 KB | for each byte | exponent |", "|---|---:|---:|---:|---:|"]
    table += [f"| {name} | {a:,} | {b:,} | {each:.1f} | {slope:.3f} |" for name, a, b, each, slope in rows]
    before, rest = DOCUMENT.read_text().split(BEGIN)
    DOCUMENT.write_text(before + BEGIN + "\n\n" + "\n".join(table) + "\n\n" + END + rest.split(END)[1])


main()
