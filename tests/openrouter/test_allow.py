"""Whom a provider object lets serve, and why not the others."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standin import (
    CHUTES,
    DATED,
    FIREWORKS,
    KIMI,
    MOONSHOT,
    NOVITA,
    PRIORITY,
    Row,
    endpoint,
    listing,
    pricing,
)

from confgen.openrouter.allow import Allowing, identity
from confgen.openrouter.answers import Endpoint, read_listing
from confgen.openrouter.slugs import (
    admitted_tier,
    is_preset,
    listed_slug,
    names_endpoint,
    plain,
)

TURBO = endpoint("deepinfra/turbo", "DeepInfra", pricing(0.3, 1.5), service_tier="priority")
DEEPINFRA = endpoint("deepinfra/fp4", "DeepInfra", pricing(0.2, 1.0), quantization=None)
EVERYBODY = (FIREWORKS, PRIORITY, MOONSHOT, NOVITA, CHUTES, DEEPINFRA)
BARE = {"fireworks", "moonshotai/int4", "novita/fp8", "chutes/int4", "deepinfra/fp4"}
"""All but the service tier."""


def served(*rows: Row) -> tuple[Endpoint, ...]:
    return read_listing(json.dumps(listing(*rows)).encode()).endpoints


def judged(provider: dict[str, Any], model: str = KIMI, **known: Any) -> dict[str, set[str]]:
    """The tags of each answer that was given."""
    found: dict[str, set[str]] = {}
    for verdict in Allowing(provider, model, **known).judge(served(*EVERYBODY)):
        found.setdefault(verdict.allowed, set()).add(verdict.endpoint.tag)
    return found


PINS: dict[str, tuple[dict[str, Any], set[str], set[str]]] = {
    "nothing": ({}, BARE, set()),
    "only": ({"only": ["fireworks"]}, {"fireworks"}, set()),
    "only by its display name": ({"only": ["Moonshot AI"]}, {"moonshotai/int4"}, set()),
    "only, whatever the case": ({"only": ["FireWorks"]}, {"fireworks"}, set()),
    "only by the tag": ({"only": ["novita/fp8"]}, {"novita/fp8"}, set()),
    "only by a tag that is none": ({"only": ["novita/fp4"]}, set(), set()),
    "only of a tier": ({"only": ["fireworks/priority"]}, {"fireworks/priority"}, set()),
    "only of a tier by its other name": (
        {"only": ["fireworks/fast"]},
        {"fireworks/priority"},
        set(),
    ),
    "a provider and its tier": (
        {"only": ["fireworks", "fireworks/priority"]},
        {"fireworks", "fireworks/priority"},
        set(),
    ),
    "order": ({"order": ["novita", "chutes"]}, {"novita/fp8", "chutes/int4"},
              {"fireworks", "moonshotai/int4", "deepinfra/fp4"}),
    "order without fallbacks": (
        {"order": ["novita", "chutes"], "allow_fallbacks": False},
        {"novita/fp8", "chutes/int4"},
        set(),
    ),
    "order of a tier": (
        {"order": ["fireworks/priority"]}, {"fireworks/priority"}, BARE,
    ),
    "order within only": (
        {"order": ["novita"], "only": ["novita", "chutes"]},
        {"novita/fp8"},
        {"chutes/int4"},
    ),
    "order beside only, without fallbacks": (
        {"order": ["novita"], "only": ["chutes"], "allow_fallbacks": False},
        set(),
        set(),
    ),
    "no fallbacks alone": ({"allow_fallbacks": False}, BARE, set()),
    "ignore": ({"ignore": ["chutes", "deepinfra"]}, BARE - {"chutes/int4", "deepinfra/fp4"}, set()),
    "ignore what only names": ({"only": ["novita"], "ignore": ["novita"]}, set(), set()),
    "quantizations": (
        {"quantizations": ["int4"]},
        {"fireworks", "moonshotai/int4", "chutes/int4"},
        set(),
    ),
    "a quantization that is unknown": ({"quantizations": ["unknown"]}, {"deepinfra/fp4"}, set()),
    "a price": ({"max_price": {"prompt": 0.45}}, {"novita/fp8", "chutes/int4", "deepinfra/fp4"},
                set()),
    "a price as text": ({"max_price": {"completion": "1.9"}}, {"chutes/int4", "deepinfra/fp4"},
                        set()),
    "tools": ({"require_parameters": True}, BARE - {"chutes/int4"}, set()),
    "tools where they are not required": ({"require_parameters": False}, BARE, set()),
    "what decides nothing": ({"sort": "price", "data_collection": "allow", "zdr": False}, BARE,
                             set()),
}  # fmt: skip


@pytest.mark.parametrize(("provider", "first", "later"), PINS.values(), ids=PINS)
def test_who_may_serve(provider: dict[str, Any], first: set[str], later: set[str]) -> None:
    found = judged(provider)
    assert found.get("yes", set()) == first
    assert found.get("fallback", set()) == later
    assert "unknown" not in found


@pytest.mark.parametrize(
    ("model", "provider", "admitted"),
    [
        (KIMI, {}, False),
        (f"{KIMI}:nitro", {}, True),
        (f"{KIMI}:nitro", {"order": ["novita"]}, False),
        (f"{KIMI}:floor", {}, False),
        (f"{KIMI}:nitro", {"only": ["novita"]}, False),
    ],
)
def test_a_suffix_lets_a_tier_in(model: str, provider: dict[str, Any], admitted: bool) -> None:
    assert ("fireworks/priority" in judged(provider, model).get("yes", set())) is admitted


ZDR = {(DATED, "fireworks"), ("other/model-0101", "novita/fp8")}


@pytest.mark.parametrize(
    ("provider", "known", "answer"),
    [
        ({"zdr": True}, ZDR, {"yes": {"fireworks"}}),
        ({"zdr": True}, None, {"unknown": BARE}),
        ({"data_collection": "deny"}, ZDR, {"unknown": BARE}),
        ({"enforce_distillable_text": True}, ZDR, {"unknown": BARE}),
        ({"zdr": True, "only": ["novita"]}, None, {"unknown": {"novita/fp8"}}),
    ],
    ids=["listed", "no list", "data collection", "distillable", "narrowed"],
)
def test_what_the_api_does_not_tell(
    provider: dict[str, Any], known: set[tuple[str, str]] | None, answer: dict[str, set[str]]
) -> None:
    found = judged(provider, retains_nothing=known)
    found.pop("no", None)
    assert found == answer


def test_a_model_without_its_dated_name_may_be_in_the_list() -> None:
    [row] = served({**FIREWORKS, "model_id": None})
    [verdict] = Allowing({"zdr": True}, KIMI, ZDR).judge([row])
    assert verdict.allowed == "unknown"


@pytest.mark.parametrize(
    ("slug", "allowed"), [("deepinfra", "unknown"), ("deepinfra/turbo", "yes"), ("novita", "no")]
)
def test_a_tier_under_a_tag_of_its_own(slug: str, allowed: str) -> None:
    [verdict] = Allowing({"only": [slug]}, KIMI).judge(served(TURBO))
    assert verdict.allowed == allowed


def test_a_price_that_is_not_told_is_not_above_another() -> None:
    [row] = served({**FIREWORKS, "pricing": {}})
    [verdict] = Allowing({"max_price": {"prompt": 1}}, KIMI).judge([row])
    assert verdict.allowed == "unknown"


REASONS: dict[str, tuple[dict[str, Any], Row, tuple[str, ...]]] = {
    "only": ({"only": ["novita"]}, FIREWORKS, ("provider.only",)),
    "order": (
        {"order": ["novita"], "allow_fallbacks": False},
        FIREWORKS,
        ("provider.order", "fallbacks are off"),
    ),
    "ignore": ({"ignore": ["fireworks"]}, FIREWORKS, ("provider.ignore",)),
    "tier": ({"only": ["fireworks"]}, PRIORITY, ("its own tag",)),
    "quantization": ({"quantizations": ["fp8"]}, FIREWORKS, ("int4", "provider.quantizations")),
    "price": (
        {"max_price": {"prompt": 0.1, "completion": 0.1}},
        FIREWORKS,
        ("input", "output", "provider.max_price.prompt"),
    ),
    "tools": ({"require_parameters": True}, CHUTES, ("takes no tools",)),
    "zdr": ({"zdr": True}, NOVITA, ("provider.zdr",)),
}


@pytest.mark.parametrize(("provider", "row", "words"), REASONS.values(), ids=REASONS)
def test_every_exclusion_has_its_reason(
    provider: dict[str, Any], row: Row, words: tuple[str, ...]
) -> None:
    [verdict] = Allowing(provider, KIMI, ZDR).judge(served(row))
    assert verdict.allowed == "no"
    assert [word for word in words if word not in "; ".join(verdict.reasons)] == []


slugs = st.sampled_from(
    ["fireworks", "Fireworks", "novita", "novita/fp8", "Moonshot AI", "chutes/int4", "nobody"]
)
pins = st.fixed_dictionaries(
    {},
    optional={
        "order": st.lists(slugs, min_size=1, max_size=3),
        "only": st.lists(slugs, min_size=1, max_size=3),
        "ignore": st.lists(slugs, min_size=1, max_size=3),
        "allow_fallbacks": st.booleans(),
        "quantizations": st.lists(st.sampled_from(["int4", "fp8"]), min_size=1),
        "require_parameters": st.booleans(),
        "max_price": st.fixed_dictionaries({"prompt": st.floats(0, 2)}),
    },
)


@given(pins, pins)
def test_more_preferences_never_allow_more(pin: dict[str, Any], more: dict[str, Any]) -> None:
    """But for a slug that opts in to a service tier, of which there is none here."""
    rows = served(*(row for row in EVERYBODY if row is not PRIORITY))
    for before, after in zip(
        Allowing(pin, KIMI).judge(rows), Allowing({**more, **pin}, KIMI).judge(rows), strict=True
    ):
        if before.allowed == "no":
            assert after.allowed == "no"
        assert bool(after.reasons) == (after.allowed in ("no", "unknown"))


def test_an_endpoint_is_told_from_that_of_another_model() -> None:
    ours, other = served(NOVITA, {**NOVITA, "model_id": "other/model-0101"})
    assert identity(ours) != identity(other)


NAMES = {
    "base": ("deepinfra", "deepinfra/turbo", True),
    "region": ("google-vertex", "google-vertex/us-east5", True),
    "another region": ("google-vertex/global", "google-vertex/us-east5", False),
    "whole tag": ("google-vertex/US-east5", "google-vertex/us-east5", True),
    "tier": ("openai", "openai/flex", False),
    "tier by its tag": ("openai/flex", "openai/flex", True),
    "tier by its alias": ("openai/priority", "openai/fast", True),
    "another provider": ("open", "openai", False),
    "marks": ("Moonshot-AI", "moonshotai", True),
}


@pytest.mark.parametrize(("slug", "tag", "means"), NAMES.values(), ids=NAMES)
def test_what_a_slug_means(slug: str, tag: str, means: bool) -> None:
    assert names_endpoint(slug, tag=tag, provider="Somebody") is means


def test_display_names_are_compared_without_their_marks() -> None:
    assert plain("Moonshot AI") == plain("moonshotai") == "moonshotai"
    assert names_endpoint("Google Vertex", tag="vertex/eu", provider="Google Vertex")


MODEL_SLUGS = {
    "plain": ("a/b", "a/b", None),
    "nitro": ("a/b:nitro", "a/b", "priority"),
    "floor": ("a/b:floor", "a/b", "flex"),
    "exacto": ("a/b:exacto", "a/b", None),
    "free is a model": ("a/b:free", "a/b:free", None),
    "free and nitro": ("a/b:free:nitro", "a/b:free", "priority"),
    "preset beside it": ("a/b:nitro@preset/x", "a/b", "priority"),
    "alias": ("~a/b-latest", "~a/b-latest", None),
}


@pytest.mark.parametrize(("model", "listed", "tier"), MODEL_SLUGS.values(), ids=MODEL_SLUGS)
def test_how_a_model_is_listed(model: str, listed: str, tier: str | None) -> None:
    assert (listed_slug(model), admitted_tier(model)) == (listed, tier)


def test_a_preset() -> None:
    assert is_preset("@preset/cheap")
    assert not is_preset("a/b@preset/cheap")
