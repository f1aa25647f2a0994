#!/usr/bin/env python3
"""Checks the links within a folder of HTML pages: their files and the places in them exist. check_links.py FOLDER"""

import html.parser
import pathlib
import sys
import urllib.parse


class Page(html.parser.HTMLParser):
    """What a page links to, and the places in it that links may name."""

    def __init__(self, text):
        super().__init__()
        self.links, self.places = [], set()
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        for name, value in attributes:
            if name in ("href", "src") and value and not (tag == "link" and ("rel", "canonical") in attributes):
                self.links.append((value, self.getpos()[0]))
            elif name in ("id", "name") and value:
                self.places.add(value)


def broken(folder):
    """One line for each link that leads nowhere."""
    pages = {file.resolve(): Page(file.read_text(encoding="utf-8")) for file in sorted(folder.rglob("*.html"))}
    for file, page in pages.items():
        for link, line in page.links:
            parts = urllib.parse.urlsplit(link)
            if parts.scheme or parts.netloc:
                if tag_needs_network(link):
                    yield f"{file}:{line}: {link}: needs a network"
                continue
            target = (file.parent / urllib.parse.unquote(parts.path)).resolve() if parts.path else file
            if not target.is_file():
                yield f"{file}:{line}: {link}: there is no such file"
            elif parts.fragment and target in pages and urllib.parse.unquote(parts.fragment) not in pages[target].places:
                yield f"{file}:{line}: {link}: there is no such place"


def tag_needs_network(link):
    """Scripts and styles from elsewhere: the site is to be read without a network."""
    return link.endswith((".js", ".css"))


def main():
    folder = pathlib.Path(sys.argv[1])
    found = list(broken(folder))
    print(*found, sep="\n", end="\n" if found else "")
    if not any(folder.rglob("*.html")):
        sys.exit(f"{folder}: found no pages")
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
