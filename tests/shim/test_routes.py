"""Where each path leads, and what each profile makes of a request on its way."""

import json
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import pytest
from connection import Answer, ask, head, post
from recording import SAID, Upstream, recording
from serving import KEY, Serving, serving

CHAT, MESSAGES = "/v1/chat/completions", "/v1/messages"
MAIN = {"order": ["fireworks"], "allow_fallbacks": False}
ODD_NAME = "a/b \u00fc.%2F"
ODD_SEGMENT = "a%2Fb%20%C3%BC.%252F"

SETTINGS = """
profile = "main"
upstream = "{upstream}"

[profiles.main]
model = "vendor/main"
small_model = "vendor/small"
provider = {{ order = ["fireworks"], allow_fallbacks = false }}

[profiles."a/b \u00fc.%2F"]
model = "vendor/odd"

[profiles.elsewhere]
model = "vendor/elsewhere"
upstream = "{elsewhere}"

[profiles.passing]
model = "vendor/passing"
unknown_models = "pass"
provider = {{ only = ["groq"] }}

[profiles.refusing]
model = "vendor/refusing"
unknown_models = "refuse"
[profiles.refusing.models."vendor/known*"]

[profiles.ruled]
model = "vendor/ruled"
provider = {{ only = ["groq"] }}
[profiles.ruled.models."*haiku*"]
model = "vendor/haiku"
provider = {{ only = ["together"], zdr = true }}
[profiles.ruled.models."claude-*"]
[profiles.ruled.models."gpt-?"]
provider = {{ sort = "price" }}

[profiles.cleaning]
model = "vendor/cleaning"
drop_parameters = ["temperature", "top_p"]
session_id = true
drop_null_reasoning = true
"""


@pytest.fixture(scope="module")
def upstream() -> Iterator[Upstream]:
    with recording() as upstream:
        yield upstream


@pytest.fixture(scope="module")
def elsewhere() -> Iterator[Upstream]:
    with recording() as upstream:
        yield upstream


@pytest.fixture(scope="module")
def settings(upstream: Upstream, elsewhere: Upstream) -> str:
    return SETTINGS.format(upstream=upstream.root, elsewhere=elsewhere.root)


@pytest.fixture(scope="module")
def shim(upstream: Upstream, settings: str) -> Iterator[Serving]:
    with serving(upstream.root, settings=settings) as shim:
        yield shim


def send(shim: Serving, path: str, body: Mapping[str, Any], *lines: str) -> Answer:
    return ask(shim.port, post(path, json.dumps(body).encode(), f"X-Api-Key: {shim.token}", *lines))


def read(shim: Serving, path: str, method: str = "GET") -> Answer:
    lines = ("Host: localhost", f"X-Api-Key: {shim.token}")
    return ask(shim.port, head(f"{method} {path}", *lines))


ROOTS = {
    "": "vendor/main",
    "/api": "vendor/main",
    "/p/main": "vendor/main",
    "/p/main/api": "vendor/main",
    "/p/%6dain": "vendor/main",
    "/p/ruled": "vendor/ruled",
    f"/p/{ODD_SEGMENT}": "vendor/odd",
}


@pytest.mark.parametrize(("root", "model"), ROOTS.items(), ids=[root or "none" for root in ROOTS])
@pytest.mark.parametrize("path", [CHAT, MESSAGES, "/v1/responses", "/v1/embeddings"])
@pytest.mark.parametrize("query", ["", "?beta=true", "?", "?a=%2F..%2f&b=//&a=?", "?q=%0d%0aX: b"])
def test_a_path_leads_to_its_profile(
    shim: Serving, upstream: Upstream, root: str, model: str, path: str, query: str
) -> None:
    query = query.replace(" ", "%20")
    assert send(shim, f"{root}{path}{query}", {"model": "any"}).status == 200
    assert upstream.last.path == f"/api{path}{query}"
    assert upstream.last.json["model"] == model


def test_each_upstream_gets_its_own_requests_alone(
    shim: Serving, upstream: Upstream, elsewhere: Upstream
) -> None:
    before = len(upstream.requests), len(elsewhere.requests)
    assert send(shim, f"/p/elsewhere{CHAT}", {}).status == 200
    assert read(shim, "/p/elsewhere/v1/models").status == 200
    assert (len(upstream.requests), len(elsewhere.requests)) == (before[0], before[1] + 2)
    assert elsewhere.requests[-2].json["model"] == "vendor/elsewhere"
    assert {tuple(r.every("authorization")) for r in elsewhere.requests} == {(f"Bearer {KEY}",)}


@pytest.mark.parametrize("path", [CHAT, MESSAGES, "/v1/responses"])
@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
def test_an_answer_comes_back_in_kind(shim: Serving, path: str, *, stream: bool) -> None:
    answer = send(shim, path, {"stream": stream})
    kind = "text/event-stream" if stream else "application/json"
    assert (answer.status, answer.headers["content-type"]) == (200, kind)
    assert SAID.encode() in answer.body


GETS = (
    "/v1/models", "/v1/models?supported_parameters=tools", "/v1/models/a/b/endpoints",
    "/v1/generation?id=gen-1", "/v1/credits", "/v1/key",
)  # fmt: skip


@pytest.mark.parametrize("root", ["", "/api", "/p/ruled"])
@pytest.mark.parametrize("path", GETS)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_what_is_only_read_is_forwarded(
    shim: Serving, upstream: Upstream, root: str, path: str, method: str
) -> None:
    answer = read(shim, f"{root}{path}", method)
    assert answer.status == 200
    assert bool(answer.body) == (method == "GET")
    sent = upstream.last
    assert (sent.method, sent.path, sent.body) == ("GET", f"/api{path}", b"")
    assert sent.every("authorization") == [f"Bearer {KEY}"]


@pytest.mark.parametrize("root", ["", "/api", "/p/ruled"])
@pytest.mark.parametrize("query", ["", "?beta=true"])
def test_tokens_are_counted_here(shim: Serving, upstream: Upstream, root: str, query: str) -> None:
    before = len(upstream.requests)
    path = f"{root}{MESSAGES}/count_tokens{query}"
    short, long = (
        send(shim, path, {"model": "any", "messages": [{"role": "user", "content": text}]})
        for text in ("word", "word " * 1000)
    )
    assert (short.status, long.status) == (200, 200)
    assert short.json.keys() == {"input_tokens"}
    assert long.json["input_tokens"] > short.json["input_tokens"] + 1000
    assert len(upstream.requests) == before


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b"[" * 10_000], ids=repr)
def test_tokens_of_what_is_no_request(shim: Serving, body: bytes) -> None:
    answer = ask(shim.port, post(f"{MESSAGES}/count_tokens", body, f"X-Api-Key: {shim.token}"))
    assert (answer.status, answer.json["error"]["type"]) == (400, "invalid_request_error")


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize(
    "path", ["/healthz", "/version", "/api/hello", "/p/main/api/hello", "/p/main/hello"]
)
def test_what_needs_no_token(shim: Serving, upstream: Upstream, method: str, path: str) -> None:
    before = len(upstream.requests)
    answer = ask(shim.port, head(f"{method} {path}", "Host: localhost"))
    assert answer.status == 200
    assert len(upstream.requests) == before


def test_the_configuration_that_is_served(shim: Serving, elsewhere: Upstream) -> None:
    found = read(shim, "/config").json
    assert found["profile"] == next(iter(found["profiles"])) == "main"
    assert set(found["profiles"]) == {
        "main", "elsewhere", "passing", "refusing", "ruled", "cleaning", "kimi-k2.5", ODD_NAME,
    }  # fmt: skip
    ruled = found["profiles"]["ruled"]
    assert (ruled["mode"], ruled["model"], ruled["unknown_models"]) == (
        "enforce",
        "vendor/ruled",
        "pin",
    )
    assert ruled["rules"][0] == {
        "match": "*haiku*",
        "model": "vendor/haiku",
        "provider": {"only": ["together"], "zdr": True},
    }
    assert found["profiles"]["elsewhere"]["upstream"] == elsewhere.root


class Pinned(NamedTuple):
    """What a profile makes of a request for a model: what goes upstream, or nothing."""

    profile: str
    asked: str | None
    model: str | None
    provider: Mapping[str, Any] | None = None


GROQ = {"only": ["groq"]}
MODELS = (
    Pinned("main", None, "vendor/main", MAIN),
    Pinned("main", "", "vendor/main", MAIN),
    Pinned("main", "vendor/main", "vendor/main", MAIN),
    Pinned("main", "vendor/small", "vendor/small", MAIN),
    Pinned("main", "openrouter/auto", "vendor/main", MAIN),
    Pinned("main", "vendor/main:free", "vendor/main", MAIN),
    Pinned("passing", "vendor/passing", "vendor/passing", GROQ),
    Pinned("passing", "other/model:nitro", "other/model:nitro", GROQ),
    Pinned("passing", None, None),
    Pinned("refusing", "vendor/refusing", "vendor/refusing", {}),
    Pinned("refusing", "vendor/known-1", "vendor/known-1", {}),
    Pinned("refusing", "vendor/unknown", None),
    Pinned("refusing", None, None),
    Pinned("ruled", "claude-3-haiku", "vendor/haiku", {"only": ["together"], "zdr": True}),
    Pinned("ruled", "Claude-HAIKU", "vendor/haiku", {"only": ["together"], "zdr": True}),
    Pinned("ruled", "claude-opus", "claude-opus", GROQ),
    Pinned("ruled", "gpt-5", "gpt-5", {"sort": "price"}),
    Pinned("ruled", "gpt-55", "vendor/ruled", GROQ),
)


@pytest.mark.parametrize("path", [CHAT, MESSAGES])
@pytest.mark.parametrize("case", MODELS, ids=[f"{c.profile}-{c.asked}" for c in MODELS])
def test_which_model_a_request_becomes(
    shim: Serving, upstream: Upstream, case: Pinned, path: str
) -> None:
    before = len(upstream.requests)
    asked = {} if case.asked is None else {"model": case.asked}
    answer = send(shim, f"/p/{case.profile}{path}", {**asked, "messages": []})
    if case.model is None:
        assert answer.status == 422
        assert case.profile in answer.json["error"]["message"]
        assert len(upstream.requests) == before
    else:
        assert answer.status == 200
        assert upstream.last.json == {
            "model": case.model,
            "messages": [],
            "provider": case.provider,
        }


class Told(NamedTuple):
    """A request's own provider object, and the one that goes upstream, if any."""

    mode: str
    own: Mapping[str, Any] | None
    sent: Mapping[str, Any] | None


MODES = (
    Told("enforce", None, MAIN),
    Told("enforce", {"order": ["x"], "allow_fallbacks": True}, MAIN),
    Told("enforce", {"zdr": True}, {**MAIN, "zdr": True}),
    Told("enforce", {"only": ["fireworks", "x"]}, {**MAIN, "only": ["fireworks"]}),
    Told("enforce", {"only": ["x"]}, None),
    Told("fill", None, MAIN),
    Told("fill", {"order": ["x"]}, {"order": ["x"], "allow_fallbacks": False}),
    Told("fill", {"only": ["x"]}, {**MAIN, "only": ["x"]}),
    Told("strict", None, MAIN),
    Told("strict", MAIN, MAIN),
    Told("strict", {"zdr": True}, {**MAIN, "zdr": True}),
    Told("strict", {"order": ["x"]}, None),
    Told("strict", {"allow_fallbacks": True}, None),
)


@pytest.fixture(scope="module")
def modes(upstream: Upstream, settings: str) -> Iterator[Mapping[str, Serving]]:
    with (
        serving(upstream.root, "--mode", "enforce", settings=settings) as enforce,
        serving(upstream.root, "--mode", "fill", settings=settings) as fill,
        serving(upstream.root, settings=f"{settings}\n[shim]\nmode = 'strict'") as strict,
    ):
        yield {"enforce": enforce, "fill": fill, "strict": strict}


@pytest.mark.parametrize("path", [CHAT, MESSAGES, "/v1/responses", "/v1/embeddings"])
@pytest.mark.parametrize("told", MODES, ids=[f"{told.mode} {told.own}" for told in MODES])
def test_who_wins(modes: Mapping[str, Serving], upstream: Upstream, told: Told, path: str) -> None:
    before = len(upstream.requests)
    own = {} if told.own is None else {"provider": told.own}
    status = send(modes[told.mode], path, {"model": "any", **own}).status
    if told.sent is None:
        assert (status, len(upstream.requests)) == (422, before)
    else:
        assert (status, len(upstream.requests)) == (200, before + 1)
        assert upstream.last.json["provider"] == told.sent


@pytest.mark.parametrize("name", ["models", "fallbacks", "preset", "route"])
def test_another_way_to_another_model(
    modes: Mapping[str, Serving], upstream: Upstream, name: str
) -> None:
    before = len(upstream.requests)
    for mode, status in (("enforce", 422), ("strict", 422), ("fill", 200)):
        assert send(modes[mode], CHAT, {name: ["other/model"]}).status == status
    assert len(upstream.requests) == before + 1


SESSIONS = {
    "X-Session-Id: s-1": "s-1",
    "X-Claude-Code-Session-Id: s-2": "s-2",
    "x-session-affinity: s-3": "s-3",
    f"X-Session-Id: {'s' * 257}": None,
    "X-Other: s-4": None,
}


@pytest.mark.parametrize(("line", "session"), SESSIONS.items(), ids=lambda value: str(value)[:40])
def test_a_session_is_told(
    shim: Serving, upstream: Upstream, line: str, session: str | None
) -> None:
    assert send(shim, f"/p/cleaning{CHAT}", {}, line).status == 200
    assert upstream.last.json.get("session_id") == session
    assert send(shim, f"/p/cleaning{CHAT}", {"session_id": "own"}, line).status == 200
    assert upstream.last.json["session_id"] == "own"
    assert send(shim, f"/p/main{CHAT}", {}, line).status == 200
    assert "session_id" not in upstream.last.json


def test_what_a_profile_takes_out(shim: Serving, upstream: Upstream) -> None:
    said = {"role": "assistant", "content": "yes", "reasoning_content": None, "reasoning": None}
    body = {"temperature": 1, "top_p": 0.5, "max_tokens": 9, "messages": [said]}
    assert send(shim, f"/p/cleaning{CHAT}", body).status == 200
    sent = upstream.last.json
    assert sent.keys() == {"max_tokens", "messages", "model", "provider"}
    assert sent["messages"] == [{"role": "assistant", "content": "yes"}]
    assert send(shim, f"/p/main{CHAT}", body).status == 200
    assert upstream.last.json == {**body, "model": "vendor/main", "provider": MAIN}


@pytest.mark.parametrize("path", [CHAT, MESSAGES, "/v1/responses"])
@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
def test_a_provider_outside_the_pin_is_told_and_counted(
    shim: Serving, path: str, *, stream: bool
) -> None:
    """The upstream serves from Fireworks whatever it is told, and `ruled` allows Groq alone."""
    told = "error: LEAK: Fireworks served"
    before, lines = leaks(shim), shim.log().count(told)
    assert send(shim, f"/p/main{path}", {"stream": stream}).status == 200
    assert leaks(shim) == before
    assert send(shim, f"/p/ruled{path}", {"stream": stream}).status == 200
    assert leaks(shim) == before + 1
    shim.wait_for(lambda: shim.log().count(told) > lines)


def leaks(shim: Serving) -> int:
    return int(read(shim, "/config").json["leaks"])


def test_options_change_the_default_profile_alone(upstream: Upstream, settings: str) -> None:
    options = ("--model", "vendor/flag", "--only", "cerebras", "--profile", "ruled")
    with serving(upstream.root, *options, settings=settings) as shim:
        assert send(shim, CHAT, {}).status == 200
        assert (upstream.last.json["model"], upstream.last.json["provider"]) == (
            "vendor/flag",
            {"only": ["cerebras"]},
        )
        assert send(shim, f"/p/ruled{CHAT}", {}).status == 200
        assert upstream.last.json["model"] == "vendor/flag"
        assert send(shim, f"/p/main{CHAT}", {}).status == 200
        assert (upstream.last.json["model"], upstream.last.json["provider"]) == (
            "vendor/main",
            MAIN,
        )
