#!/usr/bin/env python3
"""Draws the monitor at work: runs its demonstration on a terminal and writes what it prints, with its colours, to
docs/pictures/monitor.svg.

    docs/pictures/monitor.py PROGRAM

Times, durations and the port of the demonstration differ from run to run. They are replaced, so that the same monitor gives the
same picture.
"""

import os
import pty
import re
import subprocess
import sys
from pathlib import Path
from xml.sax.saxutils import escape

COLOURS = {"31": "#ff7b72", "32": "#7ee787", "33": "#e3b341", "34": "#79c0ff"}
FONT = 'font-family="ui-monospace, Menlo, Consolas, monospace" font-size="13"'
LINE, LEFT, TOP, CHARACTER = 18, 16, 44, 7.85


def transcript(program):
    """What `program` prints on a terminal."""
    ours, theirs = pty.openpty()
    environment = {**os.environ, "TERM": "xterm"}
    environment.pop("NO_COLOR", None)
    with subprocess.Popen([program], stdin=subprocess.DEVNULL, stdout=theirs, env=environment) as child:
        os.close(theirs)
        output = bytearray()
        try:
            while piece := os.read(ours, 4096):
                output += piece
        except OSError:  # Linux reports the end of a terminal in this way
            pass
    if child.returncode:
        raise SystemExit(f"{program} ended with {child.returncode}")
    return output.decode().replace("\r", "").splitlines()


def normalised(lines):
    for number, line in enumerate(lines):
        line = re.sub(r"^\d\d:\d\d:\d\d\.\d\d\dZ", f"12:00:{number * 80 // 1000:02}.{number * 80 % 1000:03}Z", line)
        line = re.sub(r"127\.0\.0\.1:\d+", "127.0.0.1:6001", line)
        yield re.sub(r"\d+\.\d s", "0.5 s", line)


def spans(line):
    """The pieces of a line, each with its colour."""
    colour = "#c9d1d9"
    for piece in re.split(r"(\x1b\[\d*m)", line):
        if code := re.fullmatch(r"\x1b\[(\d*)m", piece):
            colour = COLOURS.get(code[1], "#c9d1d9")
        elif piece:
            yield f'<tspan fill="{colour}">{escape(piece)}</tspan>'


def draw(lines):
    plain = [re.sub(r"\x1b\[\d*m", "", line) for line in lines]
    width = int(max(map(len, plain)) * CHARACTER) + 2 * LEFT
    height = TOP + LINE * len(lines) + 8
    yield f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}">'
    yield f'<rect width="{width}" height="{height}" rx="8" fill="#0d1117"/>'
    yield f'<text x="{LEFT}" y="26" {FONT} fill="#8b949e">$ monitor</text>'
    for number, line in enumerate(lines):
        yield f'<text x="{LEFT}" y="{TOP + 6 + LINE * number}" {FONT} xml:space="preserve">{"".join(spans(line))}</text>'
    yield "</svg>"


if __name__ == "__main__":
    picture = "\n".join(draw(list(normalised(transcript(sys.argv[1])))))
    Path(__file__).with_name("monitor.svg").write_text(picture + "\n", encoding="utf-8")
