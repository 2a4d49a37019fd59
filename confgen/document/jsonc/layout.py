"""How a new value looks at its place: taken from its neighbours, then from what is around them."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from confgen.document.jsonc.gaps import comma_first, line_start, split_comma
from confgen.document.jsonc.tree import Container, source_of
from confgen.document.model import JsonValue
from confgen.document.values import is_list

_EOL = re.compile(r"\r\n|\n|\r")
_INDENTED = re.compile(r'[\r\n](\t| +)[ \t]*"')
_COLON = re.compile(r"[ \t]*:[ \t]*\Z")
_SURROGATE = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Verbatim:
    """A value given as source text."""

    source: str


@dataclass(frozen=True, slots=True)
class Layout:
    """The style of the items of one container.

    `broken`: each item begins a line, indented by `indent`; otherwise `indent` is that of the
    line that all stand on. `expanded`: containers inside an item are spread over lines.
    """

    eol: str
    indent: str
    unit: str
    broken: bool = True
    expanded: bool = True
    colon: str = ": "
    comma: str = ", "
    pad: str = ""

    @property
    def line(self) -> str:
        """The start of a line for an item."""
        return self.eol + self.indent if self.broken else self.eol + self.indent + self.unit

    @property
    def lead(self) -> str:
        """The white space before an item that is not the first."""
        return self.line if self.broken else self.comma[1:]


def outermost(text: str, start: int) -> Layout:
    """The layout of the line on which the root of a text begins."""
    found = _EOL.search(text)
    indented = _INDENTED.search(text)
    line = text[:start]
    indent = line[len(line.rstrip(" \t")) :]
    return Layout(found[0] if found else "\n", indent, indented[1] if indented else "  ")


def inside(container: Container, outer: Layout, index: int) -> Layout:
    """The layout of the item at `index`, and of a new one behind it."""
    if not container.items:
        return _inside_empty(container, outer)
    gap = container.gap_before(index)
    item = container.items[index]
    start = line_start(gap) or line_start(container.gap)
    layout = replace(outer, broken=start is not None)
    if start is not None:
        eol = start.rstrip(" \t")
        layout = _indented(replace(layout, eol=eol), start[len(eol) :], outer.indent)
    value = source_of(item).text
    expanded = layout.broken or "\n" in value or "\r" in value
    colon = _colon(item.head)
    spaced = outer.comma if colon is None else ", " if colon.endswith(" ") else ","
    return replace(
        layout,
        expanded=expanded,
        colon=colon or outer.colon,
        comma=_comma(gap) or spaced,
        pad=_pad(container) if not layout.broken else "",
    )


def _inside_empty(container: Container, outer: Layout) -> Layout:
    if outer.broken or outer.expanded or line_start(container.gap) is not None:
        return replace(outer, broken=True, expanded=True, indent=outer.indent + outer.unit)
    return replace(outer, pad=container.gap if _blank(container.gap) else outer.pad)


def _indented(layout: Layout, indent: str, outer: str) -> Layout:
    """Take over the indentation of a line, and the unit if it is one step further in."""
    deeper = len(indent) > len(outer) and indent.startswith(outer)
    return replace(layout, indent=indent, unit=indent[len(outer) :] if deeper else layout.unit)


def _blank(gap: str) -> bool:
    return bool(gap) and not gap.strip(" \t")


def _colon(head: str) -> str | None:
    """`: ` as the member writes it; its head ends with it unless a comment stands there."""
    found = _COLON.search(head)
    return found[0] if found else None


def _comma(gap: str) -> str | None:
    _, comma, behind = split_comma(gap)
    return comma + behind if comma and not behind.strip(" \t") else None


def _pad(container: Container) -> str:
    return container.gap if container.opening == "{" and _blank(container.gap) else ""


def model_comma(container: Container) -> str | None:
    """The comma with its line start, where the last item of a container comes behind one."""
    last = len(container.items) - 1
    return comma_first(container.gap_before(last)) if last > 0 else None


def open_empty(container: Container, layout: Layout, outer: Layout) -> tuple[str, str]:
    """The gaps before and behind the first item of an empty container."""
    gap = container.gap
    kept = gap.rstrip(" \t\r\n")
    tail = gap[len(kept) :]
    if layout.broken:
        return kept + layout.line, line_start(tail) or outer.eol + outer.indent
    if kept:
        return kept + (tail or " "), tail
    pad = layout.pad if container.opening == "{" else gap
    return pad, pad


def string(text: str) -> str:
    """The literal of a string: letters as they are, lone surrogates escaped."""
    literal = json.dumps(text, ensure_ascii=False)
    return _SURROGATE.sub(lambda half: f"\\u{ord(half[0]):04x}", literal)


def render(value: JsonValue | Verbatim, layout: Layout) -> str:
    """The source of a value at a place with this layout, without recursion."""
    pieces: list[str] = []
    waiting: list[Iterator[str | tuple[JsonValue | Verbatim, Layout]]] = [iter([(value, layout)])]
    while waiting:
        piece = next(waiting[-1], None)
        if piece is None:
            waiting.pop()
        elif isinstance(piece, str):
            pieces.append(piece)
        else:
            waiting.append(_pieces(*piece))
    return "".join(pieces)


def _pieces(
    value: JsonValue | Verbatim, layout: Layout
) -> Iterator[str | tuple[JsonValue | Verbatim, Layout]]:
    if isinstance(value, Verbatim):
        yield value.source
    elif isinstance(value, str):
        yield string(value)
    elif isinstance(value, Mapping):
        yield from _items("{}", [(f"{string(k)}", v) for k, v in value.items()], layout)
    elif is_list(value):
        flat = not any(isinstance(v, Mapping | Verbatim) or is_list(v) for v in value)
        style = replace(layout, expanded=False, broken=False) if flat else layout
        yield from _items("[]", [("", v) for v in value], style)
    else:
        yield json.dumps(value, allow_nan=False)


def _items(
    brackets: str, items: list[tuple[str, JsonValue]], layout: Layout
) -> Iterator[str | tuple[JsonValue | Verbatim, Layout]]:
    if not items:
        yield brackets
        return
    inner = replace(layout, broken=layout.expanded)
    pad, separator, end = layout.pad if brackets == "{}" else "", layout.comma, ""
    if layout.expanded:
        inner = replace(inner, indent=layout.indent + layout.unit, pad="")
        pad, separator, end = inner.line, "," + inner.line, layout.eol + layout.indent
    yield brackets[0] + pad
    for number, (key, value) in enumerate(items):
        yield (separator if number else "") + (key + layout.colon if key else "")
        yield value, inner
    yield (end or pad) + brackets[1]
