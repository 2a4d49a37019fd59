"""A provider object in a few words, without a secret that its `options` might hold."""

import json
import os
from collections.abc import Iterator, Mapping

from confgen.document import JsonValue
from confgen.redact import known_secrets, redact_value

_SHORTER = {
    "data_collection": "data collection",
    "max_price": "max price",
    "preferred_min_throughput": "min throughput",
    "preferred_max_latency": "max latency",
}
_SAID = {
    ("require_parameters", True): "every parameter known",
    ("enforce_distillable_text", True): "distillable",
    ("zdr", True): "nothing retained",
    ("data_collection", "deny"): "no data collection",
    ("data_collection", "allow"): "data collection allowed",
}
_UNSAID = {("require_parameters", False), ("enforce_distillable_text", False), ("zdr", False)}
"""What OpenRouter takes for granted where nothing is said."""


def pin_in_short(provider: Mapping[str, JsonValue]) -> str:
    """The provider object as people say it: `fireworks, no fallbacks`."""
    return ", ".join(_phrases(shown_pin(provider))) or "any provider"


def shown_pin(provider: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
    """The provider object as it may be shown."""
    secrets = known_secrets(os.environ)
    return {name: redact_value(value, name, secrets) for name, value in provider.items()}


def _phrases(provider: Mapping[str, JsonValue]) -> Iterator[str]:
    rest = dict(provider)
    order, fallbacks = rest.pop("order", None), rest.pop("allow_fallbacks", None)
    if order is not None:
        yield " then ".join(_words(order)) + ("" if fallbacks is False else " first")
    if fallbacks is False:
        yield "no fallbacks"
    for name, value in rest.items():
        if not isinstance(value, str | bool):
            yield f"{_SHORTER.get(name, name)} {','.join(_words(value))}"
        elif (name, value) not in _UNSAID:
            yield _SAID.get((name, value)) or f"{_SHORTER.get(name, name)} {_text(value)}"


def _words(value: JsonValue) -> list[str]:
    return [_text(item) for item in value] if isinstance(value, list | tuple) else [_text(value)]


def _text(value: JsonValue) -> str:
    return value if isinstance(value, str) else json.dumps(value, separators=(",", ":"))
