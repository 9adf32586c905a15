#!/usr/bin/env python3
"""Checks the links of the documentation that rustdoc has rendered.

    tests/steps/rendered_links.py target/doc/pusher_proto

Every relative link leads to a page that exists, and to a part of it that exists.
The start page leads to the three entry points and the guide.
"""

import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urldefrag

ENTRY_POINTS = ["struct.Client.html", "struct.Connection.html", "struct.Connection.html#method.step", "manual/guide/index.html"]


class Page(HTMLParser):
    def __init__(self, path):
        super().__init__()
        self.links, self.ids = [], set()
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        if "id" in attributes:
            self.ids.add(attributes["id"])
        link = attributes.get("href" if tag == "a" else "src" if tag == "img" else "")
        if link:
            self.links.append(link)


def main(folder):
    # The source pages contain only links made by rustdoc.
    pages = {path.resolve(): Page(path) for path in Path(folder).rglob("*.html")}
    dead, count = [], 0
    for path, page in pages.items():
        for link in page.links:
            if link.startswith(("http:", "https:", "data:", "javascript:")):
                continue
            target, anchor = urldefrag(link)
            aim = (path.parent / unquote(target)).resolve() if target else path
            count += 1
            is_dead = not aim.exists()
            if aim in pages and anchor:
                is_dead = not {anchor, unquote(anchor)} & pages[aim].ids
            if is_dead:
                dead.append(f"{path.relative_to(Path(folder).resolve())}: {link}")
    start = pages[(Path(folder) / "index.html").resolve()].links
    missing = [entry for entry in ENTRY_POINTS if not any(link.endswith(entry) for link in start)]
    for line in dead:
        print(f"dead link in {line}")
    for entry in missing:
        print(f"the start page has no link to {entry}")
    if dead or missing or count < 1000:
        raise SystemExit(f"{count} links, {len(dead)} of them dead, {len(missing)} missing")
    print(f"{count} links of the rendered documentation have a target")


if __name__ == "__main__":
    main(sys.argv[1])
