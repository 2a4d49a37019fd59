"""Who may use the shim, and what never leaves it."""

import contextlib
import json
import signal
import socket
from collections.abc import Iterator

import pytest
from connection import Answer, ask, head, post
from recording import Upstream, recording
from scripted import script, scripted, whole
from serving import KEY, Serving, serving

from confgen.shim.access import Access, is_loopback
from confgen.shim.headers import Headers
from confgen.shim.refusal import Refusal

CHAT, MESSAGES = "/v1/chat/completions", "/v1/messages"
BODY = json.dumps({"model": "any", "messages": []}).encode()
STREAMED = json.dumps({"model": "any", "stream": True}).encode()
GIVEN = "a-token-that-was-given"


@pytest.fixture(scope="module")
def upstream() -> Iterator[Upstream]:
    with recording() as upstream:
        yield upstream


@pytest.fixture(scope="module")
def shim(upstream: Upstream) -> Iterator[Serving]:
    with serving(upstream.root, "--token", GIVEN) as shim:
        yield shim


def ask_with(shim: Serving, *lines: str, path: str = CHAT, body: bytes = BODY) -> Answer:
    """The answer to a POST that has these headers alone."""
    length = f"Content-Length: {len(body)}"
    return ask(shim.port, head(f"POST {path}", *lines, length) + body)


OUR_HOSTS = (
    "127.0.0.1", "127.0.0.1:8787", "127.9.9.9", "localhost", "LocalHost:1", "localhost.",
    "localhost.localdomain", "[::1]", "[::1]:8787", "host.docker.internal:8787",
)  # fmt: skip
FOREIGN_HOSTS = (
    "evil.example", "evil.example:8787", "127.0.0.1.evil.example", "localhost.evil.example",
    "evil.localhost", "127.0.0.1@evil.example", "evil.example@127.0.0.1", "127.0.0.1, evil.example",
    "127.0.0.1/evil.example", "127.0.0.1:80:80", "127.0.0.1:x", "[::1",
    "[::1]evil.example", "[::ffff:127.0.0.1]", "[::]", "0", "127.1", "127.0.1",
    "2130706433", "0x7f000001", "0x7f.0.0.1", "0177.0.0.1", "017700000001", "127.0.0.1.", "",
    "loc\xe4lhost",
)  # fmt: skip


@pytest.mark.parametrize("host", OUR_HOSTS)
def test_a_host_of_ours(shim: Serving, host: str) -> None:
    assert ask_with(shim, f"Host: {host}", f"X-Api-Key: {shim.token}").status == 200


@pytest.mark.parametrize("host", FOREIGN_HOSTS)
def test_a_foreign_host(shim: Serving, upstream: Upstream, host: str) -> None:
    before = len(upstream.requests)
    answer = ask_with(shim, f"Host: {host}", f"X-Api-Key: {shim.token}", path=MESSAGES)
    assert (answer.status, answer.json["type"]) == (421, "error")
    assert len(upstream.requests) == before


@pytest.mark.parametrize("path", ["/healthz", "/version", "/config", "/api/hello", "/v1/models"])
def test_a_foreign_host_learns_nothing(shim: Serving, path: str) -> None:
    """Not even that a shim is here: a page whose name leads to 127.0.0.1 could ask."""
    request = head(f"GET {path}", "Host: evil.example", f"X-Api-Key: {shim.token}")
    assert ask(shim.port, request).status == 421


HOST_LINES = {
    "two": ("Host: 127.0.0.1", "Host: 127.0.0.1"),
    "two that differ": ("Host: 127.0.0.1", "Host: evil.example"),
    "none": (),
}


@pytest.mark.parametrize("lines", HOST_LINES.values(), ids=HOST_LINES)
def test_a_request_for_no_host_or_two(
    shim: Serving, upstream: Upstream, lines: tuple[str, ...]
) -> None:
    before = len(upstream.requests)
    assert ask_with(shim, *lines, f"X-Api-Key: {shim.token}").status == 400
    assert len(upstream.requests) == before


def test_http_1_0_needs_no_host(shim: Serving) -> None:
    """No browser speaks it, and what some health checks send has none."""
    request = post(CHAT, BODY, f"X-Api-Key: {shim.token}").replace(b"Host: 127.0.0.1\r\n", b"")
    assert ask(shim.port, request.replace(b"HTTP/1.1", b"HTTP/1.0")).status == 200


OUR_ORIGINS = (
    "http://127.0.0.1", "http://127.0.0.1:3000", "https://localhost:1", "http://[::1]:3000",
)  # fmt: skip
FOREIGN_ORIGINS = (
    "null", "", "*", "file://", "http://evil.example", "https://openrouter.ai",
    "http://localhost.evil.example", "http://127.0.0.1.evil.example", "http://localhost@evil.example",
    "http://evil.example#localhost", "http://[::1", "localhost", "chrome-extension://abc",
    "http://2130706433",
)  # fmt: skip


@pytest.mark.parametrize("origin", OUR_ORIGINS)
def test_a_page_of_this_machine(shim: Serving, origin: str) -> None:
    answer = ask(shim.port, post(CHAT, BODY, f"X-Api-Key: {shim.token}", f"Origin: {origin}"))
    assert answer.status == 200
    assert no_cors(answer)


@pytest.mark.parametrize("origin", FOREIGN_ORIGINS)
def test_a_foreign_page(shim: Serving, upstream: Upstream, origin: str) -> None:
    before = len(upstream.requests)
    answer = ask(shim.port, post(CHAT, BODY, f"X-Api-Key: {shim.token}", f"Origin: {origin}"))
    assert answer.status == 403
    assert no_cors(answer)
    assert len(upstream.requests) == before


@pytest.mark.parametrize("path", [CHAT, MESSAGES, "/v1/models", "/healthz", "/nothing"])
@pytest.mark.parametrize("origin", ["http://evil.example", "http://localhost:3000"])
def test_a_preflight(shim: Serving, origin: str, path: str) -> None:
    lines = ("Host: 127.0.0.1", f"Origin: {origin}", "Access-Control-Request-Method: POST")
    answer = ask(shim.port, head(f"OPTIONS {path}", *lines))
    assert answer.status == 403
    assert no_cors(answer)


def no_cors(answer: Answer) -> bool:
    return not [name for name in answer.headers if name.startswith("access-control-")]


TOKEN_LINES = {
    "a key": ("X-Api-Key: {}",),
    "a bearer": ("Authorization: Bearer {}",),
    "a bearer in any case": ("authorization: bEARER   {}",),
    "a key beside another bearer": ("Authorization: Bearer sk-ant-other", "X-Api-Key: {}"),
    "a bearer beside another key": ("X-Api-Key: sk-ant-other", "Authorization: Bearer {}"),
}


@pytest.mark.parametrize("lines", TOKEN_LINES.values(), ids=TOKEN_LINES)
@pytest.mark.parametrize("which", ["kept", "given"])
def test_a_token(shim: Serving, upstream: Upstream, which: str, lines: tuple[str, ...]) -> None:
    token = shim.token if which == "kept" else GIVEN
    assert ask_with(shim, "Host: localhost", *(line.format(token) for line in lines)).status == 200
    assert upstream.last.every("authorization") == [f"Bearer {KEY}"]
    assert not upstream.last.every("x-api-key")


WRONG_TOKENS = {
    "missing": ((), "missing"),
    "empty": (("X-Api-Key: ", "Authorization: Bearer "), "missing"),
    "another scheme": (("Authorization: Basic {}",), "missing"),
    "no scheme": (("Authorization: {}",), "missing"),
    "another header": (("Api-Key: {}",), "missing"),
    "another": (("X-Api-Key: sk-ant-other",), "wrong"),
    "cut short": (("X-Api-Key: {:.30}",), "wrong"),
    "too long": (("X-Api-Key: {}a",), "wrong"),
    "a cookie's": (("Cookie: x-api-key={}",), "missing"),
    "beyond ASCII": (("X-Api-Key: \xe9{}",), "wrong"),
    "the key of the upstream": ((f"X-Api-Key: {KEY}",), "wrong"),
}


@pytest.mark.parametrize(("lines", "fault"), WRONG_TOKENS.values(), ids=WRONG_TOKENS)
@pytest.mark.parametrize(
    ("method", "path"),
    [("POST", CHAT), ("POST", f"{MESSAGES}/count_tokens"), ("GET", "/v1/any"), ("GET", "/config")],
)
def test_a_wrong_token(
    shim: Serving, upstream: Upstream, method: str, path: str, lines: tuple[str, ...], fault: str
) -> None:
    before = len(upstream.requests)
    shown = [line.format(shim.token) for line in lines]
    answer = ask(shim.port, post(path, BODY, *shown).replace(b"POST", method.encode(), 1))
    assert answer.status == 401
    message = answer.json["error"]["message"]
    assert f"token is {fault}" in message
    assert shim.token not in message
    assert len(upstream.requests) == before


@pytest.mark.parametrize("shown", ["token", GIVEN, ""])
def test_no_token_of_a_client_stops_the_shim(shim: Serving, shown: str) -> None:
    token = shim.token if shown == "token" else shown
    assert ask_with(shim, "Host: localhost", f"X-Api-Key: {token}", path="/stop").status == 401
    assert ask(shim.port, head("GET /healthz", "Host: localhost")).status == 200


ADDRESSES = {
    "the token": f"{CHAT}?api_key={{}}",
    "the token in a path": "/v1/models/{}",
    "the upstream's key": f"{CHAT}?key={KEY}",
    "another key": f"{MESSAGES}?a=b&key=sk-ant-api03-other",
}


@pytest.mark.parametrize("address", ADDRESSES.values(), ids=ADDRESSES)
def test_an_address_is_no_place_for_a_key(shim: Serving, upstream: Upstream, address: str) -> None:
    """Addresses are kept in the logs of whatever they pass."""
    before = len(upstream.requests)
    path = address.format(shim.token)
    answer = ask_with(shim, "Host: localhost", f"X-Api-Key: {shim.token}", path=path)
    assert answer.status == 400
    assert "does not belong in an address" in answer.json["error"]["message"]
    assert len(upstream.requests) == before


def test_without_a_token_every_local_program_may(upstream: Upstream) -> None:
    with serving(upstream.root, "--token", "none") as shim:
        assert shim.token == ""
        assert ask_with(shim, "Host: localhost").status == 200
        assert ask_with(shim, "Host: localhost", "X-Api-Key: sk-ant-any").status == 200
        assert ask_with(shim, "Host: evil.example").status == 421
        assert ask_with(shim, "Host: localhost", "Origin: http://evil.example").status == 403
        assert ask_with(shim, "Host: localhost", path="/stop").status == 401


def test_only_loopback_listens(shim: Serving) -> None:
    with socket.socket() as elsewhere:
        elsewhere.bind(("127.0.0.2", 0))
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.2", shim.port), timeout=5)


NEVER_SENT = (
    "Cookie: session=secret", "Api-Key: sk-secret", "X-Goog-Api-Key: secret",
    "X-Auth-Token: secret", "Proxy-Authorization: Basic secret", "X-Anything: sk-ant-secret",
    "X-More: Bearer sk-or-v1-secret", "Connection: keep-alive, X-Hop", "X-Hop: secret",
    "Keep-Alive: timeout=5", "TE: trailers", "Trailer: X-A", "Upgrade: h2c",
    "Proxy-Connection: close", "Referer: http://localhost/secret", "Forwarded: for=10.0.0.1",
    "X-Forwarded-For: 10.0.0.1", "Expect: secret", "Accept-Encoding: br",
)  # fmt: skip
SENT_ON = (
    "Anthropic-Version: 2023-06-01", "Anthropic-Beta: a,b", "X-Title: Harness",
    "HTTP-Referer: https://harness.example", "User-Agent: claude-cli/2.1",
    "Content-Type: text/json", "X-Stainless-Lang: js", "X-Session-Id: 4711",
    "Accept: text/event-stream",
)  # fmt: skip


@pytest.mark.parametrize("path", [CHAT, MESSAGES, "/v1/responses", "/v1/embeddings"])
def test_what_is_sent_on(shim: Serving, upstream: Upstream, path: str) -> None:
    lines = (f"Authorization: Bearer {shim.token}", "X-Api-Key: sk-ant-secret")
    assert ask_with(shim, "Host: localhost", *lines, *NEVER_SENT, *SENT_ON, path=path).status == 200
    sent = upstream.last
    assert sent.every("authorization") == [f"Bearer {KEY}"]
    assert sent.every("host") == [f"127.0.0.1:{upstream.port}"]
    assert sent.every("accept-encoding") == ["identity"]
    for line in SENT_ON:
        name, value = line.split(": ", 1)
        assert sent.every(name.lower()) == [value]
    own = {"authorization", "host", "accept-encoding", "content-length", "x-openrouter-metadata"}
    allowed = own | {line.split(":")[0].lower() for line in SENT_ON}
    assert {name for name, _ in sent.headers} <= allowed
    assert "secret" not in repr(sent.headers)
    assert shim.token not in repr(sent.headers)


@pytest.mark.parametrize("path", [CHAT, MESSAGES, "/v1/responses"])
@pytest.mark.parametrize("body", [BODY, STREAMED], ids=["whole", "stream"])
def test_what_comes_back(shim: Serving, path: str, body: bytes) -> None:
    answer = ask_with(shim, "Host: localhost", f"X-Api-Key: {shim.token}", path=path, body=body)
    assert answer.status == 200
    assert answer.headers["x-request-id"] == "req-1"
    assert "set-cookie" not in answer.headers
    assert no_cors(answer)


def test_a_header_cannot_be_smuggled_upstream(shim: Serving, upstream: Upstream) -> None:
    """An escaped line end stays what it is, in a path's query as in a header."""
    path = f"{CHAT}?a=%0d%0aX-Injected:%20yes"
    lines = ("Host: localhost", f"X-Api-Key: {shim.token}", "X-Title: a%0d%0aX-Injected: yes")
    assert ask_with(shim, *lines, path=path).status == 200
    assert upstream.last.path == f"/api{path}"
    assert not upstream.last.every("x-injected")


@pytest.mark.parametrize("key", [KEY, "a-key-that-has-no-form"], ids=["a key", "of no form"])
def test_an_upstream_that_tells_the_key(key: str) -> None:
    error = {"error": {"code": 401, "message": f"{key} is no key", "metadata": {"raw": key}}}
    with (
        scripted() as upstream,
        serving(upstream.root, "--token=none", env={"OPENROUTER_API_KEY": key}) as shim,
    ):
        upstream.plays("tells", script(whole(json.dumps(error).encode(), status=401)))
        answer = ask_with(shim, "Host: localhost", "X-Case: tells")
        assert answer.status == 401
        assert answer.json["error"]["message"].endswith("*** is no key")
        assert key not in answer.body.decode()
        assert key not in shim.log()


def test_no_secret_is_left_anywhere(upstream: Upstream) -> None:
    """Neither key nor token nor prompt: not on screen, not in an answer, not in a file."""
    prompt = "a-prompt-that-nobody-else-reads"
    body = json.dumps({"model": "any", "messages": [{"role": "user", "content": prompt}]}).encode()
    with serving(upstream.root, "--token", GIVEN) as shim:
        shown = ("Host: localhost", f"X-Api-Key: {shim.token}")
        said = [shim.banner()]
        for path in (CHAT, MESSAGES):
            assert ask_with(shim, *shown, path=path, body=body).status == 200
            said.append(ask_with(shim, *shown, path=path, body=body[:-1]).body.decode())
        said += [
            ask(shim.port, head(f"GET {path}", *shown)).body.decode()
            for path in ("/config", "/healthz", "/version")
        ]
        kept = (shim.state / "shim-token").read_bytes()
        assert shim.end(signal.SIGTERM) == 0
        said.append(shim.log())
        files = [path for path in shim.home.rglob("*") if path.is_file()]
        ledger = shim.state / "ledger.sqlite3"
        assert ledger in files
        secrets = (KEY, shim.token, GIVEN, prompt)
        assert not [secret for secret in secrets if secret in "".join(said)]
        for secret in secrets:
            holders = {path for path in files if secret.encode() in path.read_bytes()}
            assert holders <= {shim.state / "shim-token"}
        assert kept.decode().strip() == shim.token
        assert shim.rows() == 4


@pytest.mark.parametrize("host", ["127.0.0.1", "127.255.0.9", "::1", "localhost", "LOCALHOST."])
def test_this_machine(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize(
    "host", ["", ".", "[::1]", "::", "10.0.0.1", "127.1", "localhost.com", "127.0.0.1 ", "::2"]
)
def test_another_machine(host: str) -> None:
    assert not is_loopback(host)


OPEN_TO = {
    "its name": ("My-Host.Local", True),
    "its name and port": ("my-host.local:8787", True),
    "an address": ("192.168.0.7", True),
    "an address and port": ("192.168.0.7:8787", True),
    "an address of six": ("[fe80::1]:8787", True),
    "loopback": ("localhost", True),
    "another name": ("not-my-host.local", False),
    "a number": ("3232235527", False),
}


@pytest.mark.parametrize(("host", "served"), OPEN_TO.values(), ids=OPEN_TO)
def test_the_host_of_a_shim_that_is_open_to_other_machines(host: str, *, served: bool) -> None:
    access = Access((b"token",), frozenset({"my-host.local"}), is_open=True)
    expected = contextlib.nullcontext() if served else pytest.raises(Refusal)
    with expected:
        access.check_origin(Headers(((b"Host", host.encode()),)))
