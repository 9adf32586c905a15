"""Prints the bytes of code per source function, including where it is inlined.

    by_function.py IMAGE, which was built with line tables

Prints file, function and bytes of each. A closure counts as part of its function.
"""

import collections
import re
import subprocess
import sys

from elf import Image

STEP = 2  # the shortest instruction


def main(path):
    image = Image(path)
    _, _, _, start, _, size, *_ = next(section for section in image.sections if section[0] == ".text")
    places = range(start, start + size, STEP)
    frames = subprocess.run(
        ["arm-none-eabi-addr2line", "-a", "-i", "-f", "-C", "-e", path],
        input="\n".join(map(hex, places)),
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    bytes_of = collections.Counter()
    # An address, then the function and source position of each call inlined there, the innermost first.
    for lines in re.split(r"^0x[0-9a-f]{8}\n", frames, flags=re.M)[1:]:
        lines = lines.splitlines()
        bytes_of[written_in(list(zip(lines[::2], lines[1::2])))] += STEP
    for (file, function), count in bytes_of.most_common():
        print(f"{file}\t{function}\t{count}")


def written_in(calls):
    outermost = calls[-1][0] if calls else ""
    for function, place in calls:
        own = re.search(r"/src/([a-z_/0-9]+\.rs):", place)
        if own and not re.search("/(registry|library|rustc|tests)/", place) and "closure" not in function:
            return own[1], short(function)
    if "pusher_proto" in outermost and "_start" not in outermost:
        return "", short(outermost)
    return "", "others: core, other crates, the compiler's routines"


def short(function):
    """Returns the bare name: `attribute` for `attribute<8, 64>` and `pusher_proto::client::Client<_,_>::attribute`."""
    while "<" in function and function != (shorter := re.sub(r"<[^<>]*>", "", function)):
        function = shorter
    return function.rsplit("::", 1)[-1]


main(sys.argv[1])
