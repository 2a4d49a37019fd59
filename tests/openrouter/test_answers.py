"""Foreign JSON: what is as told is read, and whatever is not is left out, never a traceback."""

import json
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standin import DATED, FIREWORKS, KIMI, LIMITS, MODELS, NOVITA, PROVIDERS, Row, listing

from confgen.openrouter.answers import (
    Endpoint,
    Model,
    Price,
    Provider,
    Rates,
    read_endpoints,
    read_key_limits,
    read_listing,
    read_models,
    read_providers,
)
from confgen.openrouter.errors import UnreachableError

READERS: dict[str, Callable[[bytes], Any]] = {
    "models": read_models,
    "listing": read_listing,
    "endpoints": read_endpoints,
    "providers": read_providers,
    "key": read_key_limits,
}
every_reader = pytest.mark.parametrize("read", READERS.values(), ids=READERS)


def spelt(value: Any) -> bytes:
    return json.dumps(value).encode()


def read_one(row: Row) -> Endpoint:
    [found] = read_listing(spelt(listing(row))).endpoints
    return found


def test_a_model() -> None:
    assert read_models(spelt({"data": MODELS[:1]})) == (
        Model(
            id=KIMI,
            name="MoonshotAI: Kimi K2.5",
            dated=DATED,
            target=None,
            context=262_144,
            max_output=65_535,
            price=Price(Rates(0.39, 0.1, 1.9), request=0.0, image=0.0),
            tools=True,
            images=True,
            created=1_769_500_000,
            expires=None,
        ),
    )


def test_an_endpoint() -> None:
    assert read_one(FIREWORKS) == Endpoint(
        tag="fireworks",
        provider="Fireworks",
        model=DATED,
        price=Price(Rates(0.6, 0.1, 3.0), request=0.0, image=0.0),
        context=262_100,
        max_output=65_535,
        quantization="int4",
        tier=None,
        parameters=frozenset({"max_tokens", "temperature", "tool_choice", "tools"}),
        uptime=99.8,
        latency=0.812,
        throughput=61.0,
    )


def test_a_provider() -> None:
    [found] = read_providers(spelt({"data": PROVIDERS[:1]}))
    assert found == Provider("fireworks", "Fireworks", "US", ("US",))


def test_the_limits_of_a_key() -> None:
    budget = {"remaining_usd": 3.5, "scope": "workspace"}
    found = read_key_limits(spelt({"data": {**LIMITS, "effective_budget": budget}}))
    assert (found.limit, found.remaining, found.reset) == (20.0, 12.5, "monthly")
    assert (found.budget_remaining, found.budget_scope) == (3.5, "workspace")
    assert (found.free_tier, found.management, found.expires) == (False, False, None)
    assert found.free_requests == 990


FIELDS: dict[str, tuple[Row, str, Any]] = {
    "latency in milliseconds": ({"latency_last_30m": {"p50": 812}}, "latency", 0.812),
    "latency in seconds": ({"latency_last_30m": {"p50": 0.25}}, "latency", 0.25),
    "latency unknown": ({"latency_last_30m": None}, "latency", None),
    "uptime of half an hour": ({"uptime_last_30m": 0}, "uptime", 0.0),
    "uptime of a day": ({"uptime_last_30m": None}, "uptime", 99.1),
    "no tag": ({"tag": None, "provider_name": "Google AI Studio"}, "tag", "google-ai-studio"),
    "no name": ({"provider_name": 7}, "provider", "fireworks"),
    "a tier": ({"service_tier": "flex"}, "tier", "flex"),
    "no context": ({"context_length": "many"}, "context", None),
    "a context below one": ({"context_length": -1}, "context", None),
    "a context as text": ({"context_length": "4096"}, "context", 4096),
    "an endless context": ({"context_length": 1e999}, "context", None),
    "a context that is true": ({"context_length": True}, "context", None),
    "parameters that are none": ({"supported_parameters": {"tools": 1}}, "parameters", frozenset()),
}


@pytest.mark.parametrize(("changed", "name", "value"), FIELDS.values(), ids=FIELDS)
def test_single_fields(changed: Row, name: str, value: Any) -> None:
    assert getattr(read_one({**FIREWORKS, **changed}), name) == value


PRICES: dict[str, tuple[Any, Rates]] = {
    "as text": ({"prompt": "0.0000006", "completion": "0.000003"}, Rates(0.6, None, 3.0)),
    "as numbers": ({"prompt": 6e-7, "completion": 3e-06}, Rates(0.6, None, 3.0)),
    "none that is fixed": ({"prompt": "-1", "completion": "-1"}, Rates()),
    "nothing": ({"prompt": "0", "completion": "0.0"}, Rates(0.0, None, 0.0)),
    "no number": ({"prompt": "NaN", "completion": "cheap"}, Rates()),
    "no object": ("free", Rates()),
}


@pytest.mark.parametrize(("pricing", "rates"), PRICES.values(), ids=PRICES)
def test_prices_are_per_million(pricing: Any, rates: Rates) -> None:
    assert read_one({**FIREWORKS, "pricing": pricing}).price.rates == rates


def test_long_prompts_have_their_own_price() -> None:
    overrides = [
        {"min_prompt_tokens": 128_000, "prompt": "0.0000012"},
        {"min_prompt_tokens": 1, "utc_start": 100, "utc_end": 400, "prompt": "0"},
        {"prompt": "0"},
        "none",
    ]
    price = read_one({**NOVITA, "pricing": {**NOVITA["pricing"], "overrides": overrides}}).price
    assert price.longer == ((128_000, Rates(1.2, None, 2.25)),)


USELESS = {
    "nothing": b"",
    "a page": b"<html>",
    "a list": b"[]",
    "no data": b"{}",
    "data that is text": b'{"data": "x"}',
    "data that is null": b'{"data": null}',
    "deep": b'{"data":' + b"[" * 100_000,
    "long number": b'{"data": ' + b"9" * 5_000 + b"}",
    "no text": b"\xff\xfe\x00",
}


@pytest.mark.parametrize("body", USELESS.values(), ids=USELESS)
@every_reader
def test_what_is_no_answer(read: Callable[[bytes], Any], body: bytes) -> None:
    with pytest.raises(UnreachableError):
        read(body)


def test_rows_that_are_none_are_left_out() -> None:
    rows: list[Any] = [None, 7, "x", [], {}, {"id": ""}, {"id": 5}, {"slug": 5}, {"tag": []}]
    assert read_models(spelt({"data": rows})) == ()
    assert read_providers(spelt({"data": rows})) == ()
    assert read_endpoints(spelt({"data": rows})) == ()


foreign = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=8,
)


@given(st.data())
@every_reader
def test_any_field_may_be_anything(read: Callable[[bytes], Any], data: st.DataObject) -> None:
    rows = {**MODELS[0], **PROVIDERS[0], **FIREWORKS, **LIMITS, "endpoints": [FIREWORKS]}
    changed = data.draw(st.dictionaries(st.sampled_from(sorted(rows)), foreign, max_size=6))
    row = {**rows, **changed}
    with suppress(UnreachableError):
        read(spelt({"data": data.draw(st.sampled_from([row, [row], [row, row]]))}))


@given(st.binary(max_size=64) | foreign.map(spelt))
@every_reader
def test_a_body_may_be_anything(read: Callable[[bytes], Any], body: bytes) -> None:
    with suppress(UnreachableError):
        read(body)
