"""`confgen providers`: who serves a model, what a turn costs there, and whom the pin allows."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from conftest import Confgen, Ran
from standin import (
    DATED,
    FIREWORKS,
    KEY,
    KIMI,
    NOVITA,
    SERVING,
    Reply,
    Standin,
    endpoint,
    error,
    listing,
    pricing,
    told,
)

ENDPOINTS = f"/v1/models/{KIMI}/endpoints"

Providers = Callable[..., Ran]


@pytest.fixture
def providers(confgen: Confgen, openrouter: Standin) -> Providers:
    def providers(*arguments: str, **env: str) -> Ran:
        told = {"OPENROUTER_API_KEY": KEY, **env}
        return confgen("providers", *arguments, "--upstream", openrouter.root, env=told)

    return providers


def rows(ran: Ran) -> list[dict[str, Any]]:
    assert ran.code == 0
    found: list[dict[str, Any]] = ran.json["endpoints"]
    return found


def test_the_profile_s_model_and_pin(providers: Providers) -> None:
    ran = providers()
    assert (ran.code, ran.err) == (0, "")
    title, pin, _, head, first, *_ = ran.out.splitlines()
    assert title == f"{KIMI} (MoonshotAI: Kimi K2.5)"
    assert pin == 'pin: {"order":["fireworks"],"allow_fallbacks":false}'
    assert head.split()[:3] == ["pin", "provider", "turn"]
    assert first.split() == ["yes", "fireworks", "$0.0135", "0.60", "0.10", "3.00", "262k", "65.5k"]
    assert "60,000 tokens in, 85% cached, 1,000 out" in ran.out
    assert "moonshotai/int4, novita/fp8: provider.order does not name it, and" in ran.out


def test_the_cheapest_turn_first(providers: Providers) -> None:
    turns = [row["usd_per_turn"] for row in rows(providers("--json"))]
    assert turns == sorted(turns)
    tags = [row["tag"] for row in rows(providers("--json", "--turn", "60k,0%,1k"))]
    assert tags[0] == "chutes/int4"


def test_as_json(providers: Providers) -> None:
    shown = providers("--json", "--turn", "1M,50%,0").json
    assert (shown["version"], shown["model"], shown["stale"]) == (1, KIMI, False)
    assert shown["provider"] == {"order": ["fireworks"], "allow_fallbacks": False}
    assert shown["turn"] == {"tokens_input": 10**6, "cached_share": 0.5, "tokens_output": 0}
    assert shown["served"] is True
    assert next(row for row in shown["endpoints"] if row["tag"] == "fireworks") == {
        "tag": "fireworks",
        "provider_name": "Fireworks",
        "country": "US",
        "datacenters": ["US"],
        "allowed": "yes",
        "reasons": [],
        "usd_per_million_tokens": {"input": 0.6, "cached": 0.1, "output": 3.0},
        "usd_per_turn": 0.35,
        "context_tokens": 262_100,
        "output_tokens": 65_535,
        "quantization": "int4",
        "service_tier": None,
        "tools": True,
        "uptime_percent": 99.8,
        "latency_seconds": 0.812,
        "tokens_per_second": 61.0,
    }


@pytest.mark.parametrize(
    ("options", "marks"),
    [
        ((), {"fireworks": "yes"}),
        (("--only", "novita,chutes", "--provider", "{}"),
         {"novita/fp8": "yes", "chutes/int4": "yes"}),
        (("--fallbacks",), {"fireworks": "yes", "novita/fp8": "fallback",
                            "chutes/int4": "fallback", "moonshotai/int4": "fallback"}),
        (("--zdr",), {"fireworks": "yes"}),
        (("--data-collection", "deny"), {"fireworks": "unknown"}),
        (("--order", "fireworks/priority"), {"fireworks/priority": "yes"}),
        (("--provider", '{"max_price": {"prompt": 0.5}}'),
         {"novita/fp8": "yes", "chutes/int4": "yes"}),
    ],
    ids=["built-in", "only", "fallbacks", "zdr", "deny", "tier", "price"],
)  # fmt: skip
def test_whom_the_pin_allows(
    providers: Providers, options: tuple[str, ...], marks: dict[str, str]
) -> None:
    found = rows(providers("--json", *options))
    assert {r["tag"]: r["allowed"] for r in found if r["allowed"] != "no"} == marks
    assert all(bool(row["reasons"]) == (row["allowed"] in ("no", "unknown")) for row in found)


def test_a_pin_that_nobody_meets(providers: Providers, openrouter: Standin) -> None:
    """Fireworks has left: told loudly, with those that do serve it."""
    openrouter.serves(*(row for row in SERVING if "fireworks" not in row["tag"]))
    ran = providers()
    assert ran.code == 0
    warning, served, mend = ran.err.splitlines()
    assert f"warning: the pin allows nobody who serves {KIMI}" in warning
    assert "404" in warning
    assert "chutes/int4 ($0.39 in, $1.90 out, 262k)" in served
    assert mend == "hint: to pin the cheapest: --only chutes/int4 --no-fallbacks"
    as_json = providers("--json")
    assert as_json.json["served"] is False
    assert "warning" in as_json.err


def test_a_model_that_nobody_serves(providers: Providers, openrouter: Standin) -> None:
    openrouter.serves()
    ran = providers()
    assert ran.code == 0
    assert f"warning: nobody serves {KIMI} now" in ran.err


@pytest.mark.parametrize("columns", ["40", "60", "80"])
def test_two_tables_where_it_is_narrow(providers: Providers, columns: str) -> None:
    ran = providers(COLUMNS=columns)
    assert sum(line.split()[:1] == ["provider"] for line in ran.out.splitlines()) == 1
    assert max(map(len, ran.out.splitlines())) <= 80


def test_one_table_where_it_is_wide(providers: Providers) -> None:
    [head] = [line for line in providers(COLUMNS="132").out.splitlines() if " quant " in line]
    assert head.split()[:2] == ["pin", "provider"]
    assert head.endswith("tok/s")


def test_names_that_never_end(providers: Providers, openrouter: Standin) -> None:
    tag = f"host/{'region-' * 30}"
    openrouter.serves(endpoint(tag, "Host\x1b[2J", pricing(1, 2)), FIREWORKS)
    ran = providers()
    assert tag in ran.out
    assert "\x1b" not in ran.out


def test_another_model(providers: Providers, openrouter: Standin) -> None:
    openrouter.serves(NOVITA, slug="z-ai/glm-4.6")
    ran = providers("z-ai/glm-4.6:nitro", "--only", "novita", "--provider", "{}")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith("z-ai/glm-4.6:nitro ")
    assert set(openrouter.paths()) == {"/v1/models/z-ai/glm-4.6/endpoints", "/v1/providers"}


def test_a_model_that_is_none(providers: Providers) -> None:
    ran = providers("moonshotai/kimi-k2")
    assert (ran.code, ran.out) == (2, "")
    assert "OpenRouter has no model 'moonshotai/kimi-k2'" in ran.err
    assert f"did you mean {KIMI}" in ran.err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("kimi",), "lacks its author"),
        (("@preset/cheap",), "a preset is kept at OpenRouter"),
        (("--turn", "lots"), "is no turn"),
        (("--sort", "prise"), "price"),
    ],
)
def test_wrong_usage(
    providers: Providers, openrouter: Standin, arguments: tuple[str, ...], words: str
) -> None:
    ran = providers(*arguments)
    assert (ran.code, ran.out) == (2, "")
    assert words in ran.err
    assert openrouter.asked == []


def test_the_settings_of_a_project(providers: Providers, work: Path) -> None:
    (work / "confgen.toml").write_text('[profiles."kimi-k2.5".provider]\nonly = ["novita"]\n')
    found = {row["tag"]: row["allowed"] for row in rows(providers("--json"))}
    assert (found["novita/fp8"], found["fireworks"]) == ("yes", "no")


def test_offline_and_away(providers: Providers, openrouter: Standin, home: Path) -> None:
    first = providers()
    asked = len(openrouter.asked)
    offline = providers("--offline")
    assert (offline.code, offline.out) == (0, first.out)
    assert "from the cache" in offline.err
    assert len(openrouter.asked) == asked
    [path] = home.rglob("models_moonshotai*.json")
    head, _, body = path.read_bytes().partition(b"\n")
    path.write_bytes(json.dumps({**json.loads(head), "asked": 0}).encode() + b"\n" + body)
    openrouter.replies[ENDPOINTS] = error(502, "Bad gateway")
    away = providers()
    assert (away.code, away.out) == (0, first.out)
    assert "answered 502: Bad gateway" in away.err
    assert "days ago" in away.err


def test_zdr_without_its_list_is_unknown(providers: Providers, openrouter: Standin) -> None:
    openrouter.replies["/v1/endpoints/zdr"] = Reply(b"<html>")
    ran = providers("--zdr")
    assert ran.code == 0
    assert "maybe  fireworks" in ran.out
    assert "Not certain:" in ran.out


def test_who_has_which_key(providers: Providers, openrouter: Standin) -> None:
    assert providers("--zdr", "--json").code == 0
    assert {asked.path: asked.signed for asked in openrouter.asked} == {
        ENDPOINTS: True,
        "/v1/endpoints/zdr": False,
        "/v1/providers": False,
    }


def test_where_providers_are_based(providers: Providers, home: Path) -> None:
    found = {row["tag"]: row["country"] for row in rows(providers("--json"))}
    assert (found["moonshotai/int4"], found["novita/fp8"]) == ("CN", "US")
    [names] = home.rglob("provider-names")
    assert "google-ai-studio" in names.read_text().split()


def test_where_they_are_is_not_known(providers: Providers, openrouter: Standin) -> None:
    openrouter.replies["/v1/providers"] = Reply(b"<html>")
    assert {row["country"] for row in rows(providers("--json"))} == {None}


def test_no_key_is_shown(providers: Providers, openrouter: Standin, home: Path) -> None:
    named = {**FIREWORKS, "tag": KEY, "provider_name": KEY, "model_id": DATED}
    openrouter.replies[ENDPOINTS] = told(listing(named, FIREWORKS))
    for arguments in ((), ("--json",)):
        ran = providers(*arguments)
        assert ran.code == 0
        assert KEY not in ran.err
    assert KEY not in providers().out
    openrouter.replies[ENDPOINTS] = error(401, f"bad key {KEY}")
    (home / "none").mkdir()
    refused = providers(CONFGEN_STATE=str(home / "none"))
    assert refused.code == 1
    assert KEY not in refused.err
    assert "confgen doctor" in refused.err
