"""The provider object in the words that every command has for it."""

from typing import Any

import pytest

from confgen.report.pin import pin_in_short

PINS: dict[str, tuple[dict[str, Any], str]] = {
    "nothing": ({}, "any provider"),
    "a pin": ({"order": ["fireworks"], "allow_fallbacks": False}, "fireworks, no fallbacks"),
    "an order": ({"order": ["a", "b"], "allow_fallbacks": False}, "a then b, no fallbacks"),
    "a wish": ({"order": ["a"]}, "a first"),
    "a wish that says so": ({"order": ["a"], "allow_fallbacks": True}, "a first"),
    "a limit": ({"only": ["a", "b"], "ignore": ["c"]}, "only a,b, ignore c"),
    "no retention": (
        {"zdr": True, "data_collection": "deny"},
        "nothing retained, no data collection",
    ),
    "what OpenRouter does anyway": ({"zdr": False, "require_parameters": False}, "any provider"),
    "a sort": ({"sort": "price"}, "sort price"),
    "a sort with its partition": (
        {"sort": {"by": "price", "partition": None}},
        'sort {"by":"price","partition":null}',
    ),
    "numbers": ({"preferred_min_throughput": 50}, "min throughput 50"),
    "prices": ({"max_price": {"prompt": 1}}, 'max price {"prompt":1}'),
    "a field of tomorrow": ({"green": True}, "green true"),
    "a secret": ({"options": {"a": {"api_key": "sk-1"}}}, 'options {"a":{"api_key":"***"}}'),
}


@pytest.mark.parametrize(("provider", "words"), PINS.values(), ids=PINS)
def test_in_a_few_words(provider: dict[str, Any], words: str) -> None:
    assert pin_in_short(provider) == words
