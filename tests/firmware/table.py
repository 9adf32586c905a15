"""Compares docs/footprint.md with the figures, or writes it.

    table.py FIGURES BY_FUNCTION DOCUMENT COMPILER [--write]

The document ends with all figures. A measured figure may be up to 2 % larger, and up to 10 % smaller, so that the document
does not overstate the cost. Figures of another compiler are not compared.
"""

import pathlib
import re
import sys

TARGETS = {
    "thumbv6m": "Cortex-M0 (thumbv6m)",
    "thumbv7em": "Cortex-M4 (thumbv7em)",
    "riscv32imc": "RISC-V (riscv32imc)",
}
LAYERS = {
    "protocol": "protocol only",
    "signing": "+ local signing",
    "websocket": "+ WebSocket",
    "driver": "driver (all of these)",
    "users": "driver + signing in",
    "encrypted": "driver + encrypted channels",
}
STEPS = {
    "event_100": "an event of 100 bytes",
    "event_256": "an event of 256 bytes",
    "subscribe": "a subscription",
    "signature": "a signature",
    "credentials": "creating credentials",
    "frame_in": "receiving a WebSocket frame of 100 bytes",
    "frame_out": "sending a WebSocket frame of 100 bytes",
    "driver_event_256": "the driver: an event of 256 bytes from the socket",
    "driver_subscribe_private": "the driver: a private subscription, signed, sent and confirmed",
    "encrypted_event_encrypted": "an encrypted event of 100 bytes",
}
PEERS = {
    "peer_minimq": "minimq 0.13.5",
    "peer_rust_mqtt": "rust-mqtt 0.6.0",
    "peer_embedded_websocket": "embedded-websocket 0.9.5",
}
# (figures, comparison, limit, what)
BARS = [
    (["thumbv6m_protocol_text", "thumbv6m_protocol_rodata"], 9 * 1024, "protocol only, text and rodata on thumbv6m"),
    (["thumbv6m_signing_text", "thumbv6m_signing_rodata"], 12 * 1024, "with local signing"),
    (["thumbv6m_driver_text", "thumbv6m_driver_rodata"], 16 * 1024, "with WebSocket and driver"),
    (["thumbv6m_client_8_64"], 1100, "`Client<8, 64>`"),
    (["thumbv6m_event_256_stack"], 512, "stack, receiving"),
    (["thumbv6m_signature_stack"], 1200, "stack, signing"),
    (["thumbv7em_event_256_instructions"], 4000, "instructions, an event of 256 bytes on thumbv7em"),
]


# A function with at least this many bytes has its own line.
LARGE = 150


def read(lines):
    found = re.findall(r"^figure (\w+) (\d+) (\w+)$", lines, re.M)
    return {name: (int(number), unit) for name, number, unit in found}


def table(head, rows):
    lines = ["| " + " | ".join(head) + " |", "|---" + "|---:" * (len(head) - 1) + "|"]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in rows])


def document(figures, template):
    def number(name):
        return f"{figures[name][0]:,}" if name in figures else "–"

    def bytes_of(name):
        return figures[name + "_text"][0] + figures[name + "_rodata"][0]

    def kib(name, without=None):
        return f"{(bytes_of(name) - (bytes_of(without) if without else 0)) / 1024:.1f}"

    def sizes(name, label):
        cells = [label]
        for target in TARGETS:
            cells.append(f"{number(f'{target}_{name}_text')} + {number(f'{target}_{name}_rodata')}")
        return cells + [number(f"thumbv6m_{name}_ram")]

    targets = list(TARGETS.values())
    parts = {
        "sizes": table(["text + rodata in bytes", *targets, "static RAM"], [sizes(*layer) for layer in LAYERS.items()]),
        "peers": table(
            ["text + rodata in bytes", *targets, "static RAM"],
            [sizes(*peer) for peer in PEERS.items()]
            + [sizes("websocket_alone", "pusher-proto, the WebSocket alone"), sizes("protocol", "pusher-proto, the protocol alone")],
        ),
        "types": table(
            ["bytes", "`Client<4, 32>`", "`Client<8, 64>`", "`Client<16, 200>`", "`Connection<.., 8, 64>`"],
            [
                [label, *(number(f"thumbv6m_{prefix}{name}") for name in ("client_4_32", "client_8_64", "client_16_200", "connection_8_64"))]
                for label, prefix in (("without encrypted channels", ""), ("with", "encrypted_"))
            ],
        ),
        "steps": table(
            ["instructions / bytes of stack", *targets],
            [[label, *(f"{number(f'{target}_{name}_instructions')} / {number(f'{target}_{name}_stack')}" for target in TARGETS)] for name, label in STEPS.items()],
        ),
        "bars": table(
            ["goal", "at most", "measured"],
            [[what, f"{limit:,}", f"{sum(figures[name][0] for name in names):,}"] for names, limit, what in BARS],
        ),
        "figures": "\n".join(f"figure {name} {value} {unit}" for name, (value, unit) in figures.items()),
    }
    for name in ("protocol", "signing", "driver", "users", "encrypted"):
        parts[f"kib_{name}"] = kib(f"thumbv6m_{name}")
    parts["kib_users_alone"] = kib("thumbv6m_users", "thumbv6m_driver")
    for name in ("client_8_64", "connection_8_64", "event_256_instructions", "event_256_stack", "signature_instructions", "driver_subscribe_private_stack", "event"):
        parts[name] = number(f"thumbv6m_{name}")
    parts["encrypted_slot"] = str((figures["thumbv6m_encrypted_client_8_64"][0] - figures["thumbv6m_client_8_64"][0]) // 8)
    source = (pathlib.Path(__file__).parent / "src/bin/measure.rs").read_text()
    data = re.search(r'EVENT_256: .*?"data":"(.*?)","channel"', source)[1]
    parts["event_256_data"] = str(len(data))
    parts["event_256_escapes"] = str(data.count("\\"))
    parts["event_256_m4"] = number("thumbv7em_event_256_instructions")
    parts["minimq"] = kib("thumbv6m_peer_minimq")
    return re.sub(r"\{\{(\w+)\}\}", lambda match: parts[match[1]], template)


def breakdown(lines):
    """Returns the bytes per function in two images. Functions that are small in both are summed per file."""
    images = {"protocol": {}, "driver": {}}
    for image, file, function, size in (line.split("\t") for line in lines.splitlines()):
        name = (file, function)
        images[image][name] = images[image].get(name, 0) + int(size)

    def row(label, names):
        return [label, *(f"{sum(sizes.get(name, 0) for name in names):,}" for sizes in images.values())]

    def largest(names):
        return -max(sum(sizes.get(name, 0) for name in names) for sizes in images.values())

    names = images["driver"].keys() | images["protocol"].keys()
    shown = sorted((name for name in names if -largest([name]) >= LARGE), key=lambda name: (largest([name]), name))
    rows = [row(f"`{function}`, {file}" if file else function, [(file, function)]) for file, function in shown]
    files = {}
    for name in names - set(shown):
        files.setdefault(name[0], []).append(name)
    for file, rest in sorted(files.items(), key=lambda item: (largest(item[1]), item[0])):
        if -largest(rest) >= LARGE:
            rows.append(row(f"{len(rest)} more in {file or 'what is shared'}", rest))
    small = [name for rest in files.values() if -largest(rest) < LARGE for name in rest]
    rows.append(row(f"{len(small)} more in other files", small))
    rows.append(row("all", names))
    return table(["bytes of text", "protocol only", "driver"], rows)


def main(figures_path, by_function_path, document_path, compiler, write=""):
    figures = read(pathlib.Path(figures_path).read_text())
    path = pathlib.Path(document_path)
    template = (pathlib.Path(__file__).parent / "footprint.md.in").read_text()
    if write == "--write":
        by_function = breakdown(pathlib.Path(by_function_path).read_text())
        template = template.replace("{{compiler}}", compiler).replace("{{breakdown}}", by_function)
        path.write_text(document(figures, template))
        return
    known = read(path.read_text())
    if compiler not in path.read_text():
        print(f"not compared: {path.name} was not measured with {compiler}")
        return
    wrong = [f"{name} is measured and not in the document" for name in figures.keys() - known.keys()]
    # The figures that stand in the template itself are measured by other steps.
    missing = known.keys() - figures.keys() - read(template).keys()
    wrong += [f"{name} is in the document and was not measured" for name in missing]
    for name in figures.keys() & known.keys():
        new, old = figures[name][0], known[name][0]
        if new > old * 1.02:
            wrong.append(f"{name} has grown from {old} to {new}")
        if new < old * 0.9:
            wrong.append(f"{name} has shrunk from {old} to {new}")
    if wrong:
        sys.exit("\n".join(sorted(wrong)) + "\nto accept that: tests/run.sh --update footprint")


main(*sys.argv[1:])
