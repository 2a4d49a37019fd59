"""The judge: a leak in any of its forms is not taken for a pinned request, and no word is kind."""

from collections.abc import Mapping
from typing import Any

import pytest

from confgen.proof.capture.request import Request
from confgen.proof.verdict import Course, Judged, Verdict, decide, expected, judge
from confgen.settings import ModelRule, Profile, ProviderPreferences

PIN: dict[str, Any] = {"order": ["fireworks"], "allow_fallbacks": False}
PROFILE = Profile("acme", "acme/model", "acme/small", ProviderPreferences(PIN))
URL = "https://openrouter.ai/api/v1/messages"
BEARER = (("authorization", "Bearer key"),)
LEAK = Judged(Request("POST", URL, BEARER, {}), "it carries no provider object")
PINNED = Judged(Request("POST", URL, BEARER, {}))


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
    ],
)
def test_judgement(sent: Request, reason: str | None) -> None:
    found = judge(sent, expected(PROFILE, "native", "enforce", "key")).reason
    assert found is None if reason is None else reason in (found or "")


def test_a_scheme_in_capitals_is_the_same() -> None:
    profile = PROFILE._replace(upstream="HTTPS://openrouter.ai/api/")
    for route in ("native", "shim"):
        assert judge(request(), expected(profile, route, "enforce", "key")).pinned


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
        pytest.param(
            [PINNED], Course(elsewhere=("api.x.ai",)), "error", "reach api.x.ai", id="strays"
        ),
        pytest.param([], Course(elsewhere=("api.x.ai",)), "error", "api.x.ai", id="only-strays"),
        pytest.param(
            [],
            Course(fault="time", elsewhere=("a.b",)),
            "error",
            "a.b, where",
            id="strays-and-hangs",
        ),
    ],
)
def test_verdict(judged: list[Judged], course: Course, word: str, detail: str) -> None:
    found: Verdict = decide(judged, course)
    assert found.word == word
    assert detail in found.detail
