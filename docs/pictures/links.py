#!/usr/bin/env python3
"""Writes the pictures of the README as link definitions, for rustdoc, which has no files beside its pages: links.md."""

from base64 import b64encode
from pathlib import Path

if __name__ == "__main__":
    here = Path(__file__).parent
    lines = [
        f"[{name}]: data:image/svg+xml;base64,{b64encode((here / name).with_suffix('.svg').read_bytes()).decode()}"
        for name in ("layers", "monitor")
    ]
    (here / "links.md").write_text("\n".join(lines) + "\n", encoding="utf-8")
