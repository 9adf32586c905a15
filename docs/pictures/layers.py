#!/usr/bin/env python3
"""Draws the layers of the crate, with nothing but the standard library: docs/pictures/layers.svg."""

from pathlib import Path
from xml.sax.saxutils import escape

WIDTH, HEIGHT = 760, 330
FONT = 'font-family="sans-serif"'
OURS, YOURS, EDGE, INK = "#dcebf7", "#f3f3f3", "#0072B2", "#222222"

# x, y, width, height, title, lines, whether it is part of the crate
BOXES = [
    (10, 10, 740, 46, "your application", ["events, notices, requests ↑      ↓ commands, text, time"], False),
    (30, 92, 330, 62, "Client", ["the protocol over whole messages:", "channels, users, retries, keep-alive"], True),
    (400, 92, 330, 62, "encryption", ["end-to-end encrypted channels,", "if the feature is on"], True),
    (30, 176, 330, 46, "Connection", ["+ WebSocket, two buffers: bytes in, bytes out"], True),
    (30, 244, 330, 46, "Connection::step, step_async", ["+ a socket: embedded-io, embedded-io-async"], True),
    (400, 176, 330, 46, "websocket, auth", ["RFC 6455; signatures, auth servers, webhooks"], True),
    (400, 244, 330, 46, "your socket, clock, random numbers", ["smoltcp, embassy, lwIP, UART, std, TLS"], False),
]
# x1, y1, x2, y2: the upper layer is built into the lower one
ARROWS = [(195, 176, 195, 154), (195, 244, 195, 222), (360, 199, 400, 199), (360, 267, 400, 267), (360, 123, 400, 123)]


def text(x, y, words, size, weight="normal"):
    return (
        f'<text x="{x}" y="{y}" font-size="{size}" font-weight="{weight}" text-anchor="middle" {FONT} '
        f'fill="{INK}">{escape(words)}</text>'
    )


def box(x, y, width, height, title, lines, is_ours):
    dash = "" if is_ours else ' stroke-dasharray="5 4"'
    yield (
        f'<rect x="{x}" y="{y}" width="{width}" height="{height}" rx="6" fill="{OURS if is_ours else YOURS}" '
        f'stroke="{EDGE}"{dash}/>'
    )
    yield text(x + width // 2, y + 19, title, 15, "bold")
    for number, line in enumerate(lines):
        yield text(x + width // 2, y + 36 + 16 * number, line, 12)


def draw():
    yield f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}">'
    yield (
        '<defs><marker id="head" markerWidth="8" markerHeight="8" refX="7" refY="4" orient="auto">'
        f'<path d="M0,0 L8,4 L0,8 z" fill="{EDGE}"/></marker></defs>'
    )
    yield f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>'
    yield f'<rect x="10" y="74" width="740" height="246" rx="8" fill="none" stroke="#999999"/>'
    yield text(WIDTH // 2, 311, "pusher-proto: solid boxes. An arrow points to what a part uses. Yours: dashed boxes.", 12)
    yield f'<line x1="380" y1="56" x2="380" y2="74" stroke="{EDGE}" stroke-width="2" marker-end="url(#head)"/>'
    for x1, y1, x2, y2 in ARROWS:
        yield f'<line x1="{x1}" y1="{y1}" x2="{x2}" y2="{y2}" stroke="{EDGE}" stroke-width="2" marker-end="url(#head)"/>'
    for one in BOXES:
        yield from box(*one)
    yield "</svg>"


if __name__ == "__main__":
    Path(__file__).with_name("layers.svg").write_text("\n".join(draw()) + "\n", encoding="utf-8")
