"""A scanned text as containers and their items, opened only where somebody looks."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from confgen.document.jsonc.grammar import GAP, SCALAR, STRING
from confgen.document.jsonc.scan import Scan
from confgen.document.model import JsonValue

_HEAD = rf"({STRING}){GAP}:{GAP}"
# A whole scalar item with the gap and the comma behind it, or all that stands before a container.
_MEMBER = re.compile(rf"(?P<head>{_HEAD})(?P<value>{SCALAR}(?P<gap>{GAP}(?:,{GAP})?))?")
_ELEMENT = re.compile(rf"(?P<head>)(?P<value>{SCALAR}(?P<gap>{GAP}(?:,{GAP})?))?")
# Each try that fails at a comment may have read all of a container for nothing.
_TRIES = 64
_GAP = re.compile(rf"{GAP}(?:,{GAP})?")


class Source(NamedTuple):
    """A value that nobody has opened: a span of a scanned text."""

    scan: Scan
    start: int
    end: int

    @property
    def text(self) -> str:
        return self.scan.text[self.start : self.end]


@dataclass(slots=True)
class Item:
    """A member or a list element.

    `head` runs up to the value, `gap` from there to the next item or the closing bracket, the
    comma included.
    """

    key: str | None
    head: str
    value: "Source | Container"
    gap: str


@dataclass(slots=True)
class Container:
    """An object or array. `gap` is what stands before its first item."""

    source: Source
    opening: str
    gap: str
    items: list[Item] = field(default_factory=list)
    # Where keys stand, by key; made when first asked for, dropped when items move.
    _places: dict[str | None, int] | None = None
    _twins: list[int] = field(default_factory=list)

    @property
    def closing(self) -> str:
        return "}" if self.opening == "{" else "]"

    def add(self, item: Item) -> None:
        if self._places is not None:
            self._note(self._places, len(self.items), item)
        self.items.append(item)

    def remove(self, index: int) -> None:
        del self.items[index]
        self._places = None

    def indexes(self, key: str) -> list[int]:
        """Where a key stands: more than once in a text that should not be edited there."""
        if self._places is None:
            self._places, self._twins = {}, []
            for index, item in enumerate(self.items):
                self._note(self._places, index, item)
        if key not in self._places:
            return []
        return [self._places[key], *(twin for twin in self._twins if self.items[twin].key == key)]

    def _note(self, places: dict[str | None, int], index: int, item: Item) -> None:
        if places.setdefault(item.key, index) != index:
            self._twins.append(index)

    def gap_before(self, index: int) -> str:
        return self.items[index - 1].gap if index else self.gap

    def set_gap_before(self, index: int, gap: str) -> None:
        if index:
            self.items[index - 1].gap = gap
        else:
            self.gap = gap


def expand(source: Source) -> Container:
    """Open one container: its items are found by one match each, containers inside are skipped."""
    scan, position, end = source
    text, position = scan.text, position + 1
    # Most gaps of a file are alike: keeping one of each saves most of the memory.
    gaps: dict[str, str] = {}
    gap = _match(_GAP, text, position)[0]
    container = Container(source, text[position - 1], gap)
    pattern = _MEMBER if container.opening == "{" else _ELEMENT
    position += len(gap)
    while position < end - 1:
        found = _match(pattern, text, position)
        start = found.end("head")
        if found["value"] is None:
            stop = scan.ends[start]
            gap = _match(_GAP, text, stop)[0]
        else:
            gap = found["gap"]
            stop = found.end() - len(gap)
        key = None if container.opening == "[" else decode_string(found[2])
        value = Source(scan, start, stop)
        container.add(Item(key, found["head"], value, gaps.setdefault(gap, gap)))
        position = stop + len(gap)
    return container


def _match(pattern: re.Pattern[str], text: str, position: int) -> re.Match[str]:
    found = pattern.match(text, position)
    if found is None:
        raise RuntimeError(f"a scanned text is not what the scan said at offset {position}")
    return found


def root_of(scan: Scan) -> Item | None:
    """The root of a text as an item that stands alone; None if it holds no value."""
    if scan.start == scan.end:
        return None
    return Item(None, "", Source(scan, scan.start, scan.end), "")


def opened(item: Item) -> Container | None:
    """The container that an item holds, opened in place; None if it holds a scalar."""
    if isinstance(item.value, Source):
        if item.value.scan.text[item.value.start] not in "{[":
            return None
        item.value = expand(item.value)
    return item.value


def source_of(item: Item) -> Source:
    """The value of an item as it stood when it was scanned."""
    return item.value if isinstance(item.value, Source) else item.value.source


def decode_string(literal: str) -> str:
    if "\\" not in literal:
        return literal[1:-1]
    decoded: str = json.loads(literal)
    return decoded


def decode_scalar(literal: str) -> JsonValue:
    if literal[0] == '"':
        return decode_string(literal)
    try:
        scalar: JsonValue = json.loads(literal)
    except ValueError:
        # Python refuses to read integers of thousands of digits.
        return float(literal)
    return scalar


def decode_value(source: Source) -> JsonValue:
    """The value as Python has it, without recursion; the last of equal keys wins."""
    root: list[JsonValue] = [None]
    waiting: list[tuple[Source, Any, Any]] = [(source, root, 0)]
    tries = _TRIES
    while waiting:
        source, parent, key = waiting.pop()
        if source.scan.text[source.start] not in "{[":
            parent[key] = decode_scalar(source.text)
            continue
        if tries:
            # Most containers are plain JSON, which Python itself reads a hundred times faster.
            try:
                parent[key] = json.loads(source.text)
            except (ValueError, RecursionError):
                tries -= 1
            else:
                continue
        container = expand(source)
        keyed = dict(_keyed(container))
        inner: Any = dict.fromkeys(keyed) if container.opening == "{" else [None] * len(keyed)
        parent[key] = inner
        waiting += [(part, inner, at) for at, part in keyed.items()]
    return root[0]


def _keyed(container: Container) -> Iterator[tuple[str | int, Source]]:
    for index, item in enumerate(container.items):
        if isinstance(item.value, Source):
            yield (index if item.key is None else item.key), item.value
