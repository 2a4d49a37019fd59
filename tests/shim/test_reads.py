"""GETs, which are handed on as they are and tried once."""

from collections.abc import Iterator, Mapping

import pytest
from connection import Connection, ask
from connection import head as request_head
from playing import until
from scripted import (
    Script,
    Scripted,
    close,
    hang,
    reset,
    script,
    scripted,
    whole,
)
from serving import KEY, Serving, serving

MODELS = b'{"data": [ {"id": "moonshotai/kimi-k2.5"} ]}'
ERROR = b'{"error": {"code": 404, "message": "no such model"}}'


@pytest.fixture(scope="module")
def upstream() -> Iterator[Scripted]:
    with scripted() as upstream:
        yield upstream


@pytest.fixture(scope="module")
def shim(upstream: Scripted) -> Iterator[Serving]:
    options = ("--token=none", "--idle-timeout=0.5", "--answer-timeout=0.5")
    with serving(upstream.root, *options) as shim:
        yield shim


def get(name: str) -> bytes:
    return request_head("GET /v1/models?a=b", "Host: 127.0.0.1", f"X-Case: {name}")


@pytest.mark.parametrize(
    ("status", "body"), [(200, MODELS), (200, b""), (404, ERROR), (500, b"<html>"), (204, b"")]
)
def test_an_answer_passes_whatever_it_is(
    shim: Serving, upstream: Scripted, status: int, body: bytes
) -> None:
    name = f"passes-{status}-{len(body)}"
    upstream.plays(name, script(whole(body, status=status)))
    answer = ask(shim.port, get(name))
    assert (answer.status, answer.body) == (status, body)
    (request,) = upstream.requests[name]
    assert (request.method, request.path) == ("GET", "/api/v1/models?a=b")
    assert request.every("authorization") == [f"Bearer {KEY}"]


FAULTS: Mapping[str, tuple[Script, int]] = {
    "reset before the head": (script(reset), 502),
    "half a body": (script(whole(MODELS)[:-9], close), 502),
    "nothing": (script(hang), 504),
    "no more of the body": (script(whole(MODELS)[:-9], hang), 504),
}


@pytest.mark.parametrize(
    ("name", "fault", "status"), [(n, *f) for n, f in FAULTS.items()], ids=FAULTS
)
def test_a_fault_is_told_at_once(
    shim: Serving, upstream: Scripted, name: str, fault: Script, status: int
) -> None:
    upstream.plays(name, fault)
    answer = ask(shim.port, get(name))
    assert answer.status == status
    assert answer.json["error"]["message"]
    assert len(upstream.requests[name]) == 1


def test_a_client_that_leaves_takes_the_upstream_with_it(shim: Serving, upstream: Scripted) -> None:
    upstream.plays("leaves", script(hang))
    with Connection(shim.port) as connection:
        connection.send(get("leaves"))
        until(lambda: bool(upstream.requests["leaves"]))
    until(lambda: "leaves" in upstream.left, 2)


def test_connections_are_kept(shim: Serving, upstream: Scripted) -> None:
    upstream.plays("kept", script(whole(MODELS, keeps=True), keeps=True))
    before = upstream.connections
    answers = [ask(shim.port, get("kept")).body for _ in range(20)]
    assert answers == [MODELS] * 20
    assert upstream.connections == before + 1
