"""What stands in a harness's file of what confgen set: the model, the pin, or the shim's address.

Read from the keys that are confgen's, in whatever harness: each spells them in its own place.
"""

import json
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from confgen.document import Document, JsonValue, Path
from confgen.manifest import FileRecord
from confgen.target import shim_address

_PREFIX = "openrouter/"
"""Some harnesses name OpenRouter before its models."""


class Standing(NamedTuple):
    """`provider` is the pin that the harness sends, None on the shim's route.

    `shim` is HOST:PORT. What does not stand there, or not in a known form, is None.
    """

    model: str | None = None
    provider: Mapping[str, JsonValue] | None = None
    shim: str | None = None


def read_standing(document: Document, record: FileRecord) -> Standing:
    """What the record's keys hold now."""
    found = ((leaf.path, document.find(leaf.path)) for leaf in record.leaves)
    values = [(path, there.value) for path, there in found if there]
    return Standing(
        model=next((_model(value) for path, value in values if _ends(path, "model")), None),
        provider=next(filter(None, (_pin(path, value) for path, value in values)), None),
        shim=next(filter(None, (shim_address(value) for _, value in values)), None),
    )


def together(found: Iterable[Standing]) -> Standing:
    """Of several files the first that says something, for each part."""
    columns = zip(*found, strict=True)
    return Standing(
        *(next((part for part in column if part is not None), None) for column in columns)
    )


def _ends(path: Path, name: str) -> bool:
    return path[-1] == name


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
    return value if _ends(path, "provider") and isinstance(value, Mapping) else None
