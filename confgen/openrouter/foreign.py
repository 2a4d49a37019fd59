"""Reading JSON that another server wrote, whatever is in it: what is not as told is left out."""

import json
import math
from typing import Any

from confgen.document.values import at, items
from confgen.openrouter.errors import UnreachableError

_PER_MILLION = 10**6
_DIGITS = 9
"""After the point of a price per million tokens: enough for any, and none of a float's own noise.
"""


def decode(body: bytes) -> Any:
    """The value that `body` spells. Raises UnreachableError where it spells none."""
    try:
        return json.loads(body.decode("utf-8", "replace"))
    except (ValueError, RecursionError) as error:
        raise unlike("is not JSON") from error


def unlike(words: str) -> UnreachableError:
    """The error for an answer that is none of OpenRouter's."""
    return UnreachableError(
        f"the upstream's answer {words}", hint="is it the root of an API that is like OpenRouter's?"
    )


def data(body: bytes) -> list[Any]:
    """The list that an answer holds as `data`. Raises UnreachableError where there is none."""
    found = at(decode(body), "data")
    if not isinstance(found, list):
        raise unlike("holds no list")
    return found


def text(value: Any) -> str | None:
    """A string that says something."""
    return value.strip() or None if isinstance(value, str) else None


def texts(value: Any) -> frozenset[str]:
    return frozenset(found for element in items(value) if (found := text(element)))


def number(value: Any) -> float | None:
    """A number, or a string that spells one, as prices do."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        found = float(value)
    except (ValueError, OverflowError):
        return None
    return found if math.isfinite(found) else None


def whole(value: Any) -> int | None:
    """A count that is above zero."""
    found = number(value)
    return int(found) if found is not None and found >= 1 else None


def per_million(value: Any) -> float | None:
    """A price for a million from one for a token; below zero it stands for no fixed price."""
    found = number(value)
    return None if found is None or found < 0 else round(found * _PER_MILLION, _DIGITS)
