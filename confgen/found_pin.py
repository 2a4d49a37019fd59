"""What stands in a harness's file of what confgen set: the model, the pin, or the shim's address.

Read from the keys that are confgen's, in whatever harness: each spells them in its own place.
"""

import json
import pathlib
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from confgen.document import Dialect, Document, JsonValue, Path, decode, open_json
from confgen.errors import DocumentError
from confgen.manifest import FileRecord
from confgen.target import shim_address
from confgen.write import read_original

_PREFIX = "openrouter/"
"""Some harnesses name OpenRouter before its models."""


class FoundPin(NamedTuple):
    """`provider` is the pin that the harness sends, None on the shim's route.

    `shim` is HOST:PORT. What does not stand there, or not in a known form, is None.
    """

    model: str | None = None
    provider: Mapping[str, JsonValue] | None = None
    shim: str | None = None


def open_record(record: FileRecord, dialect: Dialect) -> Document | None:
    """A record's file as it is now, None where it is gone. Raises DocumentError, RecursionError."""
    data = read_original(pathlib.Path(record.path)).data
    text = None if data is None else decode(data, name=record.path)
    return None if text is None else open_json(text, dialect, name=record.path)


def values_of(record: FileRecord, dialect: Dialect) -> tuple[tuple[Path, JsonValue], ...]:
    """What the record's keys hold now; nothing where its file cannot be read."""
    try:
        document = open_record(record, dialect)
        found = [(leaf.path, document and document.find(leaf.path)) for leaf in record.leaves]
    except (DocumentError, RecursionError):
        return ()
    return tuple((path, there.value) for path, there in found if there)


def read_pin(record: FileRecord, dialect: Dialect) -> FoundPin:
    """What the record's keys hold now; nothing where its file cannot be read."""
    values = values_of(record, dialect)
    return FoundPin(
        model=next((_model(value) for path, value in values if path[-1] == "model"), None),
        provider=next(filter(None, (_pin(path, value) for path, value in values)), None),
        shim=next(filter(None, (shim_address(value) for _, value in values)), None),
    )


def together(found: Iterable[FoundPin]) -> FoundPin:
    """Of several files the first that says something, for each part."""
    columns = zip(*found, strict=True)
    return FoundPin(
        *(next((part for part in column if part is not None), None) for column in columns)
    )


def _model(value: JsonValue) -> str | None:
    return value.removeprefix(_PREFIX) if isinstance(value, str) else None


def _pin(path: Path, value: JsonValue) -> Mapping[str, JsonValue] | None:
    """The provider object at a key of that name, or in the request's body that a text holds."""
    if isinstance(value, str) and value.startswith("{"):
        try:
            body = json.loads(value)
        except (ValueError, RecursionError):
            return None
        value, path = body.get("provider"), ("provider",)
    return value if path[-1] == "provider" and isinstance(value, Mapping) else None
