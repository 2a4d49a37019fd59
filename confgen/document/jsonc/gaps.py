"""The text between items: how to open it for a new item, and how to close it behind an old one.

Closing undoes opening to the byte. Neither loses a comment.
"""

import re

from confgen.document.jsonc.grammar import BLOCK_COMMENT, COMMENT, GAP, LINE_COMMENT

_COMMA = re.compile(rf"({GAP}),")
_COMMENT = re.compile(COMMENT)
_EOL = r"(?:\r\n|\n|\r)"
_LINE_START = re.compile(rf"{_EOL}[ \t]*")
_LAST_LINE_START = re.compile(rf"{_EOL}[ \t]*\Z")
_TO_LINE_END = re.compile(rf"[ \t]*{_EOL}")
# What belongs to the item before: the comments that begin on its last line.
_BEHIND = re.compile(rf"(?:[ \t]*{BLOCK_COMMENT})*(?:[ \t]*({LINE_COMMENT}))?")


def comments(text: str) -> list[str]:
    """The comments of a gap, in order."""
    return _COMMENT.findall(text)


def line_start(gap: str) -> str | None:
    """Line end and indentation of the line that the gap leads to; None if it starts no line."""
    if "\n" not in gap and "\r" not in gap:
        return None
    starts: list[str] = _LINE_START.findall(_COMMENT.sub("/", gap))
    return starts[-1] if starts else None


def split_comma(gap: str) -> tuple[str, str, str]:
    """The gap before, at and behind its comma; the last two are empty if it has none."""
    found = _COMMA.match(gap)
    return (found[1], ",", gap[found.end() :]) if found else (gap, "", "")


def comma_first(gap: str) -> str | None:
    """Line start, comma and spacing of a gap whose comma begins a line, else None."""
    before, comma, behind = split_comma(gap)
    start = line_start(before)
    return start + comma + behind if start and comma and not behind.strip(" \t") else None


def open_gap(gap: str, lead: str, *, line: str, model: str | None) -> tuple[str, str]:
    """The gaps before and behind an item that goes behind the last one of its container.

    `lead` is the white space before it; `line` serves instead where a comment fills the line;
    `model` is the comma with its line, where commas come first.
    """
    before, comma, rest = split_comma(gap)
    if not comma:
        before, rest = "", gap
    behind = _match_behind(rest)
    kept, rest = rest[: behind.end()], rest[behind.end() :]
    lead = line if behind[1] and not line_start(lead) else lead
    if comma:
        return f"{before},{kept}{lead}", f",{rest}"
    return (kept + model, rest) if model else (f",{kept}{lead}", rest)


def _match_behind(gap: str) -> re.Match[str]:
    found = _BEHIND.match(gap)
    if found is None:
        raise RuntimeError("a pattern that may be empty did not match")
    return found


def close_gap(before: str, after: str, *, first: bool, last: bool) -> str:
    """The one gap that is left when the item between two gaps is taken out."""
    head, comma, tail = split_comma(after)
    if not first and (not comma or line_start(head)):
        # The item's own comma is the one before it: it was the last, or commas come first.
        left, _, right = split_comma(before)
        return _join(left + right, after, last=last)
    rest = tail if comma and not head.strip() else head + tail
    return _join(before, rest, last=last)


def _join(before: str, after: str, *, last: bool) -> str:
    lead = _LAST_LINE_START.search(before)
    bare = before[: lead.start()] if lead else before.rstrip(" \t")
    if _TO_LINE_END.match(after):
        return bare + after
    if after.strip(" \t"):
        # A comment on the item's line stays, in the item's place.
        return before + after.lstrip(" \t") if before else after
    if last and not _ends_in_line_comment(bare):
        return bare + after
    return before


def _ends_in_line_comment(gap: str) -> bool:
    found = comments(gap)
    return bool(found) and found[-1].startswith("//") and gap.endswith(found[-1])
