"""Prices and ages, as the tables of `confgen models` and `confgen providers` have them."""

import os

from confgen.document import JsonValue
from confgen.openrouter.answers import Price
from confgen.openrouter.catalogue import Dated
from confgen.redact import known_secrets, redact_value
from confgen.report.figures import NOTHING, count
from confgen.report.terminal import note, print_json

_CENTS = 0.1
_SPANS = ((86400, "day"), (3600, "hour"), (60, "minute"))


def rate(usd: float | None) -> str:
    """USD per million tokens, with three digits after the point below ten cents."""
    if usd is None:
        return NOTHING
    return "free" if usd == 0 else f"{usd:.2f}" if usd >= _CENTS else f"{usd:.3f}"


def rates(price: Price) -> tuple[str, str, str]:
    return rate(price.rates.input), rate(price.rates.cached), rate(price.rates.output)


def rates_json(price: Price) -> dict[str, JsonValue]:
    """USD per million tokens."""
    return price.rates._asdict()


def print_foreign(document: JsonValue) -> None:
    """Print a document in which an upstream's own words stand, which may be any."""
    print_json(redact_value(document, secrets=known_secrets(os.environ)))


def age(seconds: float) -> str:
    for span, name in _SPANS:
        if seconds >= span:
            return count(int(seconds // span), name)
    return "less than a minute"


def note_age(known: Dated[object], *, offline: bool, now: float) -> None:
    """Say of what came from the cache how old it is, and why it had to."""
    passed = age(now - known.asked)
    if known.trouble:
        note("note", f"{known.trouble}: this is what it said {passed} ago")
    elif offline:
        note("note", f"this is from the cache, {passed} old")
