"""A shim that is short of something: of a reader of its log, of time, of descriptors."""

import contextlib
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from connection import Connection, ask, head, post
from recording import Upstream, recording
from serving import Serving, serving, started

from confgen.settings import Profile, ProviderPreferences, ShimSettings
from confgen.shim import server
from confgen.shim.callers import Callers
from confgen.shim.record import Running, stop_shim
from confgen.shim.serve import Serving as Plan
from confgen.shim.serve import serve

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="pipes, signals and limits")

REQUEST = post("/v1/chat/completions", b'{"model": "any"}')
HEALTH = head("GET /healthz", "Host: localhost")


@pytest.fixture
def upstream() -> Iterator[Upstream]:
    with recording() as upstream:
        yield upstream


def serves(shim: Serving) -> bool:
    return ask(shim.port, REQUEST).status == 200


@contextlib.contextmanager
def full_pipe(path: Path) -> Iterator[int]:
    """A pipe at `path` that has a reader who reads nothing, and no room."""
    os.mkfifo(path)
    pipe = os.open(path, os.O_RDWR | os.O_NONBLOCK)
    with contextlib.suppress(BlockingIOError):
        while True:
            os.write(pipe, b"." * 4096)
    try:
        yield pipe
    finally:
        os.close(pipe)


def test_a_log_that_nobody_reads_holds_nothing_up(upstream: Upstream, tmp_path: Path) -> None:
    """As on a terminal that is paused."""
    pipe = tmp_path / "pipe"
    told = ("sh", "-c", f'exec "$@" 2>{pipe}', "sh")
    with full_pipe(pipe), started(upstream.root, "--token=none", under=told) as shim:
        for _ in range(3):
            assert serves(shim)
            time.sleep(0.2)
        assert shim.end(signal.SIGTERM) == 0


def test_a_log_that_is_read_late_is_whole(upstream: Upstream, tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    told = ("sh", "-c", f'exec "$@" 2>{pipe}', "sh")
    with full_pipe(pipe) as reader, started(upstream.root, "--token=none", under=told) as shim:
        for _ in range(3):
            assert serves(shim)
            time.sleep(0.2)
        shim.child.terminate()
        read = b""
        while shim.child.poll() is None or b" ok 200 " not in read[-100:]:
            with contextlib.suppress(BlockingIOError):
                read += os.read(reader, 1 << 16)
        assert read.count(b" ok 200 ") == 3


def test_many_that_come_at_once_all_get_in(upstream: Upstream) -> None:
    """As when a shim that was held up finds them waiting."""
    with serving(upstream.root, "--token=none") as shim, ExitStack() as stack:
        os.kill(shim.pid, signal.SIGSTOP)
        for _ in range(300):
            stack.enter_context(socket.create_connection(("127.0.0.1", shim.port), timeout=0.5))
        os.kill(shim.pid, signal.SIGCONT)
        assert serves(shim)


def test_a_lack_of_descriptors_is_told_and_passes(upstream: Upstream) -> None:
    few = ("sh", "-c", 'ulimit -n 48; exec "$@"', "sh")
    with started(upstream.root, "--token=none", under=few) as shim:
        with ExitStack() as stack:
            for _ in range(100):
                stack.enter_context(socket.create_connection(("127.0.0.1", shim.port), timeout=5))
            shim.wait_for(lambda: "Too many open files" in shim.log())
            time.sleep(1.5)
        assert serves(shim)
        assert shim.end(signal.SIGTERM) == 0
        lines = shim.log().splitlines()
        assert len([line for line in lines if "Too many open files" in line]) < 6
        assert not [line for line in lines if "Traceback" in line]


def test_a_connection_without_requests_is_closed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(server, "IDLE", 0.2)
    ended: list[bool] = []

    def use(running: Running) -> None:
        try:
            with Connection(running.port) as connection:
                connection.send(HEALTH)
                connection.answer("GET")
                ended.append(connection.ended())
        finally:
            stop_shim(running)

    profile = Profile("any", "a/b", "a/b", ProviderPreferences({}))
    settings = ShimSettings(port=0)
    callers = Callers({}, ())
    plan = Plan(settings, (profile,), callers, "key", (), tmp_path, grace=0, log_level="error")
    serve(plan, lambda running: threading.Thread(target=use, args=(running,)).start())
    assert ended == [True]
