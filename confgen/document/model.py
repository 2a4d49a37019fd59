"""The words that every document format shares: paths into it, and edits of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

JsonValue = str | int | float | bool | None | Sequence["JsonValue"] | Mapping[str, "JsonValue"]


@dataclass(frozen=True, slots=True)
class Entry:
    """The element of a list of objects whose `field` holds the string `value`."""

    field: str
    value: str


Key = str | Entry
Path = tuple[Key, ...]


@dataclass(frozen=True, slots=True)
class Found:
    """A value as it stands in a document: decoded, its exact source text, and its place.

    `line` and `column` count from 1; a column is a character, not a byte.
    """

    value: JsonValue
    source: str
    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Set:
    """Make `path` hold `value`; containers that are missing on the way are made."""

    path: Path
    value: JsonValue


@dataclass(frozen=True, slots=True)
class Restore:
    """Make `path` hold the value spelt exactly as `source`."""

    path: Path
    source: str


@dataclass(frozen=True, slots=True)
class Delete:
    """Take the member or list element at `path` out, with its comma; absent is fine."""

    path: Path


@dataclass(frozen=True, slots=True)
class Prune:
    """If the container at `path` is empty once the other edits are made, undo its making.

    `source` is what the container looked like before (`"{ }"`, or `""` for the root of a
    file without one); None deletes it.
    """

    path: Path
    source: str | None


Edit = Set | Restore | Delete | Prune


def format_path(path: Path) -> str:
    """`provider.openrouter.models["a/b"]`, `customModels[id=custom:x].model`."""
    text = ""
    for key in path:
        if isinstance(key, Entry):
            text += f"[{key.field}={key.value}]"
        elif key and all(c.isalnum() or c in "_$-" for c in key):
            text += f".{key}" if text else key
        else:
            text += f'["{key}"]'
    return text or "(root)"
