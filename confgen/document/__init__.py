"""Lossless editing of config files: a document is text plus spans, and an edit is a splice."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol, Self

from confgen.document.jsonc.grammar import JSONC, STRICT_JSON, Dialect
from confgen.document.model import (
    Delete,
    Edit,
    Entry,
    Found,
    JsonValue,
    Path,
    Prune,
    Restore,
    Set,
    format_path,
)
from confgen.document.place import decode

if TYPE_CHECKING:
    from confgen.document.jsonc.document import JsonDocument
    from confgen.document.toml.document import TomlDocument

__all__ = [
    "JSONC",
    "STRICT_JSON",
    "Delete",
    "Dialect",
    "Document",
    "Edit",
    "Entry",
    "Found",
    "JsonValue",
    "Path",
    "Prune",
    "Restore",
    "Set",
    "decode",
    "format_path",
    "open_json",
    "open_toml",
]


class Document(Protocol):
    """A config file's text, whatever its format. Frozen: an edit gives another document."""

    @property
    def text(self) -> str: ...

    def find(self, path: Path) -> Found | None:
        """What stands at `path`, or None.

        Raises DocumentError for a duplicate on the path and a wrong type on the way.
        """

    def locate(self, keys: Sequence[str | int]) -> tuple[int, int]:
        """Line and column of the value that decoding gives at `keys`, or of the last on the way.

        Unlike a path, the keys may count list elements, as validators do.
        """

    def undo(self, path: Path) -> tuple[Edit, ...]:
        """The edits that, made after a Set at `path`, bring this document back."""

    def edit(self, edits: Sequence[Edit]) -> Self:
        """The document with all edits made, Prunes last and the deepest first."""


def open_json(text: str, dialect: Dialect, *, name: str) -> "JsonDocument":
    """Read a text; raises DocumentError, with the place, on what is not JSON in this dialect."""
    # Rendering alone reads no file, and would pay for the import.
    from confgen.document.jsonc import document  # noqa: PLC0415

    return document.open_json(text, dialect, name=name)


def open_toml(text: str, *, name: str) -> "TomlDocument":
    """Read a text; raises DocumentError, with the place, on what is not TOML 1.0."""
    # Most runs meet no TOML, and each of them would pay for the import.
    from confgen.document.toml import document  # noqa: PLC0415

    return document.open_toml(text, name=name)
