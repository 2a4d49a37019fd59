"""The judge: a leak in any of its forms is not taken for a pinned request, and no word is kind."""

from collections.abc import Mapping
from typing import Any

import pytest

from confgen.harnesses.session import LeftOut
from confgen.proof.capture.record import Unseen
from confgen.proof.capture.request import Request
from confgen.proof.verdict import Course, Expected, Judged, Verdict, decide, expected, judge
from confgen.settings import ModelRule, Profile, ProviderPreferences

PIN: dict[str, Any] = {"order": ["fireworks"], "allow_fallbacks": False}
PROFILE = Profile("acme", "acme/model", "acme/small", ProviderPreferences(PIN))
URL = "https://openrouter.ai/api/v1/messages"
BEARER = (("authorization", "Bearer key"),)
LEAK = Judged(Request("POST", URL, BEARER, {}), "it carries no provider object")
PINNED = Judged(Request("POST", URL, BEARER, {}))
HIDDEN = Unseen("x.ai", "it does not trust the capture")


def request(headers: tuple[tuple[str, str], ...] = BEARER, url: str = URL, **body: Any) -> Request:
    return Request("POST", url, headers, {"model": "acme/model", "provider": PIN, **body})


@pytest.mark.parametrize(
    ("sent", "reason"),
    [
        pytest.param(request(), None, id="pinned"),
        pytest.param(request(model="acme/small"), None, id="the-small-model"),
        pytest.param(request(url=f"{URL}?beta=true"), None, id="with-a-query"),
        pytest.param(request((*BEARER, ("x-api-key", "key"))), None, id="the-same-key-twice"),
        pytest.param(
            request(provider={"allow_fallbacks": False, "order": ["fireworks"]}),
            None,
            id="in-another-order",
        ),
        pytest.param(request(provider=None), "no provider object", id="no-provider"),
        pytest.param(
            request(provider={**PIN, "zdr": True}), "its provider object is", id="a-field-too-many"
        ),
        pytest.param(
            request(provider={"order": ["fireworks"]}), "its provider", id="a-field-too-few"
        ),
        pytest.param(
            request(provider={**PIN, "allow_fallbacks": 0}), "its provider", id="zero-for-false"
        ),
        pytest.param(request(model="acme/other"), '"acme/other", which', id="another-model"),
        pytest.param(request(model=None), "null, which", id="no-model"),
        pytest.param(request(models=["a/b"]), "other models that may", id="models-beside-it"),
        pytest.param(request(preset="fast"), "other models that may", id="a-preset"),
        pytest.param(
            request(tools=[{"type": "advisor_1", "name": "advisor", "model": "a/b"}]),
            'tools that ask "a/b"',
            id="a-tool-that-asks-a-model",
        ),
        pytest.param(
            request(tools=[{"type": "openrouter:advisor", "parameters": {"model": "a/b"}}]),
            'tools that ask "a/b"',
            id="the-same-of-openrouter",
        ),
        pytest.param(
            request(tools=[{"type": "function", "parameters": {"model": {"type": "string"}}}]),
            None,
            id="a-tool-with-a-schema",
        ),
        pytest.param(
            request(plugins=[{"id": "auto-router", "allowed_models": ["a/b"]}]),
            'plugins that ask ["a/b"]',
            id="a-plugin-of-the-server",
        ),
        pytest.param(request(()), "no key", id="no-key"),
        pytest.param(request((("x-api-key", "b"),)), "another key", id="another-key"),
        pytest.param(request((*BEARER, ("x-api-key", "b"))), "two keys", id="two-keys"),
        pytest.param(
            request(url="https://evil.example/api/v1/messages"),
            "meant for https://evil.example, not for https://openrouter.ai/api",
            id="another-host",
        ),
        pytest.param(
            request(url="https://openrouter.ai/apish/v1/messages"),
            "not for https://openrouter.ai/api",
            id="another-root",
        ),
        pytest.param(
            request(url="https://openrouter.ai/api/v1/v1/messages"),
            "/v1/v1/messages is no path",
            id="another-path",
        ),
        pytest.param(
            Request("POST", URL, BEARER, {}, readable=False), "no JSON object", id="no-body"
        ),
        pytest.param(
            request((*BEARER, ("upgrade", "websocket"))), "opens a WebSocket", id="a-socket"
        ),
        pytest.param(
            request()._replace(names="evil.example"), "names evil.example", id="another-name"
        ),
    ],
)
def test_judgement(sent: Request, reason: str | None) -> None:
    found = judge(sent, expected(PROFILE, "native", "enforce", "key")).reason
    assert found is None if reason is None else reason in (found or "")


def test_a_scheme_in_capitals_is_the_same() -> None:
    profile = PROFILE._replace(upstream="HTTPS://openrouter.ai/api/")
    for route in ("native", "shim"):
        assert judge(request(), expected(profile, route, "enforce", "key")).pinned


OWN = "sk-or-v1-0123456789abcdef"
GATEWAY = "https://gateway.example/api"


@pytest.mark.parametrize(
    ("want", "sent", "reason"),
    [
        pytest.param({"key": "key"}, "key", None, id="the profile's"),
        pytest.param({"key": "key"}, OWN, "another key", id="another of OpenRouter's"),
        pytest.param({"key": "key", "other_keys": {OWN}}, OWN, None, id="one that is known, too"),
        pytest.param({"key": "key", "own_key": True}, OWN, None, id="a file's own"),
        pytest.param({"key": "key", "own_key": True}, "key", None, id="the profile's all the same"),
        pytest.param({"key": "key", "own_key": True}, "${KEY}", "another key", id="a reference"),
        pytest.param({"key": ""}, OWN, None, id="none is known"),
        pytest.param({"key": ""}, "${KEY}", "another key", id="none is known, and no key"),
        pytest.param({"key": ""}, "sk-ant-0123456789", "another key", id="of another service"),
        pytest.param({"key": ""}, "", "no key", id="an empty one"),
        pytest.param(
            {"key": "", "upstream": GATEWAY}, OWN, "another key", id="OpenRouter's at a gateway"
        ),
    ],
)
def test_keys(want: dict[str, Any], sent: str, reason: str | None) -> None:
    known = {"providers": lambda _: [PIN], "upstream": "https://openrouter.ai/api", **want}
    url = f"{known['upstream']}/v1/messages"
    found = judge(request((("authorization", f"Bearer {sent}"),), url), Expected(**known)).reason
    assert found is None if reason is None else reason in (found or "")


@pytest.mark.parametrize(
    "upstream",
    [
        "HTTPS://OpenRouter.ai/api/",
        "https://openrouter.ai:443/api",
        "https://u:p@openrouter.ai/api",
    ],
)
def test_an_upstream_may_be_spelt_otherwise(upstream: str) -> None:
    want = Expected(lambda _: [PIN], upstream, "key")
    assert judge(request(), want).pinned
    assert judge(request(url="https://OPENROUTER.AI:443/api/v1/messages"), want).pinned


RULES = (
    ModelRule("*haiku*", "acme/other", {"only": ["one"]}),
    ModelRule("vendor/*", None, {"only": ["two"]}),
)


@pytest.mark.parametrize(
    ("unknown", "model", "providers"),
    [
        ("pin", "acme/model", [PIN]),
        ("pin", "acme/small", [PIN]),
        ("pin", "acme/other", [{"only": ["one"]}]),
        ("pin", "vendor/x", [{"only": ["two"]}]),
        ("pin", "claude-haiku-4-5", []),
        ("pin", "never/heard-of", []),
        ("refuse", "never/heard-of", []),
        ("pass", "never/heard-of", [PIN]),
    ],
)
def test_what_the_shim_lets_through(
    unknown: Any, model: str, providers: list[Mapping[str, Any]]
) -> None:
    profile = PROFILE._replace(rules=RULES, unknown_models=unknown)
    assert expected(profile, "shim", "enforce", "key").providers(model) == providers


@pytest.mark.parametrize(
    ("judged", "course", "word", "detail"),
    [
        pytest.param([PINNED], Course(), "pinned", "", id="pinned"),
        pytest.param([PINNED, LEAK], Course(), "leak", "1 of 2 requests", id="one-leaks"),
        pytest.param([LEAK], Course(fault="x"), "leak", "no provider", id="leaks-and-fails"),
        pytest.param([LEAK], Course(elsewhere=("a",)), "leak", "", id="leaks-and-strays"),
        pytest.param([], Course(), "no-requests", "asked no model", id="silent"),
        pytest.param([], Course(code=3), "no-requests", "ended with 3", id="complains"),
        pytest.param([], Course(fault="time"), "error", "time", id="hangs"),
        pytest.param([PINNED], Course(fault="time"), "error", "time", id="pinned-and-hangs"),
        pytest.param([PINNED], Course(code=1), "error", "ended with 1", id="pinned-and-fails"),
        pytest.param([PINNED], Course(elsewhere=("api.x.ai",)), "pinned", "", id="strays"),
        pytest.param(
            [], Course(elsewhere=("api.x.ai",)), "no-requests", "reach api.x.ai", id="only-strays"
        ),
        pytest.param(
            [],
            Course(elsewhere=("a.b",), chatter=frozenset({"a.b"})),
            "no-requests",
            "asked no model",
            id="only-chatters",
        ),
        pytest.param([PINNED], Course(unseen=(HIDDEN,)), "not-proven", "x.ai cannot", id="hides"),
        pytest.param([PINNED], Course(told=("x.ai",)), "not-proven", "prompt to x.ai", id="tells"),
        pytest.param([PINNED, LEAK], Course(unseen=(HIDDEN,)), "leak", "", id="leaks-and-hides"),
        pytest.param(
            [PINNED],
            Course(unseen=(HIDDEN,), unread=("x.ai",), chatter=frozenset({"x.ai"})),
            "pinned",
            "",
            id="hides-its-chatter",
        ),
        pytest.param(
            [], Course(unseen=(HIDDEN,), code=1), "not-proven", "asked no model", id="hides-all"
        ),
        pytest.param(
            [PINNED], Course(unseen=(HIDDEN,), code=1), "error", "cannot be", id="hides-and-fails"
        ),
        pytest.param(
            [], Course(unseen=(HIDDEN,), fault="time"), "error", "cannot be", id="hides-and-hangs"
        ),
        pytest.param(
            [PINNED], Course(unread=("x.ai",)), "not-proven", "to x.ai cannot be read", id="unread"
        ),
        pytest.param(
            [PINNED], Course(not_played=("task(x)",)), "not-proven", "task(x)", id="not-played"
        ),
        pytest.param([], Course(not_played=("task(x)",)), "no-requests", "", id="nothing-played"),
        pytest.param(
            [PINNED],
            Course(left_out=(LeftOut("a plugin", "it would run", decides=True),)),
            "not-proven",
            "a plugin was left out: it would run",
            id="without-a-plugin",
        ),
        pytest.param(
            [PINNED], Course(left_out=(LeftOut("a hook", "x"),)), "pinned", "", id="without-a-hook"
        ),
    ],
)
def test_verdict(judged: list[Judged], course: Course, word: str, detail: str) -> None:
    found: Verdict = decide(judged, course)
    assert found.word == word
    assert detail in found.detail
