"""OpenRouter's `provider` object: its fields, their types and their enums.

Source: OpenRouter's OpenAPI `ProviderPreferences` (2026-08-22) and the `openrouter` package 1.3.84
on PyPI (2026-10-27), which adds `options`. The object goes to the wire as the user wrote it.
"""

import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from confgen.document.model import JsonValue
from confgen.errors import SettingsError
from confgen.settings.slugs import KNOWN_SLUGS
from confgen.settings.suggest import did_you_mean

QUANTIZATIONS = (
    "int4", "int8", "fp4", "mxfp4", "nvfp4", "fp6", "fp8", "mxfp8", "fp16", "bf16", "fp32",
    "unknown",
)  # fmt: skip
SORTS = ("price", "throughput", "latency", "exacto")
PARTITIONS = ("model", "none")
DATA_COLLECTION = ("allow", "deny")
PRICES = ("prompt", "completion", "request", "image", "audio")
PERCENTILES = ("p50", "p75", "p90", "p99")

_PRICE = re.compile(r"\d+(?:\.\d+)?(?:[eE][+-]?\d+)?", re.ASCII)
_DEEPEST = 64

Fault = tuple[str, str]
"""What is wrong, and what to do about it."""
Check = Callable[[JsonValue], Fault | None]


def _boolean(value: JsonValue) -> Fault | None:
    return None if isinstance(value, bool) else ("is not true or false", "write true or false")


def _is_amount(value: JsonValue) -> bool:
    """A finite number, zero or above."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return is_number and 0 <= float(str(value)) < math.inf


def is_json(value: object) -> bool:
    """Whether JSON has a word for it: no date, no infinity, no half pair, no bottomless nesting."""
    level = [value]
    for _ in range(_DEEPEST):
        if not all(_has_word(node) for node in level):
            return False
        level = [child for node in level for child in _children(node)]
        if not level:
            return True
    return False


def _has_word(node: object) -> bool:
    if isinstance(node, str):
        return not any("\ud800" <= c <= "\udfff" for c in node)
    if isinstance(node, float):
        return math.isfinite(node)
    return node is None or isinstance(node, int | list | tuple | Mapping)


def _children(node: object) -> Iterable[object]:
    if isinstance(node, Mapping):
        return (*node.keys(), *node.values())
    return node if isinstance(node, list | tuple) else ()


def _one_of(*names: str) -> Check:
    def check(value: JsonValue) -> Fault | None:
        if isinstance(value, str) and value in names:
            return None
        return f"is {value!r}", did_you_mean(str(value), names)

    return check


def _strings(value: JsonValue) -> Fault | None:
    if isinstance(value, str):
        return "is a string, not a list", f'write ["{value}"]'
    if not isinstance(value, list | tuple) or not all(isinstance(v, str) for v in value):
        return "is not a list of strings", 'write for example ["fireworks"]'
    if not value:
        return "is an empty list", "name at least one, or leave the field out"
    if any(not v or v != v.strip() or not v.isprintable() for v in value):
        return "holds an empty or padded name", "write each name without spaces around it"
    if any("{env:" in v or "{file:" in v for v in value):
        return "holds a reference that a harness may fill in", "write the names themselves"
    return None


def _quantizations(value: JsonValue) -> Fault | None:
    fault = _strings(value)
    if fault or not isinstance(value, list | tuple):
        return fault
    wrong = [str(v) for v in value if v not in QUANTIZATIONS]
    return (f"holds '{wrong[0]}'", did_you_mean(wrong[0], QUANTIZATIONS)) if wrong else None


def _object(value: JsonValue, names: tuple[str, ...]) -> Fault | None:
    if not isinstance(value, Mapping) or not value:
        return "is not an object", f"give it some of: {', '.join(names)}"
    wrong = [name for name in value if name not in names]
    return (f"has the unknown key '{wrong[0]}'", did_you_mean(wrong[0], names)) if wrong else None


def _sort(value: JsonValue) -> Fault | None:
    if isinstance(value, str):
        return _one_of(*SORTS)(value)
    if fault := _object(value, ("by", "partition")):
        return fault
    assert isinstance(value, Mapping)  # noqa: S101 - narrowed by _object
    for name, names in (("by", SORTS), ("partition", PARTITIONS)):
        if name in value and value[name] is not None and (fault := _one_of(*names)(value[name])):
            return f".{name} {fault[0]}", fault[1]
    return None


def _cutoff(unit: str) -> Check:
    def above_zero(value: JsonValue) -> bool:
        return _is_amount(value) and value != 0

    def check(value: JsonValue) -> Fault | None:
        if isinstance(value, int | float):
            return None if above_zero(value) else ("is no number above zero", f"give {unit}")
        if isinstance(value, str):
            return "is a string", f"write a number ({unit}) without quotes"
        if fault := _object(value, PERCENTILES):
            return fault
        assert isinstance(value, Mapping)  # noqa: S101 - narrowed by _object
        wrong = [name for name, number in value.items() if not above_zero(number)]
        return (f".{wrong[0]} is no number above zero", f"give {unit}") if wrong else None

    return check


def _max_price(value: JsonValue) -> Fault | None:
    if fault := _object(value, PRICES):
        return fault
    assert isinstance(value, Mapping)  # noqa: S101 - narrowed by _object
    for name, price in value.items():
        if not _is_price(price):
            return f".{name} is {price!r}, not a price", "write USD per million tokens, such as 0.6"
    return None


def _is_price(value: JsonValue) -> bool:
    return bool(_PRICE.fullmatch(value)) if isinstance(value, str) else _is_amount(value)


def _options(value: JsonValue) -> Fault | None:
    objects = isinstance(value, Mapping) and all(isinstance(v, Mapping) for v in value.values())
    if objects and is_json(value):
        return None
    return "is not an object of objects", 'write {"<provider slug>": {...}}'


FIELDS: Mapping[str, Check] = MappingProxyType(
    {
        "order": _strings,
        "only": _strings,
        "ignore": _strings,
        "allow_fallbacks": _boolean,
        "require_parameters": _boolean,
        "data_collection": _one_of(*DATA_COLLECTION),
        "zdr": _boolean,
        "enforce_distillable_text": _boolean,
        "quantizations": _quantizations,
        "sort": _sort,
        "max_price": _max_price,
        "preferred_min_throughput": _cutoff("tokens per second"),
        "preferred_max_latency": _cutoff("seconds"),
        "options": _options,
    }
)


@dataclass(frozen=True, slots=True)
class ProviderPreferences:
    """A valid `provider` object; `fields` keeps the user's order and spelling."""

    fields: Mapping[str, JsonValue] = field(default_factory=dict)

    def merged(self, overrides: Mapping[str, JsonValue]) -> "ProviderPreferences":
        return ProviderPreferences({**self.fields, **overrides})

    def to_json(self) -> dict[str, JsonValue]:
        return dict(self.fields)


def parse_preferences(value: JsonValue, *, where: str) -> ProviderPreferences:
    """Check a foreign `provider` object. A null field is the same as one left out.

    Raises SettingsError that names the field, what is wrong with it and the nearest right form.
    """
    if not isinstance(value, Mapping):
        raise SettingsError(
            "the provider preferences are not an object",
            where=where,
            hint='write for example {"order": ["fireworks"], "allow_fallbacks": false}',
        )
    for name, content in value.items():
        if name not in FIELDS:
            raise SettingsError(
                f"OpenRouter's provider object has no field '{name}'",
                where=f"{where}.{name}",
                hint=did_you_mean(name, FIELDS),
            )
        if content is not None and (fault := FIELDS[name](content)):
            raise SettingsError(
                f"provider.{name}{'' if fault[0].startswith('.') else ' '}{fault[0]}",
                where=f"{where}.{name}",
                hint=fault[1],
            )
    return ProviderPreferences({k: v for k, v in value.items() if v is not None})


def doubts(preferences: ProviderPreferences) -> Iterator[str]:
    """What is valid and yet unlikely to be meant, a sentence each."""
    fields = preferences.fields
    if not fields:
        yield "the provider object is empty: OpenRouter may choose any provider"
    named = {name: _names(fields.get(name)) for name in ("order", "only", "ignore")}
    for name, slugs in named.items():
        for slug in slugs:
            if slug.split("/")[0].lower() not in KNOWN_SLUGS:
                hint = did_you_mean(slug.split("/")[0], KNOWN_SLUGS)
                close = f": {hint}" if hint.startswith("did") else ""
                yield f"provider.{name}: '{slug}' is no provider slug that confgen knows{close}"
    if named["order"] and named["only"] and not set(named["order"]) & set(named["only"]):
        yield "provider.order and provider.only share no provider: no request can be served"
    if shut := set(named["order"] + named["only"]) & set(named["ignore"]):
        yield f"provider.ignore shuts out '{min(shut)}', which order or only names"
    if named["order"] and not named["only"] and fields.get("allow_fallbacks") is not False:
        yield "provider.order alone is a wish: without --no-fallbacks others may serve too"


def _names(value: JsonValue) -> tuple[str, ...]:
    return tuple(str(v) for v in value) if isinstance(value, list | tuple) else ()
