"""Bytes of code by the file that they are written in, wherever they are inlined.

    by_file.py IMAGE, which was built with line tables
"""

import collections
import re
import struct
import subprocess
import sys

from elf import Image

STEP = 2  # the shortest instruction


def main(path):
    image = Image(path)
    _, _, _, start, _, size, *_ = next(section for section in image.sections if section[0] == ".text")
    places = range(start, start + size, STEP)
    frames = subprocess.run(
        ["arm-none-eabi-addr2line", "-a", "-i", "-f", "-e", path],
        input="\n".join(map(hex, places)),
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    bytes_of = collections.Counter()
    # An address, then a function and its place for each call that is inlined there, the innermost first.
    for lines in re.split(r"^0x[0-9a-f]{8}\n", frames, flags=re.M)[1:]:
        files = re.findall(r"^(\S+):[\d?]+", lines, re.M)
        own = [found[1] for found in (re.search(r"/src/([a-z_/0-9]+\.rs)$", file) for file in files if is_own(file)) if found]
        bytes_of[own[0] if own else "other crates, core and the compiler's routines"] += STEP
    for name, count in bytes_of.most_common():
        print(f"{name}\t{count}")


def is_own(file):
    return "/src/" in file and not re.search("/(registry|library|rustc|tests)/", file)


main(sys.argv[1])
