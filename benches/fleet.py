"""Draws the recovery of a fleet: docs/performance/fleet.svg.

    FLEET_PLOT=/tmp/fleet.tsv FLEET_CLIENTS=100000 cargo test --release --all-features --test fleet
    python3 benches/fleet.py /tmp/fleet.tsv
"""

import json
import sys
from pathlib import Path

PANELS = [
    ("abnormal-0", "back at once"),
    ("4100-0", "over capacity (4100)"),
    ("abnormal-10", "back after 10 s"),
    ("abnormal-60", "back after 60 s"),
    ("abnormal-300", "back after 300 s"),
]
WIDTH, HEIGHT, MARGIN = 250, 170, 46
FONT = 'font-family="sans-serif" fill="#222222" font-size="11"'


def panel(x, title, bucket, counts):
    """Bars of connects per second over the seconds since the server is back, and a line at their mean."""
    rates = [count * 1000 / bucket for count in counts]
    high, mean = max(rates), sum(rates) / len(rates)
    step = (WIDTH - MARGIN) / len(rates)
    top, bottom = 40, HEIGHT
    y = lambda rate: bottom - (bottom - top) * rate / high
    parts = [f'<text x="{x + MARGIN}" y="16" {FONT} font-weight="bold">{title}</text>']
    parts.append(f'<text x="{x + MARGIN}" y="31" {FONT}>peak {high:,.0f}, mean {mean:,.0f}: {high / mean:.2f}</text>')
    for at, rate in enumerate(rates):
        left = x + MARGIN + at * step
        parts.append(f'<rect x="{left:.1f}" y="{y(rate):.1f}" width="{max(step - 0.3, 0.5):.1f}" height="{bottom - y(rate):.1f}" fill="#0072B2"/>')
    parts.append(f'<path d="M{x + MARGIN} {y(mean):.1f}H{x + WIDTH}" stroke="#D55E00" stroke-width="1.5"/>')
    parts.append(f'<text x="{x + MARGIN}" y="{bottom + 16}" {FONT}>0</text>')
    parts.append(f'<text x="{x + WIDTH}" y="{bottom + 16}" text-anchor="end" {FONT}>{len(rates) * bucket / 1000:g} s</text>')
    return parts


def main():
    lines = [line.split("\t") for line in Path(sys.argv[1]).read_text().splitlines()]
    cases = {name: (int(bucket), json.loads(counts)) for name, _, bucket, counts in lines}
    width, parts = (WIDTH + 10) * len(PANELS), []
    for at, (name, title) in enumerate(PANELS):
        parts += panel(at * (WIDTH + 10), title, *cases[name])
    head = f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{HEIGHT + 26}" viewBox="0 0 {width} {HEIGHT + 26}">'
    text = "\n".join([head, f'<rect width="{width}" height="{HEIGHT + 26}" fill="#ffffff"/>', *parts, "</svg>"]) + "\n"
    (Path(__file__).parents[1] / "docs" / "performance" / "fleet.svg").write_text(text)


main()
