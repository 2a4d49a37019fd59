"""Splices of a TOML text. Taking out undoes putting in, to the byte; no comment is lost."""

import re
from collections.abc import Sequence

from confgen.document.place import BOM
from confgen.document.toml.scan import Part, Statement, skip_space
from confgen.document.toml.spell import spell_key

_EOL = re.compile(r"\r\n|\n")
_BLANK_BEFORE = re.compile(r"(?:\A|\n)[ \t]*(\r\n|\n)\Z")
_LINE_START = re.compile(r"(?:\r\n|\n)[ \t]*\Z")
_EQUALS = re.compile(r"[ \t]*=[ \t]*\Z")
_COMMENTS_ABOVE = re.compile(r"(?:^[ \t]*#[^\r\n]*(?:\r\n|\n))+\Z", re.MULTILINE)


def eol_of(text: str) -> str:
    found = _EOL.search(text)
    return found[0] if found else "\n"


def take_out(text: str, statement: Statement) -> str:
    """Without a statement; the comment on its line stays, the blank line above a header goes."""
    before, after = text[: statement.start], text[statement.end :]
    if statement.comment:
        line = text[statement.start : statement.end]
        indent = line[: len(line) - len(line.lstrip(" \t"))]
        return before + indent + statement.comment + _ending(line) + after
    unended = not _ending(text[statement.start : statement.end])
    if statement.kind != "pair" and (blank := _BLANK_BEFORE.search(before)):
        before = before[: blank.start(1)]
    if unended:
        before = before.removesuffix(_ending(before))
    return before + after


def _ending(text: str) -> str:
    return "\r\n" if text.endswith("\r\n") else "\n" if text.endswith("\n") else ""


def put_below(text: str, neighbour: Statement, key: Sequence[str], value: str) -> str:
    """A pair on a line of its own behind a statement, in the style of that, if it is a pair."""
    line = text[neighbour.start : neighbour.value_start]
    equals = _EQUALS.search(line)
    indent = line[: len(line) - len(line.lstrip(" \t"))]
    pair = f"{indent}{dotted(key)}{equals[0] if equals else ' = '}{value}"
    before, after = text[: neighbour.end], text[neighbour.end :]
    ending = _ending(before)
    eol = ending or eol_of(text)
    return before + pair + eol + after if ending else before + eol + pair


def put_on_top(text: str, first: Statement | None, key: Sequence[str], value: str) -> str:
    """A pair of the root before the first header and the comments right above that."""
    eol = eol_of(text)
    pair = f"{dotted(key)} = {value}"
    if first is None:
        return _append(text, [pair], blank=False)
    before = text[: first.start]
    bom = BOM if before.startswith(BOM) else ""
    above = _COMMENTS_ABOVE.search(before.removeprefix(bom))
    at = first.start - len(above[0]) if above else first.start
    return text[:at] + pair + eol + text[at:]


def put_table(text: str, header: str, pairs: Sequence[tuple[str, str]]) -> str:
    """A table behind everything else, after a blank line."""
    lines = [header, *(f"{spell_key(key)} = {value}" for key, value in pairs)]
    return _append(text, lines, blank=True)


def _append(text: str, lines: Sequence[str], *, blank: bool) -> str:
    eol = eol_of(text)
    if not text.removeprefix(BOM):
        return text + "".join(line + eol for line in lines)
    ended = bool(_ending(text))
    added = eol.join(lines)
    gap = eol if blank else ""
    return text + (gap + added + eol if ended else eol + gap + added)


def dotted(key: Sequence[str]) -> str:
    return ".".join(spell_key(part) for part in key)


def put_inline(text: str, start: int, stop: int, parts: Sequence[Part], item: str) -> str:
    """An item behind the last one of the inline array or table that spans `start` to `stop`."""
    if not parts:
        inner = text[start + 1 : stop - 1]
        if inner.strip():
            # A comment stands there, which only an array can hold; keep it on its own line.
            return text[: stop - 1] + item + text[stop - 1 :]
        pad = " " if text[start] == "{" else ""
        return text[: start + 1] + pad + item + pad + text[stop - 1 :]
    last = parts[-1]
    lead = _LINE_START.search(text, start, last.start)
    return text[: last.end] + "," + (lead[0] if lead else " ") + item + text[last.end :]


def take_out_inline(text: str, parts: Sequence[Part], index: int) -> str:
    """Without an item and one comma."""
    part = parts[index]
    if index + 1 < len(parts):
        following = parts[index + 1].start
        if "#" not in text[part.end : following]:
            return text[: part.start] + text[following:]
        comma = _comma(text, part.end)
        return text[: part.start] + text[part.end : comma] + text[comma + 1 :]
    if index == 0:
        comma = _comma(text, part.end)
        rest = text[part.end : comma] + text[comma + 1 :] if comma else text[part.end :]
        return text[: part.start] + rest
    previous = parts[index - 1].end
    if "#" not in text[previous : part.start]:
        return text[:previous] + text[part.end :]
    comma = _comma(text, previous)
    return text[:comma] + text[comma + 1 : part.start] + text[part.end :]


def _comma(text: str, position: int) -> int:
    """The offset of the comma behind an item, 0 if there is none."""
    found = skip_space(text, position)
    return found if text[found] == "," else 0
