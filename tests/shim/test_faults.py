"""What a client gets, and how often the upstream is asked, where the upstream fails.

Every fault is played, all of them at the same time, through one shim; each test reads what came.
"""

import gzip
import json
import socket
import sys
import time
import zlib
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

import pytest
from connection import Connection
from playing import (
    COMMENT,
    KINDS,
    PATHS,
    STREAMED,
    Case,
    Event,
    Got,
    events,
    good,
    good_body,
    is_pinned,
    name_of,
    play,
    read,
    request_of,
    rows,
    says_error,
    sockets,
    until,
)
from recording import PROVIDER, STREAM
from scripted import (
    LAST_CHUNK,
    STREAM_HEAD,
    Script,
    Scripted,
    Step,
    chunk,
    close,
    hang,
    head,
    reset,
    script,
    scripted,
    wait,
    whole,
)
from serving import KEY, Serving, serving

from confgen.shim.dialect import Dialect
from confgen.shim.ledger import Entry, Outcome

AT_ONCE = 64
OPTIONS = (
    "--token=none",
    "--retries=1",
    "--retry-budget=15",
    "--idle-timeout=1.5",
    "--answer-timeout=2.5",
    "--order=fireworks",
    "--no-fallbacks",
)
WORDS = "the engine died"

RETRIED = (408, 429, 502, 503, 504, 524, 529)
FINAL = (400, 401, 402, 403, 404, 413, 422, 500)
ASKED = {None: None, 2: "2", 3600: "30"}
"""The seconds of an upstream's Retry-After, and those that the client is told."""


def data(content: Any, name: str = "") -> bytes:
    line = f"event: {name}\n" if name else ""
    return f"{line}data: {json.dumps(content)}\n\n".encode()


def typed(kind: str, **content: Any) -> bytes:
    return data({"type": kind, **content}, kind)


def delta(finish: str | None = None, **content: Any) -> bytes:
    return data({"choices": [{"index": 0, "delta": content, "finish_reason": finish}]})


def error_json(dialect: Dialect, status: int) -> bytes:
    error = {"type": "error"} if dialect == "messages" else {}
    return json.dumps({**error, "error": {"code": status, "message": WORDS}}).encode()


BOMB = gzip.compress(b" " * (1 << 26) + b"\n\n")
STREAM_BOMB = gzip.compress(COMMENT * (1 << 20))
"""More than a whole answer and a piece of a stream may become, in less than is read at once."""

DONE = b"data: [DONE]\n\n"
NO_OUTPUT = {"id": "resp_1", "output": []}
STARTS: Mapping[Dialect, bytes] = {
    "chat": delta(role="assistant", content=""),
    "messages": typed("message_start", message={"role": "assistant", "content": []}),
    "responses": typed("response.created", response=NO_OUTPUT),
}
"""What comes before an answer, and is none."""

ENDS: Mapping[Dialect, bytes] = {
    "chat": delta("stop") + DONE,
    "messages": typed("message_delta", delta={"stop_reason": "end_turn"}) + typed("message_stop"),
    "responses": typed("response.completed", response={**NO_OUTPUT, "status": "completed"}),
}
FAILURE = {"status": "failed", "error": {"code": "server_error", "message": WORDS}}
ERRORS: Mapping[Dialect, bytes] = {
    "chat": data(
        {"error": {"code": 502, "message": WORDS}, "choices": [{"finish_reason": "error"}]}
    ),
    "messages": typed("error", error={"type": "api_error", "message": WORDS}),
    "responses": typed("response.failed", response={**NO_OUTPUT, **FAILURE}),
}
"""How the upstream itself says that it failed in the middle of an answer."""


class Fault(NamedTuple):
    """What the upstream does, and what the client and the ledger are told of it."""

    script: Script
    status: int
    outcome: Outcome


def no_answer() -> dict[str, Fault]:
    """Faults before the head of an answer."""
    return {
        "reset before the head": Fault(script(reset), 502, "error"),
        "closed before the head": Fault(script(close), 502, "error"),
        "half a head": Fault(script(b"HTTP/1.1 200 OK\r\nContent-", close), 502, "error"),
        "no HTTP": Fault(script(b"SSH-2.0-OpenSSH_9.2\r\n", hang), 502, "error"),
        "nothing": Fault(script(hang), 504, "error"),
        "status 600": Fault(script(whole(b"{}", status=600)), 502, "error"),
        "status 999": Fault(script(whole(b"{}", status=999)), 502, "error"),
        "another protocol": Fault(script(head(101, "Upgrade: h2c"), hang), 502, "error"),
        "nothing but interim answers": Fault(
            script(b"HTTP/1.1 100 Continue\r\n\r\n" * 30, hang), 502, "error"
        ),
    }


def no_whole(dialect: Dialect) -> dict[str, Fault]:
    """Faults in an answer that is no stream."""
    body, error = good_body(dialect, stream=False), error_json(dialect, 502)
    half, kind = whole(body)[:-9], "Content-Type: application/json"
    chunked = head(200, kind, "Transfer-Encoding: chunked")
    coded = whole(gzip.compress(error), "Content-Encoding: gzip")
    return {
        "reset after the head": Fault(
            script(head(200, kind, "Content-Length: 9"), reset), 502, "cut"
        ),
        "reset in the body": Fault(script(half, reset), 502, "cut"),
        "half a body": Fault(script(half, close), 502, "cut"),
        "half a chunk": Fault(script(chunked, chunk(body)[:-9], close), 502, "cut"),
        "no last chunk": Fault(script(chunked, chunk(body), close), 502, "cut"),
        "half a body to the end": Fault(script(head(200, kind), body[:-9], close), 503, "error"),
        "no more of the body": Fault(script(half, hang), 504, "stalled"),
        "no body": Fault(script(whole(b"")), 503, "empty"),
        "no content": Fault(script(head(204)), 503, "empty"),
        "white space": Fault(script(whole(b" \n")), 503, "empty"),
        "null": Fault(script(whole(b"null")), 503, "error"),
        "no answer in it": Fault(script(whole(b'{"id":"gen-1"}')), 503, "empty"),
        "an error": Fault(script(whole(error)), 503, "error"),
        "an error in gzip": Fault(script(coded), 503, "error"),
        "gzip that is none": Fault(script(whole(body, "Content-Encoding: gzip")), 502, "cut"),
        "a bomb in gzip": Fault(script(whole(BOMB, "Content-Encoding: gzip")), 502, "cut"),
        "a page": Fault(script(whole(b"<html>", "Content-Type: text/html")), 503, "error"),
    }


def no_stream(dialect: Dialect) -> dict[str, Fault]:
    """Faults in a stream before there is anything of the answer."""
    start, end, error = STARTS[dialect], ENDS[dialect], ERRORS[dialect]
    begin, piece = chunk(COMMENT + start), chunk(good_body(dialect, stream=True))

    def ended(*events: bytes) -> Script:
        return script(STREAM_HEAD, *map(chunk, events), LAST_CHUNK)

    return {
        "reset after the head": Fault(script(STREAM_HEAD, reset), 502, "cut"),
        "closed after the head": Fault(script(STREAM_HEAD, close), 502, "cut"),
        "reset after the start": Fault(script(STREAM_HEAD, begin, reset), 502, "cut"),
        "closed after the start": Fault(script(STREAM_HEAD, begin, close), 502, "cut"),
        "half a chunk": Fault(script(STREAM_HEAD, piece[:60], close), 502, "cut"),
        "no chunk": Fault(script(STREAM_HEAD, begin, wait(0.3), b"what?\r\n", hang), 502, "cut"),
        "no more after the head": Fault(script(STREAM_HEAD, hang), 504, "stalled"),
        "no more after the start": Fault(script(STREAM_HEAD, begin, hang), 504, "stalled"),
        "no event": Fault(script(STREAM_HEAD, LAST_CHUNK), 503, "empty"),
        "comments": Fault(ended(COMMENT, COMMENT), 503, "empty"),
        "a start": Fault(ended(start), 503, "empty"),
        "[DONE]": Fault(ended(DONE), 503, "empty"),
        "a start and an end": Fault(ended(start, end), 503, "empty"),
        "an error": Fault(ended(error), 502, "error"),
        "a start and an error": Fault(ended(start, error), 502, "error"),
        "a whole error": Fault(script(whole(error_json(dialect, 502))), 503, "error"),
        "an empty whole": Fault(script(whole(b"")), 503, "empty"),
        "a bomb in gzip": Fault(
            script(whole(STREAM_BOMB, "Content-Type: text/event-stream", "Content-Encoding: gzip")),
            502,
            "cut",
        ),
    }


def coded(dialect: Dialect, coding: str, *steps: Step) -> tuple[Dialect, bytes, Script]:
    """A stream that goes on with `steps` after a piece in a coding, and that piece."""
    packer = zlib.compressobj(wbits=zlib.MAX_WBITS | 16)
    first = packer.compress(STREAM[PATHS[dialect]][0]) + packer.flush(zlib.Z_SYNC_FLUSH)
    kind = ("Content-Type: text/event-stream", f"Content-Encoding: {coding}")
    begin = head(200, *kind, "Transfer-Encoding: chunked")
    return dialect, first, script(begin, chunk(first), wait(0.5), *steps)


def broken(dialect: Dialect) -> dict[str, Script]:
    """Faults in a stream whose first piece, which holds text, the client has had."""
    first, second = (chunk(piece) for piece in STREAM[PATHS[dialect]])
    error = chunk(ERRORS[dialect])
    faults: Mapping[str, tuple[bytes | Step, ...]] = {
        "reset": (reset,),
        "closed": (close,),
        "half a chunk": (second[:60], close),
        "half an event": (chunk(b'data: {"ty'), LAST_CHUNK),
        "half a character": (chunk('data: "\u20ac'.encode()[:-1]), LAST_CHUNK),
        "no chunk": (b"what?\r\n", hang),
        "no end": (LAST_CHUNK,),
        "no more": (hang,),
        "an error": (error, LAST_CHUNK),
        "an error, then a reset": (error, wait(0.5), reset),
    }
    return {fault: script(STREAM_HEAD, first, wait(0.5), *steps) for fault, steps in faults.items()}


UNREADABLE: Mapping[str, tuple[bytes, tuple[str, ...]]] = {
    "nothing": (b"", ()),
    "a page": (b"<html>502</html>", ("Content-Type: text/html",)),
    "text": (b"error code: 502", ("Content-Type: text/plain",)),
    "an array": (b'["no"]', ()),
    "a key that is no UTF-8": (b'{"\xff":"no"}', ()),
    "a message that is no UTF-8": (b'{"detail":"\xff"}', ()),
    "deep nesting": (b'{"a":' + b"[" * 5000, ()),
    "gzip that is none": (b"no", ("Content-Encoding: gzip",)),
}
"""Bodies of an error answer that tell no client anything."""


FAULTS = {
    name_of(dialect, stream, words): (dialect, stream, fault)
    for dialect, stream in KINDS
    for words, fault in {
        **no_answer(),
        **(no_stream(dialect) if stream else no_whole(dialect)),
    }.items()
}
BROKEN = {
    name_of(dialect, True, "broken", fault): (dialect, played)
    for dialect in STREAMED
    for fault, played in broken(dialect).items()
}
CODED = {
    name_of(dialect, True, coding, end.__name__): coded(dialect, coding, end)
    for dialect in STREAMED
    for coding in ("gzip", "br")
    for end in (reset, close, hang)
}
STATUSES = {
    name_of(dialect, stream, status, asked): (dialect, stream, status, asked)
    for dialect, stream in KINDS
    for status in (*RETRIED, *FINAL)
    for asked in ASKED
}
AVAILABLE = {
    name_of(dialect, stream, "available", status, retryable): (dialect, stream, status, retryable)
    for dialect, stream in KINDS
    for status, retryable in ((500, True), (404, True), (503, False), (429, False))
}
PAGES = {
    name_of(dialect, False, "said", kind): (dialect, body, lines)
    for dialect in PATHS
    for kind, (body, lines) in UNREADABLE.items()
}


def says_retryable(dialect: Dialect, status: int, retryable: bool) -> Script:
    error = json.loads(error_json(dialect, status))
    error["error"]["availability"] = {"retryable": retryable}
    return script(whole(json.dumps(error).encode(), status=status))


def says_no(dialect: Dialect, status: int, asked: int | None) -> Script:
    lines = () if asked is None else (f"Retry-After: {asked}",)
    return script(whole(error_json(dialect, status), *lines, status=status))


def cases() -> Iterator[tuple[str, Case]]:
    for name, (dialect, stream, fault) in FAULTS.items():
        yield name, Case(dialect, stream, (fault.script,))
        yield f"{name}, once", Case(dialect, stream, (fault.script, good(dialect, stream)))
    for name, (dialect, broken_off) in BROKEN.items():
        yield name, Case(dialect, True, (broken_off,))
    for name, (dialect, _, broken_off) in CODED.items():
        yield name, Case(dialect, True, (broken_off,))
    for name, (dialect, stream, status, asked) in STATUSES.items():
        yield name, Case(dialect, stream, (says_no(dialect, status, asked),))
    for name, (dialect, stream, status, retryable) in AVAILABLE.items():
        yield name, Case(dialect, stream, (says_retryable(dialect, status, retryable),))
    for name, (dialect, body, lines) in PAGES.items():
        yield name, Case(dialect, False, (script(whole(body, *lines, status=502)),))


CASES = dict(cases())


@pytest.fixture(scope="module")
def upstream() -> Iterator[Scripted]:
    with scripted() as upstream:
        yield upstream


@pytest.fixture(scope="module")
def shim(upstream: Scripted) -> Iterator[Serving]:
    with serving(upstream.root, *OPTIONS) as shim:
        yield shim


@pytest.fixture(scope="module", autouse=True)
def sockets_at_first(shim: Serving) -> int:
    return sockets(shim) if sys.platform == "linux" else 0


@pytest.fixture(scope="module")
def played(shim: Serving, upstream: Scripted) -> Mapping[str, Got]:
    """What came of every case."""

    def one(name: str) -> Got:
        return play(shim.port, upstream, name, CASES[name])

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return dict(zip(CASES, pool.map(one, CASES), strict=True))


@pytest.fixture(scope="module")
def ledger(shim: Serving, played: Mapping[str, Got]) -> Mapping[str, Entry]:
    return rows(shim, played)


@pytest.mark.parametrize("name", CASES)
def test_every_try_is_pinned_and_has_one_credential(played: Mapping[str, Got], name: str) -> None:
    assert played[name].tries
    assert all(is_pinned(request, KEY) for request in played[name].tries)


@pytest.mark.parametrize("name", CASES)
def test_every_request_has_its_row(
    played: Mapping[str, Got], ledger: Mapping[str, Entry], name: str
) -> None:
    row, got = ledger[name], played[name]
    assert (row.status, row.retries) == (got.answer.status, len(got.tries) - 1)
    assert not row.leak


@pytest.mark.parametrize(
    ("name", "dialect", "fault"),
    [(name, dialect, fault) for name, (dialect, _, fault) in FAULTS.items()],
    ids=FAULTS,
)
def test_a_try_that_gives_nothing_is_made_again_and_then_told(
    played: Mapping[str, Got],
    ledger: Mapping[str, Entry],
    name: str,
    dialect: Dialect,
    fault: Fault,
) -> None:
    got = played[name]
    assert (got.answer.status, len(got.tries)) == (fault.status, 2)
    assert says_error(got, dialect)
    assert got.answer.headers["x-should-retry"] == "false"
    assert ledger[name].outcome == fault.outcome


@pytest.mark.parametrize(
    ("name", "dialect", "stream"),
    [(name, dialect, stream) for name, (dialect, stream, _) in FAULTS.items()],
    ids=FAULTS,
)
def test_a_client_sees_nothing_of_a_try_that_failed(
    played: Mapping[str, Got],
    ledger: Mapping[str, Entry],
    name: str,
    dialect: Dialect,
    stream: bool,
) -> None:
    got, row = played[f"{name}, once"], ledger[f"{name}, once"]
    assert (got.answer.status, len(got.tries), got.complete) == (200, 2, True)
    assert got.answer.body == good_body(dialect, stream)
    assert (row.outcome, row.provider_served) == ("ok", PROVIDER)


@pytest.mark.parametrize(
    ("name", "dialect", "status", "asked"),
    [(name, dialect, status, asked) for name, (dialect, _, status, asked) in STATUSES.items()],
    ids=STATUSES,
)
def test_an_error_status(
    played: Mapping[str, Got], name: str, dialect: Dialect, status: int, asked: int | None
) -> None:
    got = played[name]
    hidden = dialect == "messages" and status == 404
    assert got.answer.status == (424 if hidden else status)
    assert got.answer.body == error_json(dialect, status)
    assert got.answer.headers["x-should-retry"] == "false"
    assert got.answer.headers.get("retry-after") == ASKED[asked]
    assert len(got.tries) == (2 if status in RETRIED and asked != 3600 else 1)


@pytest.mark.parametrize(
    ("name", "dialect"), [(name, dialect) for name, (dialect, _, _) in PAGES.items()], ids=PAGES
)
def test_an_error_that_tells_nothing_is_told_anew(
    played: Mapping[str, Got], name: str, dialect: Dialect
) -> None:
    got = played[name]
    assert (got.answer.status, len(got.tries)) == (502, 2)
    assert got.answer.headers["content-type"] == "application/json"
    assert says_error(got, dialect)


@pytest.mark.parametrize(
    ("name", "retryable"),
    [(name, told) for name, (_, _, _, told) in AVAILABLE.items()],
    ids=AVAILABLE,
)
def test_openrouter_knows_best_what_may_be_tried_again(
    played: Mapping[str, Got], name: str, retryable: bool
) -> None:
    assert len(played[name].tries) == (2 if retryable else 1)


def says_end(dialect: Dialect, last: Event) -> bool:
    """Whether a client of the dialect takes a stream's last event for an error."""
    if dialect == "messages":
        return last.name == "error" and last.content["type"] == "error"
    if dialect == "responses":
        return last.name == last.content["type"] and last.name in ("error", "response.failed")
    finish = last.content["choices"][0]["finish_reason"]
    return bool(finish == "error" and last.content["error"]["message"])


@pytest.mark.parametrize(
    ("name", "dialect"), [(name, dialect) for name, (dialect, _) in BROKEN.items()], ids=BROKEN
)
def test_a_stream_that_breaks_ends_as_an_error_and_is_not_tried_again(
    played: Mapping[str, Got], ledger: Mapping[str, Entry], name: str, dialect: Dialect
) -> None:
    got = played[name]
    first = STREAM[PATHS[dialect]][0]
    assert (got.answer.status, len(got.tries), got.complete) == (200, 1, True)
    assert got.answer.body.startswith(first)
    *_, last = events(got.answer.body)
    assert says_end(dialect, last)
    fails, stalls = "an error" in name, name.endswith("no more")
    assert not fails or got.answer.body == first + ERRORS[dialect]
    assert ledger[name].outcome == ("error" if fails else "stalled" if stalls else "cut")


@pytest.mark.parametrize(
    ("name", "first"), [(name, first) for name, (_, first, _) in CODED.items()], ids=CODED
)
def test_a_coded_stream_that_breaks_is_broken_off(
    played: Mapping[str, Got], name: str, first: bytes
) -> None:
    """Nothing can be written into a coding, and a client must not take it for whole."""
    got = played[name]
    assert (got.answer.status, got.answer.body, got.complete) == (200, first, False)
    assert len(got.tries) == 1


@pytest.fixture(scope="module")
def stranded() -> Iterator[Serving]:
    """A shim whose upstream's port nobody listens on."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        with serving(f"http://127.0.0.1:{taken.getsockname()[1]}/api", *OPTIONS) as shim:
            yield shim


@pytest.mark.parametrize(("dialect", "stream"), KINDS)
def test_an_upstream_that_is_not_there_is_looked_for_again(
    stranded: Serving, dialect: Dialect, stream: bool
) -> None:
    name = name_of(dialect, stream, "stranded")
    with Connection(stranded.port) as connection:
        connection.send(request_of(name, dialect, stream))
        got = Got(*read(connection), [])
    assert got.answer.status == 502
    assert says_error(got, dialect)
    row = rows(stranded, [name])[name]
    assert (row.status, row.retries, row.outcome) == (502, 1, "error")


def test_a_client_that_leaves_between_two_tries_ends_them(
    shim: Serving, upstream: Scripted
) -> None:
    upstream.plays("between", says_no("chat", 503, 2))
    with Connection(shim.port) as connection:
        connection.send(request_of("between", "chat", stream=False))
        until(lambda: bool(upstream.requests["between"]))
    assert rows(shim, ["between"])["between"].outcome == "cancelled"
    time.sleep(2.5)
    assert len(upstream.requests["between"]) == 1


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
@pytest.mark.usefixtures("played")
def test_no_connection_is_left_over(
    shim: Serving, upstream: Scripted, sockets_at_first: int
) -> None:
    until(lambda: sockets(shim) == sockets_at_first and upstream.open == 0)
