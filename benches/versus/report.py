"""Converts a measurement to tables, figures and plots.

report.py machine CARGO_LOCK           prints lines about this machine, for the head of a measurement
report.py print MEASURED               prints the table as text, and lines `figure NAME NUMBER`
report.py write MEASURED DOCS          writes DOCS/performance.md between its marks, and DOCS/performance/*.svg
report.py check MEASURED KEPT          fails unless MEASURED has exactly the rows of KEPT

Each line of a measurement has these columns, separated by tabs: group, row, size, entry, role (compared, less, bound), note,
quantity (time, instructions), minimum, median. A line that begins with `#` is a name and a value about the machine.
"""

import datetime
import pathlib
import platform
import re
import subprocess
import sys
from dataclasses import dataclass, field

import plots

OURS = "pusher-proto"
BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"
PEERS = [
    "fastwebsockets", "hmac", "jiter", "serde_json", "sha2", "simd-json", "sonic-rs", "tungstenite", "web-socket", "wtx", "yawc",
]
GROUPS = {
    "text": ("Text to event", "From the text of a message to an event of `Client`, in nanoseconds. The size is that of the message."),
    "websocket-in": (
        "WebSocket in",
        "From a text frame in a socket in memory to its validated payload, in nanoseconds. The size is that of the payload.",
    ),
    "websocket-out": (
        "WebSocket out",
        "From a text to a masked frame in a socket in memory, in nanoseconds. The size is that of the text.",
    ),
    "bytes": (
        "Bytes to event",
        "From the bytes of a socket in memory to an event of `Connection`, in nanoseconds. The size is that of the frame's text.",
    ),
    "signing": ("Signing", "The signature of a subscription, `1234.1234:private-foobar`, as hexadecimal text."),
    "growth": (
        "Growth",
        "A client that is subscribed to its maximum number of channels: an event on the last one, and an idle round of the"
        " five calls.",
    ),
    "presence": ("Presence", "The confirmation of a presence channel with 1,000 members."),
    "end-to-end": (
        "End to end",
        "CPU time (user and system) of a client process per event of 200 bytes from soketi, in nanoseconds: the minimum of five"
        " rounds of 10,000 events. All clients run in each round, one after the other. Each parses a number in the data.",
    ),
}
UNITS = {"time": "ns", "instructions": "instructions"}


@dataclass
class Entry:
    role: str
    note: str
    least: dict = field(default_factory=dict)
    median: dict = field(default_factory=dict)


class Measurement:
    def __init__(self, path):
        self.machine = {}
        # {group: {(row, size): {entry: Entry}}}
        self.groups = {}
        for line in pathlib.Path(path).read_text().splitlines():
            if line.startswith("#"):
                name, _, value = line[1:].strip().partition("\t")
                self.machine[name] = value
                continue
            group, row, size, who, role, note, what, least, median = line.split("\t")
            entries = self.groups.setdefault(group, {}).setdefault((row, int(size)), {})
            entry = entries.setdefault(who, Entry(role, note))
            entry.least[what], entry.median[what] = float(least), float(median)

    def keys(self):
        """Returns the timed entries."""
        return {
            (group, *row, who)
            for group, rows in self.groups.items()
            for row, entries in rows.items()
            for who, entry in entries.items()
            if "time" in entry.least
        }


def best_other(entries, what):
    """Returns the best other entry that does the same work, and its ratio to this crate: above 1 where this crate is first."""
    others = [
        (entry.least[what], who)
        for who, entry in entries.items()
        if who != OURS and entry.role == "compared" and what in entry.least
    ]
    if not others or OURS not in entries or what not in entries[OURS].least:
        return None
    least, who = min(others)
    return who, least / entries[OURS].least[what]


def number(value):
    return f"{value:,.0f}" if value >= 10 else f"{value:.1f}"


def tables(group, rows):
    """Yields the tables of a group as lists of rows, the head first."""
    for what in UNITS:
        measured = {key: entries for key, entries in rows.items() if any(what in entry.least for entry in entries.values())}
        if not measured:
            continue
        entrants = list(dict.fromkeys(who for entries in measured.values() for who, entry in entries.items() if what in entry.least))
        if group == "growth":
            yield grown(measured, what)
        elif group in ("presence", "signing", "end-to-end"):
            yield listed(measured, what)
        else:
            yield crossed(measured, what, entrants)


def crossed(rows, what, entrants):
    yield_ = [["data", "bytes", *(who + mark(rows, who) for who in entrants), "best other / ours"]]
    for (row, size), entries in rows.items():
        best = best_other(entries, what)
        cells = [number(entries[who].least[what]) if who in entries else "" for who in entrants]
        yield_.append([row, f"{size:,}", *cells, f"{best[1]:.2f} ({best[0]})" if best else ""])
    return yield_


def mark(rows, who):
    role = {entries[who].role for entries in rows.values() if who in entries}
    return " †" if "less" in role else ""


def listed(rows, what):
    result = [["", "who", UNITS[what], "times ours", "remark"]]
    for (row, _), entries in rows.items():
        ours = entries[OURS].least[what] if OURS in entries else None
        for who, entry in entries.items():
            if what in entry.least:
                times = f"{entry.least[what] / ours:.2f}" if ours else ""
                result.append([row, who, number(entry.least[what]), times, entry.note])
    return result


def grown(rows, what):
    result = [["", "channels", UNITS[what], "times that of one channel"]]
    firsts = {}
    for (row, size), entries in rows.items():
        value = entries[OURS].least[what]
        first = firsts.setdefault(row, value)
        result.append([row, f"{size:,}", number(value), f"{value / first:.2f}"])
    return result


def notes(rows):
    """Yields the differences between entries, in the order of the table."""
    found = {}
    for (row, _), entries in rows.items():
        for who, entry in entries.items():
            if entry.note:
                found.setdefault((who, entry.note, entry.role), []).append(row)
    every = list(dict.fromkeys(row for row, _ in rows))
    for (who, note, role), where in found.items():
        where = list(dict.fromkeys(where))
        place = "" if where == every else f", {' and '.join(where)}"
        yield f"{who}{place}: {note}" + (", so it is not compared (†)" if role == "less" else "") + "."


def standing(measurement):
    """Returns in how many rows this crate is first or within 5 % of the first, and the number of rows with another entry."""
    ratios = [
        best[1]
        for rows in measurement.groups.values()
        for entries in rows.values()
        for best in [best_other(entries, "time")]
        if best
    ]
    return sum(ratio >= 1 / 1.05 for ratio in ratios), len(ratios)


def figures(measurement):
    yield from zip(("rows_first_or_within_5_percent", "rows_compared"), standing(measurement))
    def name(*parts):
        return re.sub(r"\W+", "_", "_".join(str(part) for part in parts))

    for group, rows in measurement.groups.items():
        firsts = {}
        for (row, size), entries in rows.items():
            for what, unit in UNITS.items():
                unit = "ns" if what == "time" else what
                for who, entry in entries.items():
                    if what not in entry.least:
                        continue
                    value = entry.least[what]
                    if who == OURS:
                        yield name(group, row, size, unit), f"{value:.1f}" if what == "time" else f"{value:.0f}"
                        if group == "growth":
                            yield name(group, row, size, unit, "times"), f"{value / firsts.setdefault((row, what), value):.2f}"
                    elif group in ("end-to-end", "signing", "presence"):
                        yield name(group, row, size, who, unit), f"{value:.0f}"
                    if group == "bytes" and entry.role == "compared" and who != OURS:
                        yield name(group, row, size, who, "ratio"), f"{value / entries[OURS].least[what]:.2f}"
                best = best_other(entries, what)
                if best:
                    yield name(group, row, size, "ratio" if what == "time" else "instructions_ratio"), f"{best[1]:.2f}"


def print_all(measurement):
    for name, value in measurement.machine.items():
        print(f"{name}: {value}")
    for group, rows in measurement.groups.items():
        print(f"\n{GROUPS[group][0]}. {GROUPS[group][1]}")
        for table in tables(group, rows):
            print()
            widths = [max(len(row[column]) for row in table) for column in range(len(table[0]))]
            for row in table:
                print("  ".join(cell.ljust(width) if column in (0,) else cell.rjust(width)
                                for column, (cell, width) in enumerate(zip(row, widths))).rstrip())
        for note in notes(rows):
            print(note)
    print()
    for name, value in figures(measurement):
        print(f"figure {name} {value}")


def markdown(table):
    words = {"data", "", "who", "remark", "best other / ours"}
    rule = ["---" if cell in words else "---:" for cell in table[0]]
    return "\n".join("| " + " | ".join(row) + " |" for row in [table[0], rule, *table[1:]]).replace("| ---", "|---").replace(
        "--- |", "---|").replace("---: |", "---:|")


def write(measurement, docs):
    folder = docs / "performance"
    folder.mkdir(exist_ok=True)
    parts = [
        f"Measured on {measurement.machine['date']}: {measurement.machine['machine']}; {measurement.machine['compiler']},"
        " `opt-level = 3`, fat LTO, one codegen unit, no target CPU.",
        f"The other crates: {measurement.machine['peers']}.",
        "This crate is first, or within 5 % of the first, in {} of the {} rows with another entry.".format(*standing(measurement)),
    ]
    for group, rows in measurement.groups.items():
        title, explanation = GROUPS[group]
        (folder / f"{group}.svg").write_text(plots.plot(group, title, rows))
        parts += [f"### {title}", explanation, f"![{title}](performance/{group}.svg)"]
        parts += [markdown(table) for table in tables(group, rows)]
        remarks = list(notes(rows)) if group not in ("presence", "signing", "end-to-end") else []
        if remarks:
            parts.append("\n".join(f"- {remark}" for remark in remarks))
    document = docs / "performance.md"
    text = document.read_text()
    head, rest = text.split(BEGIN)
    _, tail = rest.split(END)
    document.write_text(f"{head}{BEGIN}\n\n" + "\n\n".join(parts) + f"\n\n{END}{tail}")


def machine(lock):
    versions = dict(re.findall(r'name = "([^"]+)"\nversion = "([^"]+)"', pathlib.Path(lock).read_text()))
    processor = re.search(r"model name\s*:\s*(.*)", pathlib.Path("/proc/cpuinfo").read_text())
    processor = processor[1] if processor else platform.machine()
    cores = len(re.findall(r"^processor", pathlib.Path("/proc/cpuinfo").read_text(), re.M))
    print(f"#date\t{datetime.date.today()}")
    print(f"#machine\ta virtual machine with {cores} cores of {processor}, {platform.system()} {platform.machine()}")
    print(f"#compiler\t{subprocess.check_output(['rustc', '--version'], text=True).strip()}")
    print("#peers\t" + ", ".join(f"{peer} {versions[peer]}" for peer in PEERS))


def check(measurement, kept):
    missing, new = kept.keys() - measurement.keys(), measurement.keys() - kept.keys()
    # The script skips and reports clients that are not installed on this machine.
    if not any(key[0] == "end-to-end" for key in measurement.keys()):
        missing = {key for key in missing if key[0] != "end-to-end"}
    for key in sorted(missing):
        print("missing:", *key)
    for key in sorted(new):
        print("not in the kept measurement:", *key)
    if missing or new:
        sys.exit("the rows differ from the kept measurement: run benches/versus/run.sh")
    if any(least <= 0 for rows in measurement.groups.values() for entries in rows.values()
           for entry in entries.values() for least in entry.least.values()):
        sys.exit("an entry took no time")
    print(f"{len(measurement.keys())} entries measured in {sum(map(len, measurement.groups.values()))} rows")


def main():
    match sys.argv[1:]:
        case ["machine", lock]:
            machine(lock)
        case ["print", path]:
            print_all(Measurement(path))
        case ["write", path, docs]:
            write(Measurement(path), pathlib.Path(docs))
        case ["check", path, kept]:
            check(Measurement(path), Measurement(kept))
        case _:
            sys.exit(__doc__)


main()
