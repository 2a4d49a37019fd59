"""Clients that are slow, that leave, that send much, that never stop; and connections kept."""

import hashlib
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from connection import Connection
from playing import (
    COMMENT,
    KINDS,
    PATHS,
    STREAMED,
    Case,
    good,
    good_body,
    is_pinned,
    name_of,
    play,
    read,
    request_of,
    resident,
    rows,
    until,
)
from recording import PROVIDER, STREAM
from scripted import (
    LAST_CHUNK,
    STREAM_HEAD,
    Line,
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
    send,
    wait,
    whole,
)
from serving import KEY, Serving, serving

from confgen.shim.dialect import Dialect
from confgen.shim.guard import LIMIT

MEGA = 1_000_000
KEPT_HEAD = head(200, "Content-Type: text/event-stream", "Transfer-Encoding: chunked", keeps=True)
LINUX = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")


@pytest.fixture(scope="module")
def upstream() -> Iterator[Scripted]:
    with scripted() as upstream:
        yield upstream


@pytest.fixture(scope="module")
def shim(upstream: Scripted) -> Iterator[Serving]:
    """It tries once and no more, and waits long."""
    with serving(
        upstream.root, "--token=none", "--retries=0", "--order=fireworks", "--no-fallbacks"
    ) as shim:
        yield shim


def kept(dialect: Dialect, stream: bool) -> Script:
    """A good answer, after which the upstream keeps the connection."""
    body = good_body(dialect, stream)
    if stream:
        return script(KEPT_HEAD, chunk(body), LAST_CHUNK, keeps=True)
    return script(whole(body, keeps=True), keeps=True)


@pytest.fixture
def keeping(shim: Serving, upstream: Scripted) -> None:
    """Have the shim keep four connections."""
    slow = Script((wait(0.3), *kept("chat", False).steps), keeps=True)

    def one(number: int) -> None:
        name = f"kept-{time.monotonic()}-{number}"
        assert play(shim.port, upstream, name, Case("chat", False, (slow,))).answer.status == 200

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(one, range(4)))


def test_connections_are_kept(shim: Serving, upstream: Scripted) -> None:
    before = upstream.connections
    for dialect, stream in KINDS * 3:
        name = name_of(dialect, stream, "kept", time.monotonic())
        got = play(shim.port, upstream, name, Case(dialect, stream, (kept(dialect, stream),)))
        assert got.answer.body == good_body(dialect, stream)
    assert upstream.connections <= before + 1


@pytest.mark.usefixtures("keeping")
@pytest.mark.parametrize("end", [reset, close])
@pytest.mark.parametrize(("dialect", "stream"), KINDS)
def test_a_kept_connection_that_was_closed_is_replaced_at_once(
    shim: Serving, upstream: Scripted, dialect: Dialect, stream: bool, end: Step
) -> None:
    name = name_of(dialect, stream, "replaced", end.__name__)
    case = Case(dialect, stream, (script(end), good(dialect, stream)))
    began = time.monotonic()
    got = play(shim.port, upstream, name, case)
    assert (got.answer.status, got.answer.body) == (200, good_body(dialect, stream))
    assert len(got.tries) == 2
    assert time.monotonic() - began < 0.7
    assert all(is_pinned(request, KEY) for request in got.tries)


@pytest.mark.usefixtures("keeping")
def test_what_answers_with_no_http_is_not_asked_again(shim: Serving, upstream: Scripted) -> None:
    no_http = script(b"SSH-2.0-OpenSSH_9.2\r\n", hang)
    got = play(shim.port, upstream, "kept, no HTTP", Case("chat", False, (no_http,)))
    assert (got.answer.status, len(got.tries)) == (502, 1)


def test_a_connection_that_is_closed_while_idle_is_not_used(
    shim: Serving, upstream: Scripted
) -> None:
    steps = (*kept("chat", False).steps, wait(0.2), close)
    play(shim.port, upstream, "closed while idle", Case("chat", False, (Script(steps),)))
    time.sleep(0.4)
    case = Case("chat", False, (good("chat", False),))
    assert len(play(shim.port, upstream, "after the idle one", case).tries) == 1


def test_what_an_upstream_says_unasked_is_no_answer(shim: Serving, upstream: Scripted) -> None:
    """Taken for the answer to the next request, it would shift every later one."""
    unasked = send(whole(good_body("chat", False), keeps=True))
    steps = (*kept("messages", False).steps, wait(0.1), unasked)
    case = Case("messages", False, (Script(steps, keeps=True),))
    play(shim.port, upstream, "says more than asked", case)
    time.sleep(0.4)
    case = Case("messages", False, (kept("messages", False),))
    for name in ("after it", "after that"):
        got = play(shim.port, upstream, f"unasked, {name}", case)
        assert got.answer.body == good_body("messages", False)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize(("dialect", "stream"), KINDS)
def test_a_redirect_is_not_followed(
    shim: Serving, upstream: Scripted, dialect: Dialect, stream: bool, status: int
) -> None:
    name = name_of(dialect, stream, "redirect", status)
    away = head(status, f"Location: {upstream.root}/v1/elsewhere", "Content-Length: 0")
    got = play(shim.port, upstream, name, Case(dialect, stream, (script(away),)))
    assert (got.answer.status, len(got.tries)) == (502, 1)
    assert "redirect" in got.answer.json["error"]["message"]
    assert "location" not in got.answer.headers


@pytest.mark.parametrize(("dialect", "stream"), KINDS)
def test_a_body_of_20_mb_arrives(
    shim: Serving, upstream: Scripted, dialect: Dialect, stream: bool
) -> None:
    name = name_of(dialect, stream, "20 MB")
    upstream.plays(name, good(dialect, stream))
    filler = "0123456789abcdef" * (20 * MEGA // 16)
    with Connection(shim.port) as connection:
        connection.send(request_of(name, dialect, stream, filler))
        answer, complete = read(connection)
    assert (answer.body, complete) == (good_body(dialect, stream), True)
    (request,) = upstream.requests.pop(name)
    assert is_pinned(request, KEY)
    assert request.json["input"] == filler


@pytest.mark.parametrize("status", [200, 413])
@pytest.mark.parametrize("dialect", PATHS)
def test_an_answer_may_come_before_the_body_was_read(
    shim: Serving, upstream: Scripted, dialect: Dialect, status: int
) -> None:
    name = name_of(dialect, False, "early", status)
    body = good_body(dialect, False) if status == 200 else b'{"error":{"message":"too long"}}'
    early = script(whole(body, status=status), wait(0.5), close, reads_body=False)
    upstream.plays(name, early)
    with Connection(shim.port) as connection:
        connection.send(request_of(name, dialect, False, "a" * 8 * MEGA))
        answer, complete = read(connection)
    assert (answer.status, answer.body, complete) == (status, body, True)


@LINUX
@pytest.mark.parametrize("dialect", STREAMED)
def test_a_slow_client_loses_nothing_and_costs_no_memory(
    shim: Serving, upstream: Scripted, dialect: Dialect
) -> None:
    first, second = STREAM[PATHS[dialect]]
    comments = COMMENT * (MEGA // len(COMMENT))
    body = first + comments * 40 + second
    name = name_of(dialect, True, "slow")
    upstream.plays(
        name,
        script(STREAM_HEAD, chunk(first), *[chunk(comments)] * 40, chunk(second), LAST_CHUNK),
    )
    before = resident(shim)
    with Connection(shim.port) as connection:
        connection.send(request_of(name, dialect, True))
        time.sleep(1)
        assert resident(shim) < before + 8 * MEGA
        answer, complete = read(connection)
    assert complete
    assert hashlib.sha256(answer.body).digest() == hashlib.sha256(body).digest()


def flood(line: Line) -> None:
    """Send without end."""
    while True:
        line.socket.sendall(chunk(COMMENT * 1000))


def steps_before_leaving(dialect: Dialect, stream: bool) -> dict[str, Script]:
    """What the upstream has done when the client leaves."""
    if not stream:
        half = whole(good_body(dialect, False))[:-9]
        return {"nothing": script(hang), "half the answer": script(half, hang)}
    first, _ = STREAM[PATHS[dialect]]
    return {
        "nothing": script(hang),
        "a head": script(STREAM_HEAD, hang),
        "comments": script(STREAM_HEAD, chunk(COMMENT), hang),
        "a piece": script(STREAM_HEAD, chunk(first), hang),
        "more than is read": script(STREAM_HEAD, chunk(first), flood),
    }


LEAVING = {
    name_of(dialect, stream, "leaves after", words): (dialect, stream, played)
    for dialect, stream in KINDS
    for words, played in steps_before_leaving(dialect, stream).items()
}


@pytest.fixture(scope="module")
def left(shim: Serving, upstream: Scripted) -> dict[str, float]:
    """When each client left (time.monotonic)."""

    def one(name: str) -> float:
        dialect, stream, played = LEAVING[name]
        upstream.plays(name, played)
        with Connection(shim.port) as connection:
            connection.send(request_of(name, dialect, stream))
            if name.endswith("a piece"):
                assert connection.head().status == 200
            time.sleep(0.5)
        return time.monotonic()

    with ThreadPoolExecutor(len(LEAVING)) as pool:
        return dict(zip(LEAVING, pool.map(one, LEAVING), strict=True))


@pytest.mark.parametrize("name", LEAVING)
def test_a_client_that_leaves_takes_the_upstream_with_it(
    shim: Serving, upstream: Scripted, left: dict[str, float], name: str
) -> None:
    until(lambda: name in upstream.left)
    assert -0.4 < upstream.left[name] - left[name] < 1
    assert len(upstream.requests[name]) == 1
    assert rows(shim, left)[name].outcome == "cancelled"


def test_who_served_a_client_that_left_is_known(shim: Serving, left: dict[str, float]) -> None:
    name = name_of("chat", True, "leaves after", "a piece")
    assert rows(shim, left)[name].provider_served == PROVIDER


@pytest.mark.parametrize(("dialect", "stream"), KINDS)
def test_a_hot_loop_is_stopped(
    shim: Serving, upstream: Scripted, dialect: Dialect, stream: bool
) -> None:
    name = name_of(dialect, stream, "hot loop")
    case = Case(dialect, stream, (script(whole(b"")),))
    answers = [play(shim.port, upstream, name, case).answer for _ in range(LIMIT + 5)]
    assert [answer.status for answer in answers] == [503] * LIMIT + [400] * 5
    assert len(upstream.requests[name]) == LIMIT
    assert answers[-1].headers["x-should-retry"] == "false"
    assert "hold" in answers[-1].json["error"]["message"]
