"""Which shims run: what is on record, and whether it answers for itself; and their local token."""

import json
import os
import socket
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from confgen.errors import ConfgenError
from confgen.shim.record import (
    PATIENCE,
    Running,
    drop_record,
    local_address,
    running_shims,
    stop_shim,
    write_record,
)
from confgen.shim.token import ensure_token, read_token

IDENTITY = "0123456789abcdef"
STOP_KEY = "stop-key-canary"


def on_port(port: int, *, identity: str = IDENTITY, host: str = "127.0.0.1") -> Running:
    return Running(os.getpid(), host, port, "1.2.3", "kimi", 1_800_000_000.5, identity, STOP_KEY)


def answer(body: bytes, status: bytes = b"200 OK") -> bytes:
    length = b"Content-Length: %d" % len(body)
    return b"HTTP/1.1 %s\r\n%s\r\nConnection: close\r\n\r\n%s" % (status, length, body)


class Peer:
    """A socket on loopback that answers every connection with the same bytes."""

    def __init__(self, reply: bytes, *, pause: float = 0.0) -> None:
        self.reply = reply
        self.pause = pause
        self.requests: list[bytes] = []
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port: int = self.socket.getsockname()[1]
        self.thread = threading.Thread(target=self._serve)

    def _serve(self) -> None:
        while True:
            connection, _ = self.socket.accept()
            with connection:
                request = connection.recv(4096)
                if not request:
                    return
                self.requests.append(request)
                self._say(connection)

    def _say(self, connection: socket.socket) -> None:
        pieces = [self.reply[i : i + 8] for i in range(0, len(self.reply), 8)]
        for piece in pieces if self.pause else [self.reply]:
            try:
                connection.sendall(piece)
            except OSError:
                return
            time.sleep(self.pause)

    def stop(self) -> None:
        # A connection that says nothing ends the thread.
        socket.create_connection(("127.0.0.1", self.port)).close()
        self.thread.join()
        self.socket.close()


@contextmanager
def peer(reply: bytes, *, pause: float = 0.0) -> Iterator[Peer]:
    made = Peer(reply, pause=pause)
    made.thread.start()
    try:
        yield made
    finally:
        made.stop()


def closed_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as unused:
        port: int = unused.getsockname()[1]
        return port


OURS = answer(json.dumps({"status": "ok", "version": "9", "id": IDENTITY}).encode())
STRANGERS = {
    "another shim": answer(b'{"id": "another"}'),
    "no id": answer(b'{"status": "ok"}'),
    "a list": answer(b"[1]"),
    "no json": answer(b"<html>"),
    "nothing": b"",
    "half a head": b"HTTP/1.1 200 OK\r\nContent",
    "an error": answer(json.dumps({"id": IDENTITY}).encode(), b"503 Service Unavailable"),
    "no http": json.dumps({"id": IDENTITY}).encode(),
    "bytes": bytes(range(256)) * 8,
    "too much": answer(b'{"id": "%s", "x": "%s"}' % (IDENTITY.encode(), b"x" * 200_000)),
}


def test_a_shim_that_answers_runs(tmp_path: Path) -> None:
    with peer(OURS) as shim:
        running = on_port(shim.port)
        write_record(tmp_path, running)
        assert running_shims(tmp_path) == (running,)
        assert running_shims(tmp_path) == (running,)
    assert shim.requests[0].startswith(b"GET /healthz HTTP/1.1\r\n")
    assert f"Host: 127.0.0.1:{shim.port}\r\n".encode() in shim.requests[0]
    assert STOP_KEY.encode() not in b"".join(shim.requests)


def test_no_proxy_is_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name)
    with peer(OURS) as shim:
        write_record(tmp_path, on_port(shim.port))
        assert len(running_shims(tmp_path)) == 1


@pytest.mark.parametrize("reply", STRANGERS.values(), ids=STRANGERS)
def test_who_answers_otherwise_is_no_shim_of_ours(tmp_path: Path, reply: bytes) -> None:
    with peer(reply) as stranger:
        write_record(tmp_path, on_port(stranger.port))
        assert running_shims(tmp_path) == ()
    assert (tmp_path / "shim" / f"{stranger.port}.json").exists()


@pytest.mark.parametrize("pause", [0.05, 5 * PATIENCE], ids=["drop by drop", "not at all"])
def test_who_takes_too_long_does_not_run(tmp_path: Path, pause: float) -> None:
    with peer(answer(b" " * 4096), pause=pause) as slow:
        write_record(tmp_path, on_port(slow.port))
        started = time.monotonic()
        assert running_shims(tmp_path) == ()
        assert time.monotonic() - started < 4 * PATIENCE


def test_a_closed_port_ends_the_record(tmp_path: Path) -> None:
    gone = on_port(closed_port())
    write_record(tmp_path, gone)
    assert running_shims(tmp_path) == ()
    assert list((tmp_path / "shim").iterdir()) == []


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[]", b"7", b"{}", b'{"pid": "x"}', b'{"pid": 1, "more": 2}', b"\xff\xfe"],
    ids=repr,
)
def test_a_file_that_is_no_record_is_passed_over(tmp_path: Path, content: bytes) -> None:
    with peer(OURS) as shim:
        write_record(tmp_path, on_port(shim.port))
        (tmp_path / "shim" / "1.json").write_bytes(content)
        assert [running.port for running in running_shims(tmp_path)] == [shim.port]


@pytest.mark.parametrize(
    "changed",
    [{"port": 70000}, {"port": -1}, {"host": "no such host"}, {"host": "a..b"}, {"host": "x" * 99}],
    ids=str,
)
def test_an_address_that_is_none_does_not_run(tmp_path: Path, changed: dict[str, object]) -> None:
    running = on_port(closed_port())
    write_record(tmp_path, running)
    path = tmp_path / "shim" / f"{running.port}.json"
    path.write_text(json.dumps({**running._asdict(), **changed}))
    assert running_shims(tmp_path) == ()


@pytest.mark.parametrize("folder", ["absent", "empty"])
def test_without_a_record_none_runs(tmp_path: Path, folder: str) -> None:
    if folder == "empty":
        (tmp_path / "shim").mkdir()
    assert running_shims(tmp_path) == ()


@pytest.mark.skipif(os.name == "nt", reason="modes of POSIX")
def test_a_record_is_its_owners_alone(tmp_path: Path) -> None:
    state = tmp_path / "deep" / "state"
    write_record(state, on_port(8787))
    modes = {
        path.name: stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "deep").rglob("*")
    }
    assert modes == {"state": 0o700, "shim": 0o700, "8787.json": 0o600}


def test_a_record_is_replaced_and_dropped_by_its_own_shim_alone(tmp_path: Path) -> None:
    first, second = on_port(8787, identity="first"), on_port(8787, identity="second")
    write_record(tmp_path, first)
    write_record(tmp_path, second)
    drop_record(tmp_path, first)
    assert [path.name for path in (tmp_path / "shim").iterdir()] == ["8787.json"]
    drop_record(tmp_path, second)
    drop_record(tmp_path, second)
    assert list((tmp_path / "shim").iterdir()) == []


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("127.0.0.1", "127.0.0.1:8787"),
        ("0.0.0.0", "127.0.0.1:8787"),  # noqa: S104
        ("::", "[::1]:8787"),
        ("::1", "[::1]:8787"),
        ("localhost", "localhost:8787"),
        ("192.0.2.7", "192.0.2.7:8787"),
    ],
)
def test_where_a_program_on_this_machine_reaches_it(host: str, address: str) -> None:
    assert local_address(host, 8787) == address
    assert on_port(8787, host=host).url == f"http://{address}"


def test_no_stop_key_is_printed_by_accident() -> None:
    assert STOP_KEY not in f"{on_port(1)} {on_port(1)!r} {[on_port(1)]}"


def test_a_stop_shows_its_key() -> None:
    with peer(answer(b'{"status": "stopping"}')) as shim:
        stop_shim(on_port(shim.port))
    (request,) = shim.requests
    assert request.startswith(b"POST /stop HTTP/1.1\r\n")
    assert f"\r\nAuthorization: Bearer {STOP_KEY}\r\n".encode() in request


@pytest.mark.parametrize("reply", [b"", answer(b"{}", b"401 Unauthorized")], ids=["mute", "401"])
def test_a_shim_that_will_not_stop(reply: bytes) -> None:
    with peer(reply) as shim, pytest.raises(ConfgenError, match="does not answer") as caught:
        stop_shim(on_port(shim.port))
    assert caught.value.where == f"127.0.0.1:{shim.port}"
    assert STOP_KEY not in f"{caught.value}{caught.value.hint}"


def test_the_token_is_made_once(tmp_path: Path) -> None:
    state = tmp_path / "state"
    assert read_token(state) is None
    assert not state.exists()
    token = ensure_token(state)
    assert ensure_token(state) == read_token(state) == token
    assert token.startswith("confgen-")
    assert len(token) == len("confgen-") + 43
    assert ensure_token(tmp_path / "another") != token


@pytest.mark.skipif(os.name == "nt", reason="modes of POSIX")
def test_the_token_is_its_owners_alone(tmp_path: Path) -> None:
    umask = os.umask(0)
    try:
        ensure_token(tmp_path / "state")
    finally:
        os.umask(umask)
    path = tmp_path / "state" / "shim-token"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


@pytest.mark.skipif(os.name == "nt", reason="modes of POSIX")
@pytest.mark.parametrize(
    ("mode", "after"),
    [(0o644, 0o600), (0o640, 0o600), (0o604, 0o600), (0o600, 0o600), (0o400, 0o400)],
)
def test_a_token_that_others_could_read_they_no_longer_can(
    tmp_path: Path, mode: int, after: int
) -> None:
    token = ensure_token(tmp_path)
    path = tmp_path / "shim-token"
    path.chmod(mode)
    assert ensure_token(tmp_path) == token
    assert stat.S_IMODE(path.stat().st_mode) == after


ENSURE = "import sys; from pathlib import Path; from confgen.shim.token import ensure_token; "
ENSURE += "sys.stdout.write(ensure_token(Path(sys.argv[1])))"


def test_many_at_once_agree_on_one_token(tmp_path: Path) -> None:
    command = (sys.executable, "-c", ENSURE, str(tmp_path / "state"))
    makers = [subprocess.Popen(command, stdout=subprocess.PIPE) for _ in range(6)]
    tokens = {maker.communicate(timeout=60)[0] for maker in makers}
    assert [maker.returncode for maker in makers] == [0] * 6
    assert tokens == {ensure_token(tmp_path / "state").encode()}


SPOILT: dict[str, Callable[[Path], object]] = {
    "empty": Path.touch,
    "another text": lambda path: path.write_text("hunter2-canary"),
    "a shorter one": lambda path: path.write_text("confgen-canary"),
    "two of them": lambda path: path.write_text(f"confgen-{'canary0' * 6}x\n" * 2),
    "no text": lambda path: path.write_bytes(b"confgen-\xff\xfe"),
    "a folder": Path.mkdir,
}


@pytest.mark.parametrize("read", [read_token, ensure_token])
@pytest.mark.parametrize("spoil", SPOILT.values(), ids=SPOILT)
def test_a_file_that_holds_no_token(
    tmp_path: Path, spoil: Callable[[Path], object], read: Callable[[Path], str | None]
) -> None:
    path = tmp_path / "shim-token"
    spoil(path)
    with pytest.raises(ConfgenError, match="token") as caught:
        read(tmp_path)
    assert caught.value.where == str(path)
    assert "delete it" in str(caught.value.hint)
    assert "canary" not in f"{caught.value}{caught.value.hint}"
