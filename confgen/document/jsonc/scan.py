"""Reads a whole text once: refuses what is not JSON in the dialect, and pairs the brackets."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from confgen.document.jsonc.grammar import Dialect, Grammar, grammar
from confgen.document.place import BOM, fault
from confgen.errors import DocumentError

if TYPE_CHECKING:
    from confgen.document.jsonc.faults import Stage

MAX_DEPTH = 2000

_STAGES: "tuple[Stage, Stage]" = ("element", "member")


@dataclass(frozen=True, slots=True)
class Scan:
    """A text known to be valid: where its value stands, and the end of each container in it.

    `ends` maps the offset of each opening bracket to the offset behind its closing one. `start`
    and `end` are equal where the text holds no value.
    """

    text: str
    start: int
    end: int
    ends: dict[int, int]


def scan(text: str, dialect: Dialect, *, name: str) -> Scan:
    """Scan the text of a file: one object, or nothing where the dialect takes that.

    Raises DocumentError with the place of the first fault.
    """
    rules = grammar(dialect)
    begin = 0
    if text.startswith(BOM):
        if not dialect.bom:
            hint = "save the file without one (plain UTF-8)"
            raise fault(name, text, 0, "a byte order mark", hint)
        begin = 1
    start = rules.skip(text, begin)
    if start == len(text) and dialect.empty:
        return Scan(text, start, start, {})
    if not text.startswith("{", start):
        raise _diagnosed(name, text, begin, dialect, "root")
    ends = pair_brackets(text, start, dialect, name=name)
    end = ends[start]
    if rules.skip(text, end) != len(text):
        raise _diagnosed(name, text, end, dialect, "end")
    return Scan(text, start, end, ends)


def pair_brackets(text: str, start: int, dialect: Dialect, *, name: str) -> dict[int, int]:
    """Check the container that opens at `start`; one match of a pattern for each member."""
    rules = grammar(dialect)
    member, element = rules.member.match, rules.element.match
    ends: dict[int, int] = {}
    stack = [start]
    position = start + 1
    while stack:
        in_object = text[stack[-1]] == "{"
        found = (member if in_object else element)(text, position)
        if found is None:
            close = _close_early(text, position, rules, stack[-1])
            if close is None:
                raise _diagnosed(name, text, position, dialect, _STAGES[in_object])
            position = close
        else:
            position = found.end()
        last = text[position - 1]
        if last in "{[":
            stack.append(position - 1)
            if len(stack) > MAX_DEPTH:
                message = f"more than {MAX_DEPTH} containers inside one another"
                raise fault(name, text, position - 1, message, "make the file flatter")
        elif last != ",":
            position = _close(text, position, rules, stack, ends, name)
    return ends


def _diagnosed(
    name: str, text: str, position: int, dialect: Dialect, stage: "Stage"
) -> DocumentError:
    # Imported here: most files are in order, and none of them should wait for this.
    from confgen.document.jsonc.faults import diagnose  # noqa: PLC0415

    return fault(name, text, *diagnose(text, position, dialect, stage))


def _close_early(text: str, position: int, rules: Grammar, opening: int) -> int | None:
    """Behind the bracket that closes an empty container, or one that ends in a comma."""
    close = rules.skip(text, position)
    if not text.startswith("}" if text[opening] == "{" else "]", close):
        return None
    if text[position - 1] == "," and not rules.dialect.trailing_commas:
        return None
    return close + 1


def _close(
    text: str, position: int, rules: Grammar, stack: list[int], ends: dict[int, int], name: str
) -> int:
    """Close containers for as long as brackets follow one another, up to a comma or the root."""
    while True:
        opening = stack.pop()
        if (text[opening] == "{") != (text[position - 1] == "}"):
            kind = "an object" if text[opening] == "{" else "an array"
            right = "}" if text[opening] == "{" else "]"
            message = f"{kind} closed with {text[position - 1]}"
            raise fault(name, text, position - 1, message, f"close it with {right}")
        ends[opening] = position
        if not stack:
            return position
        found = rules.after.match(text, position)
        if found is None:
            raise _diagnosed(name, text, position, rules.dialect, "after")
        position = found.end()
        if text[position - 1] == ",":
            return position
