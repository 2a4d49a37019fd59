"""What is no proper request: refused in the caller's dialect and never forwarded, or still pinned.

One shim gets them all, and must answer a good request after each of them.
"""

import gzip
import json
import time
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import pytest
from connection import Answer, Connection, ask, head, post
from recording import SAID, Upstream, recording
from serving import Serving, serving

TOKEN = "the-token-of-these-tests"
AUTH = f"Authorization: Bearer {TOKEN}"
HOST = "Host: 127.0.0.1"
LIMIT = 200_000
PIN = {"order": ["fireworks"], "allow_fallbacks": False}
MODEL = "moonshotai/kimi-k2.5"

CHAT, MESSAGES = "/v1/chat/completions", "/v1/messages"
FORWARDED = (CHAT, MESSAGES, "/v1/responses", "/v1/embeddings")
GOOD = json.dumps({"model": "any", "messages": []}).encode()
STREAMED = json.dumps({"model": "any", "stream": True}).encode()


@pytest.fixture(scope="module")
def upstream() -> Iterator[Upstream]:
    with recording() as upstream:
        yield upstream


@pytest.fixture(scope="module")
def shim(upstream: Upstream) -> Iterator[Serving]:
    with serving(upstream.root, "--token", TOKEN, "--body-limit", str(LIMIT)) as shim:
        yield shim


@pytest.fixture(autouse=True)
def still_serves(shim: Serving, upstream: Upstream) -> Iterator[None]:
    """After each test a good request is answered as ever, and forwarded once."""
    yield
    before = len(upstream.requests)
    answer = ask(shim.port, post(CHAT, GOOD, AUTH))
    assert answer.json["choices"][0]["message"]["content"] == SAID
    assert len(upstream.requests) == before + 1
    assert is_pinned(upstream.last.json)


def is_pinned(body: Mapping[str, Any]) -> bool:
    return (body["model"], body["provider"]) == (MODEL, PIN)


def says_error(answer: Answer, path: str) -> bool:
    """Whether it is an error in the words of the path's dialect, for a client that goes by them."""
    error = answer.json["error"]
    if path.startswith(MESSAGES):
        words = error.keys() == {"type", "message"} and answer.json["type"] == "error"
    else:
        words = error.keys() == {"code", "message"} and error["code"] == answer.status
    return bool(words and error["message"]) and answer.headers["x-should-retry"] == "false"


NO_OBJECT: Mapping[str, bytes] = {
    "empty": b"",
    "white space": b" \n",
    "not JSON": b"hello",
    "truncated": GOOD[:-1],
    "two documents": GOOD + GOOD,
    "an array": b"[]",
    "null": b"null",
    "a string": b'"model"',
    "deep nesting": b'{"model":"a","tools":' + b"[" * 10_000 + b"]" * 10_000 + b"}",
    "deep nesting, unclosed": b'{"model":' + b"[" * 10_000,
    "deep nesting in the pin": b'{"provider":' + b'{"a":' * 10_000 + b"1" + b"}" * 10_001,
    "NaN": b'{"model":"a","temperature":NaN}',
    "a byte order mark": b"\xef\xbb\xbf" + GOOD,
    "UTF-16": GOOD.decode().encode("utf-16"),
    "a key that is no UTF-8": b'{"mod\xffel":"a"}',
    "a model that is no string": b'{"model":5}',
    "a pin that is no object": b'{"model":"a","provider":[]}',
}


@pytest.mark.parametrize("path", FORWARDED)
@pytest.mark.parametrize("body", NO_OBJECT.values(), ids=NO_OBJECT)
def test_a_body_that_cannot_be_pinned(
    shim: Serving, upstream: Upstream, path: str, body: bytes
) -> None:
    before = len(upstream.requests)
    answer = ask(shim.port, post(path, body, AUTH))
    assert answer.status == 400
    assert says_error(answer, path)
    assert len(upstream.requests) == before


ODD_BUT_JSON: Mapping[str, bytes] = {
    "an escaped key": rb'{"model":"a","pro\u0076ider":{"order":["other"]}}',
    "keys twice": b'{"model":"a","provider":{"order":["x"]},"model":"b","provider":{}}',
    "an escaped key beside the plain one": rb'{"provider":{"sort":"price"},"\u0070rovider":{}}',
    "half of a surrogate pair": rb'{"model":"a","messages":["\ud83d"]}',
    "text that is no UTF-8": b'{"model":"a","messages":["\xff"]}',
    "a null pin": b'{"model":"a","provider":null}',
    "no model": b"{}",
    "white space all around": b'\r\n\t {"model" : "a"} \n',
}


@pytest.mark.parametrize("body", ODD_BUT_JSON.values(), ids=ODD_BUT_JSON)
def test_an_odd_body_is_pinned_all_the_same(shim: Serving, upstream: Upstream, body: bytes) -> None:
    before = len(upstream.requests)
    assert ask(shim.port, post(CHAT, body, AUTH)).status == 200
    assert len(upstream.requests) == before + 1
    sent = upstream.last.body.decode("utf-8", "replace")
    pairs = json.loads(sent, object_pairs_hook=lambda pairs: pairs)
    keys = [key for key, _ in pairs]
    assert sorted(keys) == sorted(set(keys))
    assert is_pinned(json.loads(sent))


def chunks(*parts: bytes) -> bytes:
    return b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in (*parts, b""))


CHUNKED = head(f"POST {CHAT}", HOST, AUTH, "Transfer-Encoding: chunked")
BROKEN_HTTP: Mapping[str, bytes] = {
    "no HTTP": b"hello\r\n\r\n",
    "TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
    "HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "a version that does not exist": post(CHAT, GOOD, AUTH).replace(b"HTTP/1.1", b"HTTP/9.9"),
    "a method that does not exist": post(CHAT, GOOD, AUTH).replace(b"POST", b"FOO"),
    "a small method": post(CHAT, GOOD, AUTH).replace(b"POST", b"post"),
    "no target": post("", GOOD, AUTH),
    "a space in the target": post(f"{CHAT} x", GOOD, AUTH),
    "bare line feeds": head(f"POST {CHAT}", HOST, AUTH).replace(b"\r\n", b"\n"),
    "a folded header": post(CHAT, GOOD, AUTH, "X-A: b\r\n c"),
    "a NUL in a header": post(CHAT, GOOD, AUTH, "X-A: b\0c"),
    "a huge header": post(CHAT, GOOD, AUTH, f"X-A: {'a' * 100_000}"),
    "a huge header's name": post(CHAT, GOOD, AUTH, f"{'a' * 100_000}: a"),
    "a huge target": post(f"{CHAT}?{'a' * 100_000}", GOOD, AUTH),
    "5 000 headers": post(CHAT, GOOD, AUTH, *(f"X-{n}: a" for n in range(5000))),
    "a negative length": head(f"POST {CHAT}", HOST, AUTH, "Content-Length: -1") + GOOD,
    "a length with a sign": head(f"POST {CHAT}", HOST, AUTH, f"Content-Length: +{len(GOOD)}"),
    "a length in words": head(f"POST {CHAT}", HOST, AUTH, "Content-Length: many") + GOOD,
    "two lengths": post(CHAT, GOOD, AUTH, "Content-Length: 1"),
    "the same length twice": post(CHAT, GOOD, AUTH, f"Content-Length: {len(GOOD)}"),
    "a length and chunks": CHUNKED[:-2] + b"Content-Length: 5\r\n\r\n" + chunks(GOOD),
    "chunks and a length": post(CHAT, chunks(GOOD), AUTH, "Transfer-Encoding: chunked"),
    "chunked twice": CHUNKED[:-2] + b"Transfer-Encoding: chunked\r\n\r\n" + chunks(GOOD),
    "chunked, but not last": CHUNKED.replace(b"chunked", b"chunked, gzip") + chunks(GOOD),
    "an unknown coding": CHUNKED.replace(b"chunked", b"xchunked") + chunks(GOOD),
    "a coding and a length": post(CHAT, GOOD, AUTH, "Transfer-Encoding: identity"),
    "a space before the colon": CHUNKED.replace(b"Encoding:", b"Encoding :") + chunks(GOOD),
    "chunks without a size": CHUNKED + b"zz\r\n" + GOOD + b"\r\n0\r\n\r\n",
    "a chunk that is too long": CHUNKED + b"5\r\n" + GOOD + b"\r\n0\r\n\r\n",
}


@pytest.mark.parametrize("request_", BROKEN_HTTP.values(), ids=BROKEN_HTTP)
def test_broken_http(shim: Serving, upstream: Upstream, request_: bytes) -> None:
    before = len(upstream.requests)
    with Connection(shim.port) as connection:
        connection.send(request_)
        answer = connection.answer()
        assert answer.status == 400
        assert says_error(answer, CHAT)
        assert connection.ended()
    assert len(upstream.requests) == before


@pytest.mark.parametrize("method", ["POST", "GET"])
def test_what_follows_a_body_is_no_part_of_it(
    shim: Serving, upstream: Upstream, method: str
) -> None:
    """A body that is longer than its length: what is over is read as a request, if it is one."""
    smuggled = head(f"{method} /v1/models", "Host: evil.example")
    with Connection(shim.port) as connection:
        connection.send(post(CHAT, GOOD, AUTH) + smuggled)
        assert connection.answer().status == 200
        assert connection.answer(method).status == 421
    assert is_pinned(upstream.last.json)


def test_a_body_that_never_comes_to_its_end(shim: Serving, upstream: Upstream) -> None:
    before = len(upstream.requests)
    with Connection(shim.port) as connection:
        connection.send(post(CHAT, GOOD, AUTH)[:-1])
    with Connection(shim.port) as connection:
        connection.send(CHUNKED + chunks(GOOD)[:-2])
    assert ask(shim.port, head("GET /healthz", HOST)).status == 200
    assert len(upstream.requests) == before


class Sent(NamedTuple):
    request: bytes
    bodies: tuple[bytes, ...] = (GOOD,)


UNUSUAL_HTTP: Mapping[str, Sent] = {
    "one chunk": Sent(CHUNKED + chunks(GOOD)),
    "many chunks": Sent(CHUNKED + chunks(*(GOOD[n : n + 1] for n in range(len(GOOD))))),
    "a chunk's extension": Sent(CHUNKED + chunks(GOOD).replace(b"\r\n", b";a=b\r\n", 1)),
    "a trailer": Sent(CHUNKED + chunks(GOOD)[:-2] + b"X-A: b\r\n\r\n"),
    "HTTP/1.0": Sent(post(CHAT, GOOD, AUTH).replace(b"HTTP/1.1", b"HTTP/1.0")),
    "pipelined": Sent(post(CHAT, GOOD, AUTH) + post(MESSAGES, STREAMED, AUTH), (GOOD, STREAMED)),
    "another expectation": Sent(post(CHAT, GOOD, AUTH, "Expect: 200-ok")),
    "a WebSocket": Sent(post(CHAT, GOOD, AUTH, "Connection: Upgrade", "Upgrade: websocket")),
    "HTTP/2 in the clear": Sent(
        post(CHAT, GOOD, AUTH, "Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c")
    ),
}


@pytest.mark.parametrize("sent", UNUSUAL_HTTP.values(), ids=UNUSUAL_HTTP)
def test_unusual_http(shim: Serving, upstream: Upstream, sent: Sent) -> None:
    before = len(upstream.requests)
    with Connection(shim.port) as connection:
        connection.send(sent.request)
        answers = [connection.answer() for _ in sent.bodies]
    assert [answer.status for answer in answers] == [200 for _ in sent.bodies]
    arrived = upstream.requests[before:]
    assert len(arrived) == len(sent.bodies)
    for request, body in zip(arrived, sent.bodies, strict=True):
        assert request.json == json.loads(body) | {"model": MODEL, "provider": PIN}
        assert not request.every("upgrade") + request.every("expect")


def test_http_1_0_has_a_stream_to_the_end_of_its_connection(shim: Serving) -> None:
    request = post(CHAT, STREAMED, AUTH).replace(b"HTTP/1.1", b"HTTP/1.0")
    with Connection(shim.port) as connection:
        connection.send(request)
        answer = connection.answer()
        assert answer.status == 200
        assert "transfer-encoding" not in answer.headers
        assert answer.body.endswith(b"data: [DONE]\n\n")
        assert connection.ended()


@pytest.mark.parametrize("shown", [AUTH, "X-Api-Key: wrong"], ids=["allowed", "refused"])
def test_a_client_that_asks_whether_to_go_on(shim: Serving, upstream: Upstream, shown: str) -> None:
    """It has its answer before its body: to go on, or that it need not."""
    before = len(upstream.requests)
    lines = (HOST, shown, f"Content-Length: {len(GOOD)}", "Expect: 100-continue")
    with Connection(shim.port) as connection:
        connection.send(head(f"POST {CHAT}", *lines))
        if shown == AUTH:
            assert connection.line() == b"HTTP/1.1 100 Continue\r\n"
            assert connection.line() == b"\r\n"
            connection.send(GOOD)
        status = connection.answer().status
    assert (status, len(upstream.requests) - before) == ((200, 1) if shown == AUTH else (401, 0))


SIZED = b'{"model":"a","messages":["' + b"x" * LIMIT
TOO_LARGE: Mapping[str, bytes] = {
    "by its length": head(f"POST {MESSAGES}", HOST, AUTH, f"Content-Length: {1 << 40}"),
    "in chunks": CHUNKED.replace(CHAT.encode(), MESSAGES.encode()) + chunks(SIZED),
    "one byte": post(MESSAGES, SIZED[: LIMIT + 1], AUTH),
    "count_tokens": post(f"{MESSAGES}/count_tokens", SIZED, AUTH),
}


@pytest.mark.parametrize("request_", TOO_LARGE.values(), ids=TOO_LARGE)
def test_a_body_beyond_the_limit(shim: Serving, upstream: Upstream, request_: bytes) -> None:
    before = len(upstream.requests)
    answer = ask(shim.port, request_)
    assert answer.status == 413
    assert says_error(answer, MESSAGES)
    assert answer.json["error"]["type"] == "request_too_large"
    assert len(upstream.requests) == before


@pytest.mark.parametrize("chunked", [False, True], ids=["with a length", "in chunks"])
def test_a_body_at_the_limit(shim: Serving, upstream: Upstream, *, chunked: bool) -> None:
    text = "x" * (LIMIT - len('{"messages":[""]}'))
    body = json.dumps({"messages": [text]}, separators=(",", ":")).encode()
    assert len(body) == LIMIT
    request = CHUNKED + chunks(body) if chunked else post(CHAT, body, AUTH)
    assert ask(shim.port, request).status == 200
    assert upstream.last.json["messages"] == [text]


@pytest.fixture(scope="module")
def strict(upstream: Upstream) -> Iterator[Serving]:
    """A shim that takes little, and does not wait for it long."""
    options = ("--token", TOKEN, "--body-limit", "1000", "--idle-timeout", "0.3")
    with serving(upstream.root, *options) as shim:
        yield shim


@pytest.mark.parametrize("size", [990, 1000, 1001, 5000])
def test_a_small_limit(strict: Serving, size: int) -> None:
    """Of chunks that all come at once, too."""
    body = b'{"a":"%b"}' % (b"x" * (size - 8))
    for request_ in (post(CHAT, body, AUTH), CHUNKED + chunks(body)):
        assert ask(strict.port, request_).status == (200 if size <= 1000 else 413)


CHUNKED_MESSAGE = CHUNKED.replace(CHAT.encode(), MESSAGES.encode())
STALLED: Mapping[str, tuple[bytes, bytes]] = {
    "a length": (post(MESSAGES, GOOD, AUTH)[:-1], b""),
    "no byte of a body": (head(f"POST {MESSAGES}", HOST, AUTH, "Content-Length: 9"), b""),
    "chunks": (CHUNKED_MESSAGE + b"2\r\n{ \r\n", b""),
    "chunks that go on as something else": (CHUNKED_MESSAGE + b"2\r\n{ \r\n", b"zz\r\n"),
}


@pytest.mark.parametrize(("begin", "rest"), STALLED.values(), ids=STALLED)
def test_a_body_that_stalls(strict: Serving, upstream: Upstream, begin: bytes, rest: bytes) -> None:
    before = len(upstream.requests)
    with Connection(strict.port) as connection:
        connection.send(begin)
        time.sleep(0.1)
        connection.send(rest)
        answer = connection.answer()
    assert answer.status == 408
    assert says_error(answer, MESSAGES)
    assert len(upstream.requests) == before


@pytest.mark.parametrize("coding", ["gzip", "br", "gzip, identity"])
def test_a_compressed_body(shim: Serving, upstream: Upstream, coding: str) -> None:
    before = len(upstream.requests)
    answer = ask(
        shim.port, post(MESSAGES, gzip.compress(GOOD), AUTH, f"Content-Encoding: {coding}")
    )
    assert answer.status == 415
    assert says_error(answer, MESSAGES)
    assert len(upstream.requests) == before


UNKNOWN: Mapping[tuple[str, str], int] = {
    ("GET", "/"): 404,
    ("GET", "/nothing"): 404,
    ("POST", "/healthz"): 404,
    ("GET", "/stop"): 404,
    ("POST", "/v1/nothing"): 404,
    ("POST", "/v1/models"): 404,
    ("POST", "/v1/completions"): 404,
    ("POST", "/v1/messages/batches"): 404,
    ("POST", "/V1/chat/completions"): 404,
    ("POST", "/v2/chat/completions"): 404,
    ("POST", "/v1/chat/completions/"): 404,
    ("POST", "/v1//chat/completions"): 404,
    ("POST", "//v1/chat/completions"): 404,
    ("POST", "/v1/./chat/completions"): 404,
    ("POST", "/v1/x/../chat/completions"): 404,
    ("POST", "/v1/x/%2e%2e/chat/completions"): 404,
    ("POST", "/v1/chat%2fcompletions"): 404,
    ("POST", "/v1/chat%5Ccompletions"): 404,
    ("POST", "/v1/chat\\completions"): 404,
    ("POST", "/v1/messages;a=b"): 404,
    ("POST", "/v1/messages#a"): 404,
    ("POST", "/v1/%6dessages"): 404,
    ("GET", "/v1/../healthz"): 404,
    ("GET", "/v1/models/.."): 404,
    ("GET", "/v1/models/%00"): 404,
    ("GET", "/v1/models/%0d%0aX-A:b"): 404,
    ("POST", "/p//v1/messages"): 404,
    ("POST", "/p/../v1/messages"): 404,
    ("POST", "/p/%2e%2e/v1/messages"): 404,
    ("POST", "/p/nobody/v1/messages"): 404,
    ("POST", "/p/nobody/v1/messages/count_tokens"): 404,
    ("GET", "/p/nobody/v1/models"): 404,
    ("POST", "/p/nobody/v1/chat/completions"): 404,
    ("POST", "http://127.0.0.1/v1/chat/completions"): 404,
    ("POST", "http://evil.example/v1/chat/completions"): 404,
    ("GET", "https://openrouter.ai/api/v1/models"): 404,
    ("CONNECT", "127.0.0.1:80"): 404,
    ("CONNECT", "openrouter.ai:443"): 404,
    ("OPTIONS", "*"): 404,
    ("PUT", "/v1/models"): 404,
    ("DELETE", "/v1/models"): 404,
    ("PUT", "/v1/chat/completions"): 405,
    ("TRACE", "/v1/chat/completions"): 405,
    ("OPTIONS", "/v1/chat/completions"): 405,
    ("DELETE", "/v1/messages"): 405,
    ("PATCH", "/v1/messages"): 405,
    ("GET", "/v1/messages/count_tokens"): 405,
    ("POST", "/api/hello"): 405,
}


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [(*asked, status) for asked, status in UNKNOWN.items()],
    ids=[" ".join(asked) for asked in UNKNOWN],
)
def test_an_unknown_path_or_method(
    shim: Serving, upstream: Upstream, method: str, path: str, status: int
) -> None:
    before = len(upstream.requests)
    answer = ask(shim.port, post(path, GOOD, AUTH).replace(b"POST", method.encode(), 1))
    assert answer.status == status
    dialect = MESSAGES if "/messages" in path or "/hello" in path else CHAT
    assert says_error(answer, dialect)
    assert len(upstream.requests) == before
