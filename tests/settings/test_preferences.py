from collections.abc import Mapping
from typing import Any

import pytest

from confgen.errors import SettingsError
from confgen.settings.preferences import FIELDS, QUANTIZATIONS, doubts, parse_preferences

EVERY_FIELD: Mapping[str, Any] = {
    "order": ["fireworks", "deepinfra/turbo"],
    "only": ["fireworks", "deepinfra"],
    "ignore": ["novita"],
    "allow_fallbacks": False,
    "require_parameters": True,
    "data_collection": "deny",
    "zdr": True,
    "enforce_distillable_text": False,
    "quantizations": ["fp8", "bf16"],
    "sort": {"by": "throughput", "partition": "none"},
    "max_price": {"prompt": "0.6", "completion": 3},
    "preferred_min_throughput": {"p50": 40, "p90": 12.5},
    "preferred_max_latency": 8.25,
    "options": {"fireworks": {"a": [1, None, {"b": "c"}]}},
}
VALID: list[tuple[str, Any]] = [
    *((name, ["fireworks"]) for name in ("order", "only", "ignore")),
    ("order", ["Moonshot AI", "google-vertex/us", "nobody-knows-this-one"]),
    *(
        (name, value)
        for name in ("allow_fallbacks", "require_parameters", "zdr", "enforce_distillable_text")
        for value in (True, False)
    ),
    ("data_collection", "allow"),
    ("data_collection", "deny"),
    ("quantizations", list(QUANTIZATIONS)),
    *(("sort", value) for value in ("price", "throughput", "latency", "exacto")),
    ("sort", {"by": "price"}),
    ("sort", {"partition": "model"}),
    ("sort", {"by": None, "partition": "none"}),
    *(
        (name, value)
        for name in ("preferred_min_throughput", "preferred_max_latency")
        for value in (1, 0.5, {"p50": 1}, {"p50": 1, "p75": 2.5, "p90": 3, "p99": 4})
    ),
    ("max_price", {"prompt": 0}),
    ("max_price", {"prompt": "0.0000006", "completion": "3e-1", "request": 1}),
    ("max_price", {"image": 0.5, "audio": "2"}),
    ("options", {}),
    ("options", {"fireworks": {}}),
]


@pytest.mark.parametrize(("name", "value"), VALID, ids=str)
def test_a_valid_field_stays_as_it_is(name: str, value: Any) -> None:
    assert parse_preferences({name: value}, where="here").to_json() == {name: value}


def test_every_field_stays_in_the_users_order() -> None:
    backwards = dict(reversed(list(EVERY_FIELD.items())))
    assert list(parse_preferences(backwards, where="here").to_json().items()) == list(
        backwards.items()
    )
    assert EVERY_FIELD.keys() == FIELDS.keys()


def test_a_null_field_is_one_left_out() -> None:
    nulls = dict.fromkeys(FIELDS)
    assert parse_preferences({**nulls, "zdr": True}, where="here").to_json() == {"zdr": True}


NO_LIST = "is not a list of strings"
NO_CUTOFF = "is no number above zero"
INVALID: list[tuple[str, Any, str, str]] = [
    *(
        row
        for name in ("order", "only", "ignore")
        for row in (
            (name, "fireworks", "is a string, not a list", 'write ["fireworks"]'),
            (name, [], "is an empty list", "leave the field out"),
            (name, [1], NO_LIST, '["fireworks"]'),
            (name, {"a": "b"}, NO_LIST, '["fireworks"]'),
            (name, True, NO_LIST, '["fireworks"]'),
            (name, [""], "holds an empty or padded name", "without spaces"),
            (name, [" fireworks"], "holds an empty or padded name", "without spaces"),
            (name, ["\ud800"], "holds an empty or padded name", "without spaces"),
        )
    ),
    *(
        (name, value, "is not true or false", "write true or false")
        for name in ("allow_fallbacks", "require_parameters", "zdr", "enforce_distillable_text")
        for value in ("true", 1, ["true"])
    ),
    ("data_collection", "denied", "is 'denied'", "did you mean 'deny'?"),
    ("data_collection", False, "is False", "one of: allow, deny"),
    ("data_collection", ["deny"], "is ['deny']", "deny"),
    ("quantizations", ["fp7"], "holds 'fp7'", "did you mean 'fp"),
    ("quantizations", "fp8", "is a string, not a list", 'write ["fp8"]'),
    ("quantizations", ["FP8"], "holds 'FP8'", "did you mean 'fp8'?"),
    ("sort", "bogus", "is 'bogus'", "one of: exacto, latency, price, throughput"),
    ("sort", "thruput", "is 'thruput'", "did you mean 'throughput'?"),
    ("sort", 1, "is not an object", "by, partition"),
    ("sort", {}, "is not an object", "by, partition"),
    ("sort", {"By": "price"}, "has the unknown key 'By'", "did you mean 'by'?"),
    ("sort", {"by": "cheap"}, ".by is 'cheap'", "one of: "),
    ("sort", {"partition": "models"}, ".partition is 'models'", "did you mean 'model'?"),
    *(
        row
        for name, unit in (
            ("preferred_min_throughput", "tokens per second"),
            ("preferred_max_latency", "seconds"),
        )
        for row in (
            (name, "40", "is a string", f"write a number ({unit}) without quotes"),
            (name, 0, NO_CUTOFF, f"give {unit}"),
            (name, -1.5, NO_CUTOFF, f"give {unit}"),
            (name, True, NO_CUTOFF, f"give {unit}"),
            (name, float("inf"), NO_CUTOFF, f"give {unit}"),
            (name, float("nan"), NO_CUTOFF, f"give {unit}"),
            (name, {"p95": 1}, "has the unknown key 'p95'", "did you mean 'p9"),
            (name, {"p50": "1"}, f".p50 {NO_CUTOFF}", f"give {unit}"),
            (name, {"p50": float("inf")}, f".p50 {NO_CUTOFF}", f"give {unit}"),
            (name, {"p50": -1}, f".p50 {NO_CUTOFF}", f"give {unit}"),
            (name, {}, "is not an object", "p50, p75, p90, p99"),
            (name, [1], "is not an object", "p50, p75, p90, p99"),
        )
    ),
    ("max_price", 1, "is not an object", "prompt, completion, request, image, audio"),
    ("max_price", {"prompts": 1}, "has the unknown key 'prompts'", "did you mean 'prompt'?"),
    *(
        ("max_price", {"prompt": price}, f".prompt is {price!r}, not a price", "USD per million")
        for price in (-1, "cheap", "", " 1", "1_0", "nan", float("inf"), True, None, [1])
    ),
    ("options", [], "is not an object of objects", "provider slug"),
    ("options", {"fireworks": 1}, "is not an object of objects", "provider slug"),
    ("options", {"a": {"b": float("nan")}}, "is not an object of objects", "provider slug"),
    ("options", {"a": {"b": "\ud800"}}, "is not an object of objects", "provider slug"),
]


@pytest.mark.parametrize(("name", "value", "message", "hint"), INVALID, ids=str)
def test_an_invalid_field_is_refused(name: str, value: Any, message: str, hint: str) -> None:
    with pytest.raises(SettingsError) as caught:
        parse_preferences({"zdr": True, name: value}, where="file: provider")
    space = "" if message.startswith(".") else " "
    assert caught.value.message == f"provider.{name}{space}{message}"
    assert caught.value.where == f"file: provider.{name}"
    assert hint in str(caught.value.hint)


def test_options_too_deep_for_any_reader_are_refused() -> None:
    deep: Any = "x"
    for _ in range(900):
        deep = [deep]
    with pytest.raises(SettingsError, match="is not an object of objects"):
        parse_preferences({"options": {"fireworks": {"deep": deep}}}, where="here")


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("orders", "did you mean 'order'?"),
        ("Order", "did you mean 'order'?"),
        ("allow_fallback", "did you mean 'allow_fallbacks'?"),
        ("data-collection", "did you mean 'data_collection'?"),
        ("maxPrice", "did you mean 'max_price'?"),
        ("experimental", "one of: allow_fallbacks, "),
    ],
)
def test_an_unknown_field_is_refused(name: str, hint: str) -> None:
    with pytest.raises(SettingsError) as caught:
        parse_preferences({name: ["fireworks"]}, where="here")
    assert caught.value.message == f"OpenRouter's provider object has no field '{name}'"
    assert caught.value.where == f"here.{name}"
    assert str(caught.value.hint).startswith(hint)


@pytest.mark.parametrize("value", [None, [], "fireworks", 1, True], ids=repr)
def test_no_object_is_refused(value: Any) -> None:
    with pytest.raises(SettingsError, match="are not an object") as caught:
        parse_preferences(value, where="here")
    assert caught.value.where == "here"


DOUBTS: dict[str, tuple[dict[str, Any], list[str]]] = {
    "a hard pin": ({"order": ["fireworks"], "allow_fallbacks": False}, []),
    "only": ({"only": ["fireworks/fp8"]}, []),
    "empty": ({}, ["the provider object is empty: OpenRouter may choose any provider"]),
    "a slug that is nearly known": (
        {"only": ["firework"]},
        [
            "provider.only: 'firework' is no provider slug that confgen knows: "
            "did you mean 'fireworks'?"
        ],
    ),
    "a slug that nobody knows": (
        {"ignore": ["qqqqqqqq"]},
        ["provider.ignore: 'qqqqqqqq' is no provider slug that confgen knows"],
    ),
    "order alone": (
        {"order": ["fireworks"]},
        ["provider.order alone is a wish: without --no-fallbacks others may serve too"],
    ),
    "order beside only": ({"order": ["fireworks"], "only": ["fireworks", "together"]}, []),
    "nothing in common": (
        {"order": ["fireworks"], "only": ["together"]},
        ["provider.order and provider.only share no provider: no request can be served"],
    ),
    "shut out": (
        {"only": ["fireworks"], "ignore": ["fireworks"]},
        ["provider.ignore shuts out 'fireworks', which order or only names"],
    ),
}


@pytest.mark.parametrize(("fields", "expected"), DOUBTS.values(), ids=DOUBTS.keys())
def test_doubts(fields: dict[str, Any], expected: list[str]) -> None:
    assert list(doubts(parse_preferences(fields, where="here"))) == expected
