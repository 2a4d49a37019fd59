"""Spans in a TOML text that tomllib has already accepted."""

import re
from dataclasses import dataclass
from typing import Literal

from confgen.document.place import BOM

Address = tuple[str | int, ...]

_TRIPLE = r'"""(?:\\[\s\S]|[^\\])*?"""(?!")|\'\'\'[\s\S]*?\'\'\'(?!\')'
_SINGLE = r'"(?:\\.|[^"\\\r\n])*"|\'[^\'\r\n]*\''
_PART = rf"(?:[A-Za-z0-9_-]+|{_SINGLE})"
_KEY = rf"{_PART}(?:[ \t]*\.[ \t]*{_PART})*"
_PARTS = re.compile(_PART)
_STRING = re.compile(rf"{_TRIPLE}|{_SINGLE}")
_TOKEN = re.compile(rf"{_TRIPLE}|{_SINGLE}|#[^\r\n]*|[\[\]{{}},]|[^\"'#\[\]{{}},]+")
_BARE = re.compile(r"[^#,\]}\r\n]*[^#,\]}\s]")
_SPACE = re.compile(r"(?:[ \t\r\n]|#[^\r\n]*)*")
_PAIR_KEY = re.compile(rf"({_KEY})[ \t]*=[ \t]*")
_LINE = re.compile(
    rf"[ \t]*(?:(?P<header>\[\[?)[ \t]*(?P<name>{_KEY})[ \t]*\]\]?|(?P<key>{_KEY})[ \t]*=[ \t]*)?"
)
_REST = re.compile(r"[ \t]*(?P<comment>#[^\r\n]*)?(?P<eol>\r\n|\n|\Z)")


@dataclass(frozen=True, slots=True)
class Statement:
    """A header or a pair, with the lines that it fills.

    `start` is the start of its first line and `end` lies behind the last one's end; `value_start`
    and `value_end` span a pair's value, and what stands between the start and the rest of the
    line of a header. `section` is the address of the table whose header stands above a pair.
    """

    kind: Literal["table", "array", "pair"]
    address: Address
    section: Address
    start: int
    value_start: int
    value_end: int
    end: int
    comment: str


@dataclass(frozen=True, slots=True)
class Part:
    """An element of an inline array or a pair of an inline table."""

    address: Address
    start: int
    value_start: int
    end: int


def key_parts(key: str) -> tuple[str, ...]:
    import tomllib  # noqa: PLC0415 - a run that meets no TOML does not pay for it

    return tuple(
        part if part[0] not in "\"'" else tomllib.loads(f"k = {part}")["k"]
        for part in _PARTS.findall(key)
    )


def statements(text: str) -> list[Statement]:
    """Headers and pairs in order; array elements of tables are numbered from 0."""
    found: list[Statement] = []
    counts: dict[Address, int] = {}
    section: Address = ()
    position = len(BOM) if text.startswith(BOM) else 0
    while position < len(text):
        line = _match(_LINE, text, position)
        value_start = value_end = line.end()
        kind: Literal["table", "array", "pair"] | None = None
        address: Address = ()
        if line["header"]:
            kind = "table" if line["header"] == "[" else "array"
            address = section = _header(key_parts(line["name"]), kind, counts)
        elif line["key"]:
            kind, address = "pair", (*section, *key_parts(line["key"]))
            value_end = value_stop(text, value_start)
        rest = _match(_REST, text, value_end)
        if kind:
            spans = position, value_start, value_end, rest.end()
            found.append(Statement(kind, address, section, *spans, rest["comment"] or ""))
        position = rest.end()
    return found


def _header(parts: tuple[str, ...], kind: str, counts: dict[Address, int]) -> Address:
    """The address that a header means: below an array of tables, the last element."""
    address: Address = ()
    for number, part in enumerate(parts):
        address = (*address, part)
        if kind == "array" and number == len(parts) - 1:
            counts[address] = counts.get(address, 0) + 1
        if address in counts:
            address = (*address, counts[address] - 1)
    return address


def _match(pattern: re.Pattern[str], text: str, position: int) -> re.Match[str]:
    found = pattern.match(text, position)
    if found is None:
        raise RuntimeError(f"TOML that tomllib takes and we do not, at offset {position}")
    return found


def value_stop(text: str, start: int) -> int:
    """The offset behind the value at `start`."""
    if text[start] not in "[{":
        return _match(_STRING if text[start] in "\"'" else _BARE, text, start).end()
    depth = 0
    while True:
        token = _match(_TOKEN, text, start)
        start = token.end()
        if token[0] in ("[", "{"):
            depth += 1
        elif token[0] in ("]", "}"):
            depth -= 1
            if not depth:
                return start


def skip_space(text: str, position: int) -> int:
    """Behind the white space and comments that may stand inside an array."""
    return _match(_SPACE, text, position).end()


def comments(text: str) -> list[str]:
    return [token for token in _TOKEN.findall(text) if token.startswith("#")]


def parts(text: str, start: int, address: Address) -> list[Part]:
    """What stands directly in the inline array or table at `start`; none for other values."""
    found: list[Part] = []
    if text[start] not in "[{":
        return found
    in_table = text[start] == "{"
    position = skip_space(text, start + 1)
    while text[position] not in "]}":
        key = _match(_PAIR_KEY, text, position) if in_table else None
        value_start = key.end() if key else position
        inner = key_parts(key[1]) if key else (len(found),)
        end = value_stop(text, value_start)
        found.append(Part((*address, *inner), position, value_start, end))
        position = skip_space(text, end)
        if text[position] == ",":
            position = skip_space(text, position + 1)
    return found
