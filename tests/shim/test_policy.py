import tomllib

import pytest

from confgen.settings import Settings
from confgen.settings.files import parse_settings
from confgen.shim.policy import Pin, Policy, Rule, make_policy
from confgen.shim.refusal import Refusal

PROFILE = """
    profile = "kimi"
    [profiles.kimi]
    model = "moonshotai/kimi-k2.5"
    small_model = "moonshotai/kimi-mini"
    provider.only = ["fireworks"]
    unknown_models = "{unknown}"
    [profiles.kimi.models."*haiku*"]
    model = "qwen/qwen3-8b"
    provider.only = ["together"]
    [profiles.kimi.models."claude-*"]
    provider.only = ["baseten"]
    [profiles.kimi.models."GPT-?.[1-9]"]
    model = "openai/gpt"
    [profiles.kimi.models."*-mini"]
    provider.only = ["deepinfra"]
"""
FIREWORKS = {"only": ["fireworks"]}
KIMI = Pin("moonshotai/kimi-k2.5", FIREWORKS)


def policy(unknown: str = "pin") -> Policy:
    document = tomllib.loads(PROFILE.format(unknown=unknown))
    settings = Settings((parse_settings(document, label="f"),))
    return make_policy(settings.profile_for("droid"), "enforce")


KNOWN = {
    "the model": ("moonshotai/kimi-k2.5", KIMI),
    "the small model, by its rule": (
        "moonshotai/kimi-mini",
        Pin("moonshotai/kimi-mini", {"only": ["deepinfra"]}),
    ),
    "the first rule of two": ("claude-haiku-4", Pin("qwen/qwen3-8b", {"only": ["together"]})),
    "whatever the case": ("Claude-HAIKU-4", Pin("qwen/qwen3-8b", {"only": ["together"]})),
    "a rule without a model": ("claude-opus-5", Pin("claude-opus-5", {"only": ["baseten"]})),
    "a rule without a provider": ("gpt-5.[1-9]", Pin("openai/gpt", FIREWORKS)),
}


@pytest.mark.parametrize("unknown", ["pin", "pass", "refuse"])
@pytest.mark.parametrize(("model", "pin"), KNOWN.values(), ids=KNOWN)
def test_a_known_model(model: str, pin: Pin, unknown: str) -> None:
    assert policy(unknown).pin_for(model) == pin


UNKNOWN = {
    "another model": "z-ai/glm-5",
    "a bracket is no wildcard": "gpt-5.2",
    "a suffix is another model": "moonshotai/kimi-k2.5:nitro",
    "a pattern covers the whole name": "my-claude-opus",
}


@pytest.mark.parametrize("model", UNKNOWN.values(), ids=UNKNOWN)
def test_an_unknown_model(model: str) -> None:
    assert policy("pin").pin_for(model) == KIMI
    assert policy("pass").pin_for(model) == Pin(model, FIREWORKS)
    with pytest.raises(Refusal) as caught:
        policy("refuse").pin_for(model)
    assert caught.value.status == 422
    assert f"profile 'kimi' has no rule for the model {model!r}" in caught.value.message


@pytest.mark.parametrize("model", [None, ""], ids=repr)
def test_no_model_at_all(model: str | None) -> None:
    assert policy("pin").pin_for(model) == KIMI
    for unknown in ("pass", "refuse"):
        with pytest.raises(Refusal, match="names no model, and profile 'kimi'") as caught:
            policy(unknown).pin_for(model)
        assert caught.value.status == 422


def test_a_refusal_cuts_and_quotes_a_name() -> None:
    with pytest.raises(Refusal) as caught:
        policy("refuse").pin_for("line\n" + "x" * 5000)
    assert "'line\\nxxx" in caught.value.message
    assert len(caught.value.message) < 300


def test_a_pattern_with_many_stars_is_still_fast() -> None:
    """A pattern that is matched by trying every split would never end here."""
    pin = Pin("a/b", {})
    rule = Rule(f"{'*a' * 20}*b", "a/c", {})
    rules = Policy("x", "enforce", pin, pin, rules=(rule,))
    assert rules.pin_for("a" * 5000) == pin
    assert rules.pin_for("a" * 5000 + "b") == Pin("a/c", {})


def test_the_rest_of_the_profile() -> None:
    text = """
        profile = "x"
        [profiles.x]
        model = "a/b"
        drop_parameters = ["temperature", "top_p"]
        session_id = true
        drop_null_reasoning = true
    """
    profile = Settings((parse_settings(tomllib.loads(text), label="f"),)).profile_for("droid")
    made = make_policy(profile, "strict")
    assert (made.profile, made.mode, made.unknown) == ("x", "strict", "pin")
    assert made.main == made.small == Pin("a/b", {})
    assert made.drop_parameters == {"temperature", "top_p"}
    assert (made.session_id, made.drop_null_reasoning) == (True, True)
