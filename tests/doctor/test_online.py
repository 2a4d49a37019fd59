"""What OpenRouter says: for each check what makes it speak, and what does not."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from conftest import Confgen, listing
from examined import Scene, levels
from standin import (
    CHUTES,
    FIREWORKS,
    KEY,
    KIMI,
    LIMITS,
    MODELS,
    MOONSHOT,
    NOVITA,
    PRIORITY,
    SERVING,
    STALLED,
    Reply,
    Row,
    Standin,
    error,
    model,
    pricing,
    told,
)

from confgen.doctor.diagnose import diagnose
from confgen.doctor.online import judge_key
from confgen.doctor.snapshot import Snapshot
from confgen.doctor.table import ONLINE
from confgen.finding import Finding
from confgen.openrouter import catalogue as catalogue_module
from confgen.openrouter import client as client_module
from confgen.openrouter.answers import KeyLimits

IDS = [check.id for check in ONLINE]
EXACT = {**FIREWORKS, "context_length": 262_144}
WITHOUT_FIREWORKS = (MOONSHOT, NOVITA, CHUTES, PRIORITY)

Look = Callable[..., list[Finding]]


@pytest.fixture
def look(scene: Scene, openrouter: Standin) -> Look:
    """What a check finds with `settings`, of those alone that are not the upstream."""
    openrouter.serves(EXACT, *SERVING[1:])

    def look(check: str, settings: str = "", **env: str) -> list[Finding]:
        scene.settings(f'upstream = "{openrouter.root}"\n{settings}')
        return scene.look(f"openrouter.{check}", **{"OPENROUTER_API_KEY": KEY, **env})

    return look


def pin(provider: str, more: str = "") -> str:
    """A profile with this provider object, for the built-in model unless `more` says otherwise."""
    base = "" if "model =" in more else f'model = "{KIMI}"\n'
    return f'profile = "p"\n[profiles.p]\n{base}{more}\n[profiles.p.provider]\n{provider}\n'


ONLY_FIREWORKS = 'only = ["fireworks"]'


def test_a_machine_on_which_all_is_well(look: Look, scene: Scene) -> None:
    for name in IDS:
        assert levels(look(name.partition(".")[2])) == ["ok"], name
    assert not (scene.state / "catalog").exists()


def diagnosed(
    scene: Scene, openrouter: Standin, *, offline: bool = False, **env: str
) -> dict[str, Finding]:
    """What the whole doctor finds, by check; the last of each."""
    scene.settings(f'upstream = "{openrouter.root}"')
    seen = scene.snapshot(**{"OPENROUTER_API_KEY": KEY, **env})
    asked = Snapshot(seen.machine, seen.project, seen.overrides, stay_offline=offline)
    return {finding.check: finding for finding in diagnose(asked)}


def test_only_these_gets_and_each_once(scene: Scene, openrouter: Standin) -> None:
    found = diagnosed(scene, openrouter)
    assert found.keys() >= set(IDS)
    assert sorted(openrouter.paths()) == [
        "/v1/key", "/v1/models", f"/v1/models/{KIMI}/endpoints", "/v1/models/user", "/v1/providers",
    ]  # fmt: skip
    assert not any(KEY in f"{finding}" for finding in found.values())


def test_for_several_checks_one_time_out(
    scene: Scene, openrouter: Standin, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (client_module, catalogue_module):
        monkeypatch.setattr(module, "LIMIT", 0.3)
    for path in list(openrouter.replies):
        openrouter.replies[path] = told({})._replace(wait=STALLED)
    found = diagnosed(scene, openrouter)
    assert found["openrouter.reachable"].level == "warning"
    assert "no answer" in found["openrouter.reachable"].message
    others = [found[name].level for name in IDS if name != "openrouter.reachable"]
    assert set(others) == {"skipped"}


@pytest.mark.parametrize(
    ("offline", "env", "words"),
    [
        (True, {}, "nothing is sent (--offline)"),
        (False, {"OPENROUTER_API_KEY": ""}, "OPENROUTER_API_KEY is not set"),
    ],
    ids=["by wish", "without a key"],
)
def test_where_nothing_may_be_sent(
    scene: Scene, openrouter: Standin, offline: bool, env: dict[str, str], words: str
) -> None:
    found = diagnosed(scene, openrouter, offline=offline, **env)
    assert {found[name].level for name in IDS} == {"skipped"}
    assert all(words in found[name].message for name in IDS)
    assert openrouter.asked == []


AWAY: dict[str, tuple[Reply, str]] = {
    "an error": (error(503, "Overloaded"), "answered 503: Overloaded"),
    "a page": (Reply(b"<html>"), "is not JSON"),
    "nothing of that name": (error(404, "Not found"), "is it OpenRouter's API?"),
    "elsewhere": (Reply(b"", 302, (("Location", "https://x.test/"),)), "sends elsewhere"),
    "too many": (error(429, "Slow down"), "answered 429"),
    "cut": (told({"data": ["x" * 9_000]})._replace(cut=100), "broke off"),
    "another shape": (told({"data": 5}), "holds no list"),
}


@pytest.mark.parametrize(("reply", "words"), AWAY.values(), ids=AWAY)
def test_an_upstream_that_is_away(
    look: Look, openrouter: Standin, reply: Reply, words: str
) -> None:
    openrouter.replies["/v1/models"] = reply
    [found] = look("reachable")
    level = "error" if reply.status == 404 else "warning"
    assert (found.level, found.where) == (level, openrouter.root)
    assert words in found.message
    assert found.hint


@pytest.mark.parametrize("status", [401, 403])
def test_an_upstream_that_refuses_the_key_is_there(
    look: Look, openrouter: Standin, status: int
) -> None:
    openrouter.replies["/v1/models"] = error(status, "No")
    assert levels(look("reachable")) == ["ok"]


@pytest.mark.parametrize("check", [name.partition(".")[2] for name in IDS if "reach" not in name])
def test_what_cannot_be_looked_at_is_skipped(look: Look, openrouter: Standin, check: str) -> None:
    for path in list(openrouter.replies):
        openrouter.replies[path] = error(500, "Internal")
    [found] = look(check)
    assert found.level == "skipped"
    assert "cannot be looked at: the upstream answered 500" in found.message


KEYS: dict[str, tuple[Row, list[str], str]] = {
    "well": ({}, ["ok"], "$12.50 of $20.00 (monthly) is left"),
    "without a limit": ({"limit": None, "limit_remaining": None}, ["ok"], "no limit of its own"),
    "spent": ({"limit_remaining": 0}, ["error"], "nothing of $20.00 (monthly) is left"),
    "overdrawn": ({"limit_remaining": -0.5, "limit_reset": None}, ["error"], "of $20.00 is left"),
    "almost spent": ({"limit_remaining": 0.4}, ["warning"], "$0.40 of $20.00"),
    "ended": ({"expires_at": "2026-01-01T00:00:00Z"}, ["error"], "ended on 2026-01-01"),
    "far from its end": ({"expires_at": "2999-01-01T00:00:00.000Z"}, ["ok"], "valid"),
    "an end that is no date": ({"expires_at": "soon"}, ["ok"], "valid"),
    "management": ({"is_management_key": True}, ["error"], "management key"),
    "provisioning": ({"is_provisioning_key": True}, ["error"], "management key"),
    "free tier": ({"is_free_tier": True}, ["warning"], "990 more today"),
    "a budget": (
        {"effective_budget": {"remaining_usd": 0, "scope": "workspace_default_key"}},
        ["error"],
        "workspace default key",
    ),
    "a budget with something left": (
        {"effective_budget": {"remaining_usd": 1, "scope": "workspace"}},
        ["ok"],
        "valid",
    ),
    "several": ({"is_free_tier": True, "limit_remaining": 0}, ["error", "warning"], "nothing"),
}


@pytest.mark.parametrize(("changed", "level", "words"), KEYS.values(), ids=KEYS)
def test_a_key(look: Look, openrouter: Standin, changed: Row, level: list[str], words: str) -> None:
    openrouter.replies["/v1/key"] = told({"data": {**LIMITS, **changed}})
    found = look("key")
    assert levels(found) == level
    assert {finding.where for finding in found} == {"$OPENROUTER_API_KEY"}
    assert words in found[0].message
    assert all(finding.hint for finding in found if finding.level != "ok")


def test_a_key_that_soon_ends() -> None:
    now = datetime(2026, 11, 24, tzinfo=UTC)
    limits = KeyLimits(None, None, None, None, None, False, None, False, "2026-11-30T12:00:00Z")
    [(level, words, _)] = judge_key(limits, now, needs_credits=True)
    assert (level, words) == ("warning", "the key ends on 2026-11-30")
    assert not [*judge_key(limits._replace(expires="2026-12-02"), now, needs_credits=True)]


def test_a_key_that_is_none(look: Look, openrouter: Standin) -> None:
    openrouter.replies["/v1/key"] = error(401, f"User of {KEY} not found")
    [found] = look("key")
    assert (found.level, found.where) == ("error", "$OPENROUTER_API_KEY")
    assert "answered 401: User of *** not found" in found.message


def test_a_key_that_the_upstream_tells_nothing_of(look: Look, openrouter: Standin) -> None:
    openrouter.replies["/v1/key"] = error(404, "Not found")
    assert levels(look("key")) == ["skipped"]


def test_the_free_tier_serves_free_models(look: Look, openrouter: Standin) -> None:
    openrouter.replies["/v1/key"] = told({"data": {**LIMITS, "is_free_tier": True}})
    assert levels(look("key", pin("", f'model = "{KIMI}:free"'))) == ["ok"]


def test_each_key_is_looked_at(look: Look, scene: Scene, openrouter: Standin) -> None:
    """A profile's upstream may be another, for which there may be no key."""
    settings = (
        f'api_key_env = "MINE"\n[profiles.p]\nmodel = "{KIMI}"\n[harness.droid]\nprofile = "p"\n'
    )
    scene.install("droid")
    [found] = look("key", settings)
    assert (found.level, found.where) == ("skipped", "$MINE")
    assert levels(look("account", settings)) == ["skipped"]
    assert not any(asked.signed for asked in openrouter.asked)


def test_a_model_that_there_is_not(look: Look) -> None:
    [found] = look("model", pin("", 'model = "moonshotai/kimi-k2"'))
    assert found.level == "error"
    assert "there is no model 'moonshotai/kimi-k2'" in found.message
    assert f"like it: {KIMI}" in found.message
    assert found.where
    assert found.where.endswith("confgen.toml: profiles.p.model")
    assert found.hint == "confgen models moonshotai"


@pytest.mark.parametrize(
    "slug", [KIMI, f"{KIMI}:nitro", f"{KIMI}-0127", f"{KIMI}@preset/x", "~moonshotai/kimi-latest"]
)
def test_a_model_that_there_is(look: Look, slug: str) -> None:
    assert levels(look("model", pin("", f'model = "{slug}"'))) == ["ok"]


def test_a_model_that_no_list_has(look: Look, openrouter: Standin) -> None:
    openrouter.serves(NOVITA, slug="hidden/model")
    assert levels(look("model", pin("", 'model = "hidden/model"'))) == ["ok"]


def test_a_small_model(look: Look) -> None:
    [found] = look("model", pin("", f'model = "{KIMI}"\nsmall_model = "moonshotai/nothing"'))
    assert (found.level, (found.where or "").rpartition(".")[2]) == ("error", "small_model")


def test_a_model_of_the_shim_s_rules(look: Look) -> None:
    rule = '[profiles.p.models."claude-*"]\nmodel = "moonshotai/nothing"\n'
    [found] = look("model", pin(ONLY_FIREWORKS) + rule)
    assert found.level == "error"
    assert (found.where or "").endswith(': profiles.p.models."claude-*"')


def test_a_model_that_is_to_go(look: Look, openrouter: Standin) -> None:
    row = model(KIMI, pricing(1, 2), expiration_date="2027-01-31")
    openrouter.replies["/v1/models"] = told({"data": [row]})
    [found] = look("model")
    assert (found.level, "2027-01-31" in found.message) == ("warning", True)


def test_a_preset(look: Look) -> None:
    [found] = look("model", pin("", 'model = "@preset/cheap"'))
    assert found.level == "skipped"
    for check in ("providers", "preferences", "account"):
        assert levels(look(check, pin("", 'model = "@preset/cheap"'))) == ["ok"]


def test_a_provider_that_left(look: Look, openrouter: Standin) -> None:
    """What matters most: the pin is sound, and every request fails."""
    openrouter.serves(*WITHOUT_FIREWORKS)
    [found] = look("providers")
    assert found.level == "error"
    assert f"fireworks does not serve {KIMI}: every request fails with 404" in found.message
    assert "chutes/int4 ($0.39 in, $1.90 out, 262k); novita/fp8 ($0.45 in" in found.message
    assert found.where == "profile kimi-k2.5"
    assert found.hint == f"confgen providers {KIMI}"


PROVIDING: dict[str, tuple[str, tuple[Row, ...], str, str]] = {
    "those it names are gone": (
        'only = ["fireworks", "baseten"]', WITHOUT_FIREWORKS, "error",
        "fireworks, baseten do not serve",
    ),
    "one of them is left": (
        'order = ["fireworks", "novita"]\nallow_fallbacks = false', WITHOUT_FIREWORKS, "warning",
        "fireworks does not serve moonshotai/kimi-k2.5; the pin leaves novita/fp8",
    ),
    "others may serve": (
        'order = ["fireworks"]', WITHOUT_FIREWORKS, "warning", "the pin leaves moonshotai/int4",
    ),
    "its tier alone is there": (ONLY_FIREWORKS, (PRIORITY, NOVITA), "error", "fireworks does not"),
    "another region": ('only = ["novita/fp4"]', SERVING, "error", "novita/fp4 does not serve"),
    "all are ignored": (
        'ignore = ["fireworks", "novita"]', (FIREWORKS, NOVITA), "error", "leaves nobody",
    ),
    "order and only disagree": (
        'order = ["novita"]\nonly = ["fireworks"]\nallow_fallbacks = false', SERVING, "error",
        "leaves nobody",
    ),
    "nobody at all": (ONLY_FIREWORKS, (), "error", "nobody serves"),
    "all are failing": (
        'only = ["novita"]', ({**NOVITA, "uptime_last_30m": 12.5},), "warning", "12 %",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("provider", "rows", "level", "words"), PROVIDING.values(), ids=PROVIDING)
def test_providers(
    look: Look,
    openrouter: Standin,
    provider: str,
    rows: tuple[Row, ...],
    level: str,
    words: str,
) -> None:
    openrouter.serves(*rows)
    [found] = look("providers", pin(provider))
    assert found.level == level
    assert words in found.message
    assert found.where
    assert "confgen.toml: profiles.p." in found.where


SERVED = {
    "a base slug": ONLY_FIREWORKS,
    "a tag": 'only = ["novita/fp8"]',
    "a display name": 'order = ["Moonshot AI"]\nallow_fallbacks = false',
    "a tier": 'only = ["fireworks/priority"]',
    "nothing named": "zdr = true",
    "some ignored": 'ignore = ["chutes", "baseten"]',
}


@pytest.mark.parametrize("provider", SERVED.values(), ids=SERVED)
def test_providers_that_serve(look: Look, provider: str) -> None:
    assert levels(look("providers", pin(provider))) == ["ok"]


def test_a_model_that_is_none_is_left_to_its_own_check(look: Look) -> None:
    for check in ("providers", "preferences", "account"):
        assert levels(look(check, pin(ONLY_FIREWORKS, 'model = "a/nothing"'))) == ["ok"]


PREFERRING: dict[str, tuple[str, tuple[Row, ...], list[str], str]] = {
    "quantization": (
        'only = ["fireworks"]\nquantizations = ["fp8"]', SERVING, ["error"],
        "fireworks: its quantization is int4",
    ),
    "price": (
        'only = ["fireworks"]\nmax_price = {prompt = 0.5}', SERVING, ["error"],
        "above provider.max_price.prompt",
    ),
    "zdr": ('only = ["novita"]\nzdr = true', SERVING, ["error"], "retain nothing"),
    "one of several": (
        'order = ["fireworks", "novita"]\nzdr = true\nallow_fallbacks = false', SERVING,
        ["warning"], "not for moonshotai/kimi-k2.5: novita/fp8",
    ),
    "parameters": (
        'only = ["chutes"]\nrequire_parameters = true', SERVING, ["error"], "takes no tools",
    ),
    "no tools": ('only = ["chutes"]', SERVING, ["error"], "chutes/int4: no tools"),
    "data collection": (
        'only = ["fireworks"]\ndata_collection = "deny"', SERVING, ["info"], "not certain",
    ),
}  # fmt: skip


@pytest.mark.parametrize(
    ("provider", "rows", "level", "words"), PREFERRING.values(), ids=PREFERRING
)
def test_preferences(
    look: Look,
    openrouter: Standin,
    provider: str,
    rows: tuple[Row, ...],
    level: list[str],
    words: str,
) -> None:
    openrouter.serves(*rows)
    found = look("preferences", pin(provider))
    assert levels(found) == level
    assert words in found[0].message
    assert "confgen.toml: profiles.p.provider." in (found[0].where or "")


MET = {
    "nothing": "",
    "zdr": 'only = ["fireworks"]\nzdr = true',
    "zdr of whoever": "zdr = true",
    "quantization": 'only = ["fireworks"]\nquantizations = ["int4"]',
    "price": "max_price = {prompt = 0.5, completion = 3}",
    "parameters": 'only = ["fireworks"]\nrequire_parameters = true',
    "nobody is named": 'only = ["baseten"]\nzdr = true',
}


@pytest.mark.parametrize("provider", MET.values(), ids=MET)
def test_preferences_that_are_met(look: Look, provider: str) -> None:
    assert levels(look("preferences", pin(provider))) == ["ok"]


def test_without_the_list_zdr_is_not_certain(look: Look, openrouter: Standin) -> None:
    openrouter.replies["/v1/endpoints/zdr"] = error(500, "Internal")
    [found] = look("preferences", pin('only = ["fireworks"]\nzdr = true'))
    assert (found.level, "not certain" in found.message) == ("info", True)


@pytest.mark.parametrize(
    ("field", "has", "told_to", "level"),
    [
        ("context_tokens", {"context_length": 131_072}, 262_144, "warning"),
        ("context_tokens", {"context_length": 131_072}, 131_072, "ok"),
        ("context_tokens", {"context_length": None}, 262_144, "ok"),
        ("output_tokens", {"max_completion_tokens": 8_192}, 32_768, "warning"),
        ("output_tokens", {"max_completion_tokens": 65_536}, 32_768, "ok"),
    ],
)
def test_what_harnesses_are_told_of_a_model(
    look: Look, openrouter: Standin, field: str, has: dict[str, Any], told_to: int, level: str
) -> None:
    openrouter.serves({**EXACT, **has})
    [found] = look("preferences", pin(ONLY_FIREWORKS, f"{field} = {told_to}"))
    assert found.level == level
    if level == "warning":
        assert (found.where or "").endswith(f"profiles.p.{field}")
        assert found.hint == f"set {field} = {next(iter(has.values()))} in profile p"


def test_an_account_that_shuts_a_model_out(look: Look, openrouter: Standin) -> None:
    openrouter.replies["/v1/models/user"] = told({"data": MODELS[1:]})
    [found] = look("account")
    assert found.level == "error"
    assert f"leave nobody who serves {KIMI}" in found.message
    assert "settings/preferences" in (found.hint or "")


def test_an_upstream_that_tells_nothing_of_accounts(look: Look, openrouter: Standin) -> None:
    openrouter.replies["/v1/models/user"] = error(404, "Not found")
    assert levels(look("account")) == ["skipped"]


@pytest.mark.parametrize(
    ("provider", "hint"),
    [
        ('only = ["firework"]', "did you mean 'fireworks'?"),
        ('order = ["nobody-at-all"]', f"confgen providers {KIMI}"),
        ('ignore = ["novitaa/fp8"]', "did you mean 'novita'?"),
    ],
)
def test_a_slug_that_openrouter_does_not_know(look: Look, provider: str, hint: str) -> None:
    [found] = look("provider-names", pin(provider))
    assert (found.level, found.hint) == ("warning", hint)
    assert (found.where or "").endswith(f"profiles.p.provider.{provider.partition(' ')[0]}")


@pytest.mark.parametrize("slug", ["fireworks", "Moonshot AI", "novita/fp8", "google-ai-studio"])
def test_slugs_that_openrouter_knows(look: Look, slug: str) -> None:
    assert levels(look("provider-names", pin(f'only = ["{slug}"]'))) == ["ok"]


def test_a_new_provider_is_known_from_openrouter(look: Look, openrouter: Standin) -> None:
    openrouter.replies["/v1/providers"] = told({"data": [{"slug": "brand-new", "name": "New"}]})
    assert levels(look("provider-names", pin('only = ["brand-new"]'))) == ["ok"]


def test_the_command(confgen: Confgen, openrouter: Standin, home: Any) -> None:
    """From end to end, with a key that nobody may see, and nothing written."""
    openrouter.serves(*WITHOUT_FIREWORKS)
    openrouter.replies["/v1/key"] = error(401, f"no {KEY}")
    env = {"OPENROUTER_API_KEY": KEY, "PATH": "/nowhere"}
    ran = confgen("doctor", "--upstream", openrouter.root, env=env)
    assert (ran.code, ran.err) == (1, "")
    assert "error openrouter.providers" in ran.out
    assert "error openrouter.key" in ran.out
    shown = confgen("doctor", "--upstream", openrouter.root, "--json", env=env)
    assert (shown.code, shown.json["worst"]) == (1, "error")
    assert KEY not in ran.out + shown.out + shown.err
    assert listing(home) == {}


def test_the_command_lists_them(confgen: Confgen) -> None:
    rows = confgen("doctor", "--list", "--json").json["checks"]
    assert [row["check"] for row in rows if row["online"]] == IDS
