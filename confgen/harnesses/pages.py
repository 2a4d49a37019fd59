"""The front matter of the Markdown files that define agents and commands.

No YAML: what is read of it are plain keys and their one-line values, which is all that names a
model there.
"""

import re
from collections.abc import Iterator, Mapping
from itertools import takewhile
from typing import NamedTuple

_LINE = re.compile(
    r"""(?P<indent>[ ]*)(?P<quote>["']?)(?P<key>[\w-]+)(?P=quote)[ ]*:(?:[ \t]+(?P<value>.*))?"""
)
_QUOTED = re.compile(r"""(?P<quote>["'])(?P<text>.*?)(?P=quote)[ \t]*(?:\#.*)?""")
_COMMENT = re.compile(r"(?:^|\s)#.*")


class Field(NamedTuple):
    """A value of the front matter as a text, and its place in the file, from 1."""

    text: str
    line: int
    column: int


def front_matter(page: str) -> Mapping[tuple[str, ...], Field]:
    """The fields by their path of keys; none where the page has no front matter."""
    first, *lines = page.removeprefix("\ufeff").splitlines() or [""]
    if first.rstrip() != "---":
        return {}
    body = takewhile(lambda line: line.rstrip() != "---", lines)
    return dict(_fields(enumerate(body, start=2)))


def _fields(lines: Iterator[tuple[int, str]]) -> Iterator[tuple[tuple[str, ...], Field]]:
    above: list[tuple[int, str]] = []
    for number, line in lines:
        found = _LINE.fullmatch(line.rstrip())
        if found is None:
            continue
        indent = len(found["indent"])
        above = [*(one for one in above if one[0] < indent), (indent, found["key"])]
        start = found.start("value") if found["value"] else found.start("key")
        yield tuple(key for _, key in above), Field(_plain(found["value"] or ""), number, start + 1)


def _plain(value: str) -> str:
    quoted = _QUOTED.fullmatch(value)
    return quoted["text"] if quoted else _COMMENT.sub("", value).strip()
