"""Draws a measurement as SVG, with only the standard library."""

import math
from xml.sax.saxutils import escape

OURS = "pusher-proto"
# Distinguishable with color blindness (Okabe and Ito).
COLOURS = ["#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#7f7f7f"]
OWN_COLOUR, BOUND_COLOUR = "#000000", "#999999"
FONT = 'font-family="sans-serif" fill="#222222"'
PANEL, HEIGHT, MARGIN = 400, 300, 58


def plot(group, title, rows):
    if group == "growth":
        return curves(title, panels(rows), "channels", "ns", lambda size, value: value)
    if group in ("presence", "signing", "end-to-end"):
        return bars(title, rows)
    return curves(title, panels(rows), "bytes", "MB/s", lambda size, value: size / value * 1000)


def panels(rows):
    """{row: {entry: [(size, ns)]}}"""
    result = {}
    for (row, size), entries in rows.items():
        for who, entry in entries.items():
            if "time" in entry.least:
                result.setdefault(row, {}).setdefault(who, []).append((size, entry.least["time"]))
    return result


def colours(people):
    free = iter(COLOURS)
    return {
        who: OWN_COLOUR if who == OURS else BOUND_COLOUR if who == "bound" else next(free) for who in people
    }


class Scale:
    """A logarithmic scale from `start` to `end` in pixels."""

    def __init__(self, values, start, end):
        self.low, self.high = math.log10(min(values)), math.log10(max(values))
        if self.high - self.low < 0.01:
            self.high += 0.5
        self.start, self.end = start, end

    def at(self, value):
        share = (math.log10(value) - self.low) / (self.high - self.low)
        return self.start + share * (self.end - self.start)

    def ticks(self):
        powers = range(math.floor(self.low), math.ceil(self.high) + 1)
        fine = self.high - self.low < 2.2
        for power in powers:
            for digit in (1, 2, 5) if fine else (1,):
                value = digit * 10.0**power
                if self.low - 1e-9 <= math.log10(value) <= self.high + 1e-9:
                    yield value


def short(value):
    if value >= 1_000_000:
        return f"{value / 1_000_000:g}M"
    return f"{value / 1000:g}k" if value >= 1000 else f"{value:g}"


def text(x, y, words, size=12, anchor="start", extra=""):
    return f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" text-anchor="{anchor}" {FONT} {extra}>{escape(words)}</text>'


def document(width, height, parts):
    head = f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}">'
    return "\n".join([head, f'<rect width="{width}" height="{height}" fill="#ffffff"/>', *parts, "</svg>"]) + "\n"


def curves(title, panels, across, up, value_of):
    """Returns a panel for each row: `value_of(size, ns)` over the size, both logarithmic."""
    people = list(dict.fromkeys(who for lines in panels.values() for who in lines))
    colour = colours(people)
    columns = min(2, len(panels))
    width = columns * PANEL + 20
    legend_rows = math.ceil(len(people) / (3 if columns == 2 else 2))
    top = 40 + 18 * legend_rows
    height = top + math.ceil(len(panels) / columns) * HEIGHT + 10
    parts = [text(14, 24, title, 16, extra='font-weight="bold"')]
    per_row = 3 if columns == 2 else 2
    for index, who in enumerate(people):
        x, y = 14 + index % per_row * (width - 20) / per_row, 46 + index // per_row * 18
        parts.append(line([(x, y - 4), (x + 24, y - 4)], colour[who], who))
        parts.append(text(x + 30, y, who))
    sizes = [size for lines in panels.values() for points in lines.values() for size, _ in points]
    values = [value_of(*point) for lines in panels.values() for points in lines.values() for point in points]
    for index, (row, lines) in enumerate(panels.items()):
        left, upper = index % columns * PANEL + MARGIN, top + index // columns * HEIGHT + 24
        right, lower = left + PANEL - MARGIN - 10, upper + HEIGHT - 70
        x, y = Scale(sizes, left, right), Scale(values, lower, upper)
        parts.append(text(left, upper - 8, row, 13, extra='font-weight="bold"'))
        for tick in sorted(set(sizes)):
            parts.append(text(x.at(tick), lower + 16, short(tick) if tick < 1024 else f"{tick // 1024}Ki", 10, "middle"))
        for tick in y.ticks():
            parts.append(f'<path d="M{left} {y.at(tick):.1f}H{right}" stroke="#e4e4e4"/>')
            parts.append(text(left - 6, y.at(tick) + 4, short(tick), 10, "end"))
        parts.append(f'<path d="M{left} {upper}V{lower}H{right}" fill="none" stroke="#888888"/>')
        parts.append(text((left + right) / 2, lower + 32, across, 11, "middle"))
        parts.append(text(left - 42, upper - 8, up, 11))
        for who in sorted(lines, key=lambda who: who == OURS):
            points = [(x.at(size), y.at(value_of(size, value))) for size, value in lines[who]]
            parts.append(line(points, colour[who], who))
            parts += [f'<circle cx="{a:.1f}" cy="{b:.1f}" r="2.5" fill="{colour[who]}"/>' for a, b in points]
    return document(width, height, parts)


def line(points, colour, who):
    path = "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points)
    style = 'stroke-width="3"' if who == OURS else 'stroke-width="1.6"'
    dashes = ' stroke-dasharray="4 3"' if who == "bound" else ""
    return f'<path d="{path}" fill="none" stroke="{colour}" {style}{dashes}/>'


def bars(title, rows):
    """Returns a bar for each entry, from zero, with one scale per row."""
    parts, y = [text(14, 24, title, 16, extra='font-weight="bold"')], 40
    people = list(dict.fromkeys(who for entries in rows.values() for who in entries))
    colour = colours(people)
    left, room = 220, 420
    for what, unit in (("time", "ns"), ("instructions", "instructions")):
        for (row, _), entries in rows.items():
            measured = {who: entry.least[what] for who, entry in entries.items() if what in entry.least}
            if not measured:
                continue
            y += 18
            parts.append(text(14, y, f"{row}, {unit}", 13, extra='font-weight="bold"'))
            for who, value in measured.items():
                y += 22
                length = value / max(measured.values()) * room
                parts.append(text(left - 8, y + 4, who, 12, "end"))
                parts.append(f'<rect x="{left}" y="{y - 8}" width="{length:.1f}" height="15" fill="{colour[who]}"/>')
                parts.append(text(left + length + 6, y + 4, f"{value:,.0f}", 11))
            y += 14
    return document(left + room + 100, y + 16, parts)
