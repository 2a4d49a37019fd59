"""Reading JSON that another server wrote, whatever is in it."""

import json

import msgspec

from confgen.document import JsonValue

_HUGE = 1e15


def decode(text: bytes) -> JsonValue:
    """The value that `text` spells; None where it spells none."""
    try:
        return msgspec.json.decode(text)  # type: ignore[no-any-return]
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        pass
    try:
        # What msgspec refuses and servers send: half a surrogate pair, NaN, bad UTF-8.
        return json.loads(text.decode("utf-8", "replace"))  # type: ignore[no-any-return]
    except (ValueError, RecursionError):
        return None


def text(value: JsonValue) -> str | None:
    """A string that says something."""
    return value if isinstance(value, str) and value.strip() else None


def number(value: JsonValue) -> int | float | None:
    """A number that a count, a price or a time may be."""
    if not isinstance(value, int | float) or isinstance(value, bool):
        return None
    return value if abs(value) < _HUGE else None
