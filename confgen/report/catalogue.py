"""Prices and ages, as the tables of `confgen models` and `confgen providers` have them."""

import os

from confgen.document import JsonValue
from confgen.openrouter.answers import Price
from confgen.openrouter.catalogue import Dated
from confgen.openrouter.words import rate
from confgen.redact import known_secrets, redact_value
from confgen.report.figures import NOTHING, count
from confgen.report.terminal import note, print_json

_SPANS = ((86400, "day"), (3600, "hour"), (60, "minute"))


def rates(price: Price) -> tuple[str, str, str]:
    told = price.rates
    return rate(told.input) or NOTHING, rate(told.cached) or NOTHING, rate(told.output) or NOTHING


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
