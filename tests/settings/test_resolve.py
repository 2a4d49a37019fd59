import json
import tomllib
from typing import Any

import pytest

from confgen.errors import SettingsError
from confgen.settings import Overrides, Profile, Settings
from confgen.settings.files import parse_settings

BUILT_IN_PIN = {"order": ["fireworks"], "allow_fallbacks": False}


def settings(*, project: str = "", user: str = "", overrides: Overrides | None = None) -> Settings:
    files = tuple(
        parse_settings(tomllib.loads(text), label=label)
        for label, text in (("project", project), ("user", user))
        if text
    )
    return Settings(files, overrides or Overrides())


def resolve(harness: str = "droid", **layers: Any) -> Profile:
    return settings(**layers).profile_for(harness)


def test_the_built_in_profile() -> None:
    profile = resolve()
    assert (profile.name, profile.model) == ("kimi-k2.5", "moonshotai/kimi-k2.5")
    assert profile.small_model == profile.model
    assert profile.models == (profile.model,)
    assert (profile.context_tokens, profile.output_tokens, profile.images) == (262144, 32768, True)
    assert profile.provider.to_json() == BUILT_IN_PIN
    assert profile.upstream == "https://openrouter.ai/api"
    assert profile.api_key_env == "OPENROUTER_API_KEY"
    assert set(profile.sources.values()) == {"built-in"}


LAYERS: dict[str, tuple[dict[str, Any], str, Any, str]] = {
    "built-in": ({}, "output_tokens", 32768, "built-in"),
    "user over built-in": (
        {"user": "[profiles.'kimi-k2.5']\noutput_tokens = 1"},
        "output_tokens",
        1,
        "user",
    ),
    "project over user": (
        {
            "project": "[profiles.'kimi-k2.5']\noutput_tokens = 2",
            "user": "[profiles.'kimi-k2.5']\noutput_tokens = 1",
        },
        "output_tokens",
        2,
        "project",
    ),
    "flag over project": (
        {
            "project": "[profiles.'kimi-k2.5']\noutput_tokens = 2",
            "overrides": Overrides(fields={"output_tokens": 3}),
        },
        "output_tokens",
        3,
        "flag",
    ),
    "a layer that is silent": (
        {"project": "[profiles.'kimi-k2.5']\nimages = false"},
        "model",
        "moonshotai/kimi-k2.5",
        "built-in",
    ),
    "a flag of no": (
        {"overrides": Overrides(fields={"images": False})},
        "images",
        False,
        "flag",
    ),
    "the user's upstream": (
        {"user": "upstream = 'https://gateway.example'"},
        "upstream",
        "https://gateway.example",
        "user",
    ),
    "a profile's own upstream": (
        {
            "user": "upstream = 'https://gateway.example'\n"
            "[profiles.'kimi-k2.5']\nupstream = 'https://other.example'"
        },
        "upstream",
        "https://other.example",
        "user",
    ),
    "the name of the key": ({"user": "api_key_env = 'MY_KEY'"}, "api_key_env", "MY_KEY", "user"),
    "the small model": (
        {"overrides": Overrides(fields={"small_model": "a/b"})},
        "small_model",
        "a/b",
        "flag",
    ),
}


@pytest.mark.parametrize(("layers", "field", "value", "source"), LAYERS.values(), ids=LAYERS)
def test_the_strongest_layer_wins_and_is_named(
    layers: dict[str, Any], field: str, value: Any, source: str
) -> None:
    profile = resolve(**layers)
    assert getattr(profile, field) == value
    assert profile.sources[field] == source


def test_a_new_profile_inherits_nothing_of_the_built_in_one() -> None:
    profile = resolve(user="profile = 'x'\n[profiles.x]\nmodel = 'a/b'")
    assert (profile.context_tokens, profile.output_tokens, profile.images) == (None, None, False)
    assert profile.provider.to_json() == {}


OWN_PIN = "[profiles.'kimi-k2.5'.provider]\nonly = ['together']\nzdr = true"
PINS: dict[str, tuple[dict[str, Any], dict[str, Any], dict[str, str]]] = {
    "built-in": (
        {},
        BUILT_IN_PIN,
        {"order": "built-in", "allow_fallbacks": "built-in"},
    ),
    "a file replaces the whole object": (
        {"user": OWN_PIN},
        {"only": ["together"], "zdr": True},
        {"only": "user", "zdr": "user"},
    ),
    "an empty object replaces it too": (
        {"project": "[profiles.'kimi-k2.5'.provider]", "user": OWN_PIN},
        {},
        {},
    ),
    "single options go over the file's": (
        {"user": OWN_PIN, "overrides": Overrides(provider={"zdr": False, "sort": "price"})},
        {"only": ["together"], "zdr": False, "sort": "price"},
        {"only": "user", "zdr": "flag", "sort": "flag"},
    ),
    "--provider replaces the file's": (
        {"user": OWN_PIN, "overrides": Overrides(whole_provider={"ignore": ["novita"]})},
        {"ignore": ["novita"]},
        {"ignore": "flag"},
    ),
    "--provider {}": ({"overrides": Overrides(whole_provider={})}, {}, {}),
    "single options go over --provider": (
        {
            "overrides": Overrides(
                whole_provider={"order": ["a"], "allow_fallbacks": True},
                provider={"allow_fallbacks": False},
            )
        },
        {"order": ["a"], "allow_fallbacks": False},
        {"order": "flag", "allow_fallbacks": "flag"},
    ),
    "nulls are left out": (
        {"overrides": Overrides(whole_provider={"order": None, "zdr": True})},
        {"zdr": True},
        {"zdr": "flag"},
    ),
}


@pytest.mark.parametrize(("layers", "pin", "sources"), PINS.values(), ids=PINS)
def test_the_pin(layers: dict[str, Any], pin: dict[str, Any], sources: dict[str, str]) -> None:
    profile = resolve(**layers)
    assert profile.provider.to_json() == pin
    found = {k: v for k, v in profile.sources.items() if k.startswith("provider.")}
    assert found == {f"provider.{field}": source for field, source in sources.items()}


TWO = "[profiles.x]\nmodel = 'a/x'\n[profiles.y]\nmodel = 'a/y'\n"
CHOICES: dict[str, tuple[dict[str, Any], str]] = {
    "none": ({"user": TWO}, "kimi-k2.5"),
    "the file's": ({"user": f"profile = 'x'\n{TWO}"}, "x"),
    "the project's over the user's": (
        {"project": "profile = 'y'", "user": f"profile = 'x'\n{TWO}"},
        "y",
    ),
    "the harness's over the file's": (
        {"user": f"profile = 'x'\n{TWO}[harness.droid]\nprofile = 'y'"},
        "y",
    ),
    "another harness's": (
        {"user": f"profile = 'x'\n{TWO}[harness.opencode]\nprofile = 'y'"},
        "x",
    ),
    "the flag over all": (
        {
            "user": f"{TWO}[harness.droid]\nprofile = 'y'",
            "overrides": Overrides(profile="x"),
        },
        "x",
    ),
}


@pytest.mark.parametrize(("layers", "name"), CHOICES.values(), ids=CHOICES)
def test_which_profile(layers: dict[str, Any], name: str) -> None:
    assert resolve(**layers).name == name


UNKNOWN: dict[str, tuple[dict[str, Any], str]] = {
    "flag": ({"overrides": Overrides(profile="kimi")}, "--profile"),
    "harness": ({"user": "[harness.droid]\nprofile = 'kimi'"}, "harness.droid.profile"),
    "file": ({"project": "profile = 'kimi'"}, "project: profile"),
}


@pytest.mark.parametrize(("layers", "where"), UNKNOWN.values(), ids=UNKNOWN)
def test_a_profile_that_nobody_wrote(layers: dict[str, Any], where: str) -> None:
    with pytest.raises(SettingsError, match="no profile 'kimi'") as caught:
        resolve(**layers)
    assert caught.value.where == where
    assert caught.value.hint == "did you mean 'kimi-k2.5'?"


def test_a_profile_without_a_model() -> None:
    with pytest.raises(SettingsError, match="profile 'x' names no model") as caught:
        resolve(user="profile = 'x'\n[profiles.x]\nimages = true")
    assert caught.value.where == "user: profiles.x"
    assert "model =" in str(caught.value.hint)


def test_an_invalid_provider_object_of_the_call() -> None:
    with pytest.raises(SettingsError) as caught:
        resolve(overrides=Overrides(whole_provider={"orders": ["a"]}))
    assert caught.value.where == "--provider.orders"


def test_the_harness_table_is_the_strongest_of_each_value() -> None:
    both = settings(
        project="[harness.droid]\nroute = 'native'",
        user="[harness.droid]\nroute = 'shim'\nprofile = 'x'\na = 1\n[harness.opencode]\nb = 2",
    )
    table = both.harness_table("droid")
    assert (table.route, table.profile, table.values) == ("native", "x", {"a": 1})


@pytest.mark.parametrize(
    ("overrides", "expected"),
    [(Overrides(), "native"), (Overrides(route="shim"), "shim"), (Overrides(route="auto"), "auto")],
    ids=["file", "flag", "auto"],
)
def test_the_route(overrides: Overrides, expected: str) -> None:
    text = "[harness.droid]\nroute = 'native'"
    assert settings(user=text, overrides=overrides).route_for("droid") == expected
    assert Settings(()).route_for("droid") == "auto"


def test_options_are_laid_over_those_of_a_former_call() -> None:
    former = Overrides(
        "a", "shim", {"model": "a/b", "images": True}, {"zdr": True}, {"only": ["x"]}
    )
    given = Overrides(None, "native", {"model": "c/d"}, {"sort": "price"})
    assert given.over(former) == Overrides(
        "a",
        "native",
        {"model": "c/d", "images": True},
        {"zdr": True, "sort": "price"},
        {"only": ["x"]},
    )


def test_options_come_back_from_what_is_kept_of_them() -> None:
    options = Overrides(None, None, {"model": "a/b"}, {"zdr": False}, {"only": ["x"]})
    assert Overrides.from_json(json.loads(json.dumps(options.to_json()))) == options
    assert Overrides.from_json(Overrides().to_json()) == Overrides()
