"""Compares the parts that are written by hand with crates that do the same, for the table of docs/design.md.

    alternatives.py DIRECTORY DOCUMENT COMPILER [--write]

DIRECTORY contains the images of tests/footprint/alternatives. A row of the table begins with the part, its bytes by hand, the
crate, its bytes, and whether a panic is reachable: | `compare` | 54 | `subtle` | 94 | no |
"""

import pathlib
import re
import sys

from elf import Image

ROW = re.compile(r"^\| (.+?) \(`(\w+)`\) \| [\d,]+ \| `([\w-]+)` \| [\d,]+ \| \w+ \|", re.M)
MEASURED = re.compile(r"^Measured with (.*)\.$", re.M)


def main(directory, document, compiler, write=""):
    images = {path.name: Image(path) for path in pathlib.Path(directory).iterdir() if path.is_file() and path.suffix == ""
              and not path.name.startswith(".")}
    size = lambda image: image.size(".text", ".rodata") - images["nothing"].size(".text", ".rodata")
    used = {"nothing"}

    def row(match):
        title, part, crate = match.groups()
        hand, other = f"{part}_by_hand", f"{part}_{crate.replace('-', '_')}"
        used.update((hand, other))
        if panics(images[hand]):
            sys.exit(f"a panic is reachable in {hand}")
        panic = "yes" if panics(images[other]) else "no"
        return f"| {title} (`{part}`) | {size(images[hand]):,} | `{crate}` | {size(images[other]):,} | {panic} |"

    text = pathlib.Path(document).read_text()
    new = ROW.sub(row, text)
    print("\n".join(rows(new)))
    if missing := set(images) - used:
        sys.exit(f"{document} leaves out {sorted(missing)}")
    if write == "--write":
        pathlib.Path(document).write_text(MEASURED.sub(f"Measured with {compiler}.", new))
    elif MEASURED.search(text)[1] != compiler:
        print(f"{document} was written with another compiler: not compared")
    elif changed := [new for old, new in zip(rows(text), rows(new), strict=True) if not alike(old, new)]:
        sys.exit(f"{document} differs, write it with --write:\n" + "\n".join(changed))


def rows(text):
    return [match[0] for match in ROW.finditer(text)]


def alike(old, new):
    """Returns whether both or neither can panic, and no size differs by more than 2 % and 8 bytes."""
    sizes = lambda row: [int(size.replace(",", "")) for size in re.findall(r"\| ([\d,]+) (?=\|)", row)]
    close = all(abs(a - b) <= max(8, a // 50) for a, b in zip(sizes(old), sizes(new), strict=True))
    return close and old.split("|")[-2] == new.split("|")[-2]


def panics(image):
    return any("a_panic_can_be_reached" in name or "panicking" in name for name, *_ in image.symbols())


main(*sys.argv[1:])
