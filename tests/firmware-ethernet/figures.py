"""Prints the figures on standard input, and holds a document to them.

    figures.py DOCUMENT COMPILER

The document has them in a block `text ethernet`. A figure may be 2 % larger than there, and 10 % smaller. Figures of another
compiler are not compared.
"""

import pathlib
import re
import sys

document, compiler = pathlib.Path(sys.argv[1]).read_text(), sys.argv[2]
block = re.search(r"^```text ethernet\n(.*?)^```$", document, re.M | re.S).group(1)
figure = re.compile(r"^figure (ethernet\w*) (\d+) B$", re.M)
stated = {name: int(number) for name, number in figure.findall(block)}
printed = {name: int(number) for name, number in figure.findall(sys.stdin.read())}
for name, number in printed.items():
    print(f"figure {name} {number} B")
if compiler not in block:
    sys.exit(print(f"not compared: docs/footprint.md has the figures of another compiler than {compiler}"))
if printed.keys() != stated.keys():
    sys.exit(f"docs/footprint.md has other figures: {sorted(printed.keys() ^ stated.keys())}")
wrong = [f"{name}: {number} B, documented are {stated[name]}" for name, number in printed.items()
         if not 0.9 * stated[name] <= number <= 1.02 * stated[name]]
if wrong:
    sys.exit("docs/footprint.md has other figures:\n" + "\n".join(wrong))
