"""Explores the functions of an image and compares them with their references.

    prove.py IMAGE                         inputs of a few bytes
    prove.py IMAGE --long                  all inputs that docs/testing.md lists
    prove.py IMAGE --only FUNCTION INPUT   one function with inputs of this length or pattern
"""

import multiprocessing
import sys
import time

import claripy
import references
from explore import Fault, Image, Region, compare

INPUT, OUTPUT, BUFFER = 0x2000_1000, 0x2000_2000, 0x2000_3000


def symbolic(given):
    """This many bytes, or those of a pattern in which a `?` is any byte."""
    pattern = "?" * given if isinstance(given, int) else given
    return [claripy.BVS(f"byte{at}", 8) if mark == "?" else claripy.BVV(ord(mark), 8) for at, mark in enumerate(pattern)]


def bits(value, width):
    return claripy.BVV(value, width) if isinstance(value, int) else value


def word(state, address, size=4):
    return state.memory.load(address, size, endness="Iend_LE")


def number(image, given):
    """Every text of this length or pattern."""
    text = symbolic(given)
    cases, paths = references.number(text), 0
    regions = [Region(INPUT, text), Region(OUTPUT, [0] * 4, True)]
    for state in image.explore("number", (INPUT, len(text), OUTPUT), regions):
        def actual(expected, state=state):
            yield bits(expected["found"], 32), state.regs.r0
            if expected["found"]:
                yield expected["value"], word(state, OUTPUT)
        compare(state, cases, actual)
        paths += 1
    return paths


def string(image, given):
    """Every string, after its opening quote, of this length or pattern. Its distance from a word depends on its length."""
    text = symbolic(given)
    cases, address, paths = references.unescape(text), INPUT + len(text) % 4, 0
    regions = [Region(address, [ord('"'), *text], True), Region(OUTPUT, [0] * 12, True)]
    for state in image.explore("unescape", (address, len(text) + 1, OUTPUT), regions):
        def actual(expected, state=state):
            yield bits(expected["found"], 32), state.regs.r0
            if not expected["found"]:
                yield bits(expected["at"], 32), word(state, OUTPUT)
                return
            yield bits(1, 32), word(state, OUTPUT)
            yield bits(len(expected["text"]), 32), word(state, OUTPUT + 4)
            yield bits(expected["behind"], 32), word(state, OUTPUT + 8)
            for at, byte in enumerate(expected["text"]):
                yield byte, state.memory.load(address + 1 + at, 1)
        compare(state, cases, actual)
        paths += 1
    return paths


def header(image, length):
    """The same without close frames that have a code, whose reason has many paths."""
    return frame(image, length, lambda sent: [
        claripy.Not(claripy.And(sent[at] & 0x0F == 8, claripy.UGE(sent[at + 1] & 0x7F, 2), *follows_fragments(sent[:at])))
        for at in range(0, length - 1, 2)
    ])


def follows_fragments(before):
    """Whether the bytes are headers of empty frames: else something else than a frame begins behind them."""
    return [byte & 0x7F == 0 for byte in before[1::2]]


def frame(image, length, assumed=lambda _: ()):
    """Every sequence of this many bytes from a server, each received alone."""
    sent = symbolic(length)
    cases = references.frame(sent)
    given = [*length.to_bytes(4, "little"), *sent, *bytes(16 - length)]
    paths = 0
    regions = [Region(BUFFER, [0], True), Region(INPUT, given), Region(OUTPUT, [0] * 32, True)]
    for state in image.explore("frame", (BUFFER, 1, INPUT, OUTPUT), regions, True, assumed(sent)):
        def actual(expected, state=state):
            yield bits(expected["kind"], 32), word(state, OUTPUT)
            if expected["kind"]:
                yield bits(expected["unread"], 32), word(state, OUTPUT + 4)
                yield bits(expected["value"], 64), word(state, OUTPUT + 8, 8)
                for at, byte in enumerate(expected["payload"]):
                    yield byte, state.memory.load(OUTPUT + 16 + at, 1)
        compare(state, cases, actual)
        paths += 1
    return paths


FUNCTIONS = {"number": number, "string": string, "frame": frame, "header": header}
ORDINARY = [
    *(("frame", length) for length in range(5)),
    *(("string", length) for length in range(4)),
    *(("number", length) for length in range(9)),
    ("number", "42949672??"),
]
LONG = [
    *(("frame", length) for length in range(7)),
    *(("header", length) for length in range(7, 11)),
    *(("string", length) for length in range(8)),
    *(("number", length) for length in range(10)),
    ("number", "42949672??"),
    *(("string", pattern) for pattern in (r'\u????"', r'\uD83D\uDE??"')),
]


def run(job):
    image, name, given = job
    started, paths, fault = time.process_time(), 0, ""
    try:
        paths = FUNCTIONS[name](Image(image), given)
    except Fault as found:
        fault = f"FAULT: {found}, "
    return f"{name} {given}: {fault}{paths} paths, {time.process_time() - started:.1f} s", paths, bool(fault)


def main(image, mode="", name="", given=""):
    if mode == "--only":
        jobs = [(name, int(given) if given.isdigit() else given)]
    else:
        jobs = LONG if mode == "--long" else ORDINARY
    started, total, faults = time.monotonic(), 0, 0
    # Short inputs first, each in a process of its own: the solver keeps its memory.
    jobs = sorted(((image, *job) for job in jobs), key=lambda job: job[2] if isinstance(job[2], int) else len(job[2]))
    with multiprocessing.Pool(min(len(jobs), multiprocessing.cpu_count()), maxtasksperchild=1) as pool:
        for line, paths, is_fault in pool.imap_unordered(run, jobs):
            print(line, flush=True)
            total += paths
            faults += is_fault
    print(f"{total} paths, {faults} faults, {time.monotonic() - started:.0f} s")
    return faults != 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
