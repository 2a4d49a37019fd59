"""The front matter of the Markdown files that define agents and commands: YAML, as clients read it.

PyYAML's `compose` tells a value as a YAML reader sees it, and its line and column. What is no YAML
some clients read all the same, each in its own way.
"""

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from itertools import islice
from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from yaml import Node

Keys = tuple[str, ...]

_MOST = 1000  # fields, however often an anchor repeats them
_DEEPEST = 20
_LONGEST = 1 << 16
"""Characters of a front matter that is looked into: a YAML reader in Python is slow."""

_LINE = re.compile(r"(?P<before>(?P<key>[\w-]+)[ \t]*:[ \t]*)(?P<value>[^\s].*?)[ \t\r]*")
_ODD = re.compile(r"[{}\[\]*&#!|>%@`]|: ")
_COLON = re.compile(":")
_QUOTES = ('"', "'")


class FrontMatter(NamedTuple):
    """How a client reads it: between two patterns, or with `open_ended` from one to the end.

    Of a key that stands twice the last value counts where the `last_wins`; else that breaks it. Of
    what is broken it reads `nothing`, or once more with those plain values quoted that have
    `colons` or anything else that is `odd`, or just the `lines`, as key and value each.
    """

    opening: str = r"---[ \t]*\r?\n"
    closing: str = r"^---"
    open_ended: bool = False
    last_wins: bool = False
    broken: Literal["nothing", "colons", "odd", "lines"] = "nothing"


class Field(NamedTuple):
    """A value of the front matter as a text, and its place in the file, from 1.

    `~` and nothing are the empty text; a mapping or a list is what stands there, as it is written.
    """

    text: str
    line: int
    column: int


@lru_cache(maxsize=256)
def read_fields(page: str, how: FrontMatter) -> Mapping[Keys, Field]:
    """The fields by their path of keys; none where there is no front matter, or it is broken."""
    opening = re.match(how.opening, page)
    if opening is None:
        return {}
    closing = re.compile(how.closing, re.MULTILINE).search(page, opening.end())
    if closing is None and not how.open_ended:
        return {}
    source = page[opening.end() : closing.start() if closing else None]
    if len(source) > _LONGEST:
        return {}
    above = page.count("\n", 0, opening.end())
    found = _read(source, how) or _read_broken(source, how)
    return {keys: one._replace(line=one.line + above) for keys, one in found.items()}


def _read(source: str, how: FrontMatter) -> dict[Keys, Field]:
    # Imported here: most machines have no such page.
    import yaml  # noqa: PLC0415

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        root = yaml.compose(source, Loader=loader)
        return dict(islice(_fields(root, (), source, how), _MOST))
    except (yaml.YAMLError, ValueError, RecursionError):
        return {}


def _fields(
    node: "Node | None", keys: Keys, source: str, how: FrontMatter
) -> Iterator[tuple[Keys, Field]]:
    import yaml  # noqa: PLC0415

    if not isinstance(node, yaml.MappingNode) or len(keys) > _DEEPEST:
        return
    seen: set[str] = set()
    for key, value in sorted(node.value, key=_is_merge, reverse=True):
        if not isinstance(key, yaml.ScalarNode):
            continue
        if key.value in seen and not how.last_wins:
            raise ValueError(key.value)
        seen.add(key.value)
        if _is_merge((key, value)):
            for one in value.value[::-1] if isinstance(value, yaml.SequenceNode) else (value,):
                yield from _fields(one, keys, source, how)
            continue
        # A value that is not there has no place of its own, and a block begins with its members.
        is_block = not isinstance(value, yaml.ScalarNode) and not value.flow_style
        is_absent = value.start_mark.index == value.end_mark.index
        mark = (key if is_block or is_absent else value).start_mark
        path = (*keys, str(key.value))
        yield path, Field(_text(value, source), mark.line + 1, mark.column + 1)
        yield from _fields(value, path, source, how)


def _is_merge(member: "tuple[Node, Node]") -> bool:
    """Whether it brings in the members of another mapping, which those beside it outrank."""
    return member[0].tag == "tag:yaml.org,2002:merge"


def _text(node: "Node", source: str) -> str:
    import yaml  # noqa: PLC0415

    if not isinstance(node, yaml.ScalarNode):
        return source[node.start_mark.index : node.end_mark.index].strip()
    text = str(node.value).strip()
    if node.tag == "tag:yaml.org,2002:null":
        return ""
    # `yes` and `on` are texts to the YAML that clients read.
    is_truth = node.tag == "tag:yaml.org,2002:bool" and text.lower() in ("true", "false")
    return text.lower() if is_truth else text


def _read_broken(source: str, how: FrontMatter) -> dict[Keys, Field]:
    lines = source.split("\n")
    if how.broken == "nothing":
        return {}
    if how.broken == "lines":
        return dict(_by_line(lines))
    # A tab that begins a line is nothing at all to the one's reader, and two blanks to the other's.
    tab, where = ("  ", _ODD) if how.broken == "odd" else ("", _COLON)
    plain = (re.sub(r"^\t+", lambda tabs: tab * len(tabs[0]), line) for line in lines)
    return _read("\n".join(_quoted(line, where) for line in plain), how)


def _quoted(line: str, where: re.Pattern[str]) -> str:
    found = _LINE.fullmatch(line)
    if not found or found["value"].startswith(_QUOTES) or not where.search(found["value"]):
        return line
    value = found["value"].replace("'", "''")
    return f"{found['before']}'{value}'"


def _by_line(lines: list[str]) -> Iterator[tuple[Keys, Field]]:
    for number, line in enumerate(lines, start=1):
        indent = len(line) - len(line.lstrip())
        found = _LINE.fullmatch(line[indent:])
        if found:
            column = indent + len(found["before"]) + 1
            value: str = found["value"]
            is_quoted = len(value) > 1 and value[0] in _QUOTES and value[0] == value[-1]
            yield (found["key"],), Field(value[1:-1] if is_quoted else value, number, column)
