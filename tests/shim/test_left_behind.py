"""What broken answers leave behind in a shim: nothing."""

import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from connection import Connection
from playing import (
    KINDS,
    PATHS,
    Case,
    good,
    name_of,
    play,
    request_of,
    resident,
    sockets,
    until,
)
from recording import STREAM
from scripted import (
    STREAM_HEAD,
    Script,
    Scripted,
    chunk,
    close,
    hang,
    head,
    reset,
    script,
    scripted,
    whole,
)
from serving import Serving, serving

from confgen.shim.dialect import Dialect

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")

ROUNDS = 12
ALLOWED = 3_000_000
"""Bytes; the remains of a thousand answers and their tasks would be many times that."""


def troubles(dialect: Dialect, stream: bool) -> list[Script]:
    """Ends of an answer, bad and good."""
    begun = STREAM_HEAD + chunk(STREAM[PATHS[dialect]][0]) if stream else whole(b"x" * 9)[:-5]
    return [
        good(dialect, stream),
        script(reset),
        script(begun, reset),
        script(begun, close),
        script(begun, b"what?\r\n", close),
        script(head(204)),
        script(head(302, "Location: /", "Content-Length: 0")),
        script(whole(b'{"error": {"message": "no"}}', status=503)),
        script(whole(b"<html>" * 1000, status=502)),
    ]


@pytest.fixture(scope="module")
def upstream() -> Iterator[Scripted]:
    with scripted() as upstream:
        yield upstream


@pytest.fixture(scope="module")
def shim(upstream: Scripted) -> Iterator[Serving]:
    with serving(upstream.root, "--token=none", "--retries=0") as shim:
        yield shim


def leave(shim: Serving, upstream: Scripted, name: str) -> None:
    """Ask, and go before there is an answer."""
    upstream.plays(name, script(hang))
    with Connection(shim.port) as connection:
        connection.send(request_of(name, "chat", stream=True))
        until(lambda: bool(upstream.requests[name]))


def play_all(shim: Serving, upstream: Scripted, label: str) -> None:
    for dialect, stream in KINDS:
        for number, trouble in enumerate(troubles(dialect, stream)):
            name = name_of(dialect, stream, label, number)
            play(shim.port, upstream, name, Case(dialect, stream, (trouble,)))
        leave(shim, upstream, name_of(dialect, stream, label, "leaves"))


def play_rounds(shim: Serving, upstream: Scripted, label: str) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: play_all(shim, upstream, f"{label}-{n}"), range(ROUNDS)))


def test_neither_memory_nor_connections_are_left_behind(shim: Serving, upstream: Scripted) -> None:
    before = sockets(shim)
    play_rounds(shim, upstream, "first")
    warm = resident(shim)
    play_rounds(shim, upstream, "second")
    assert resident(shim) < warm + ALLOWED
    until(lambda: sockets(shim) == before and upstream.open == 0)
