"""The shim, as the files of harnesses point at it: running, ours, its version, port and token."""

import json
import os
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from conftest import listing
from examined import Scene, edit, levels

from confgen import __version__
from confgen.shim.record import Running, write_record

CHECKS = ["shim.running", "shim.port", "shim.version", "shim.token"]


@contextmanager
def answering(identity: str) -> Iterator[int]:
    """A port where something says that it is the shim of this id."""
    body = json.dumps({"id": identity}).encode()
    reply = b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + body
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                with connection:
                    connection.settimeout(5)
                    if connection.recv(4096):
                        connection.sendall(reply)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield server.getsockname()[1]
        server.shutdown(socket.SHUT_RDWR)
        thread.join(5)


@pytest.fixture
def port() -> Iterator[int]:
    with answering("ours") as port:
        yield port


def record(scene: Scene, port: int, *, version: str = __version__, identity: str = "ours") -> None:
    running = Running(os.getpid(), "127.0.0.1", port, version, "p", 0.0, identity, "stop")
    write_record(scene.state, running)


def applied(scene: Scene, port: int) -> None:
    scene.settings(f"[shim]\nport = {port}\n")
    scene.apply("droid", "--route", "shim")


def closed_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


@pytest.mark.parametrize("check", CHECKS)
def test_a_shim_that_runs(scene: Scene, port: int, check: str) -> None:
    record(scene, port)
    applied(scene, port)
    assert levels(scene.look(check)) == ["ok"]


@pytest.mark.parametrize("check", CHECKS)
def test_nobody_needs_a_shim(scene: Scene, check: str) -> None:
    scene.apply("droid")
    assert levels(scene.look(check)) == ["ok"]


def test_a_shim_that_does_not_run(scene: Scene) -> None:
    port = closed_port()
    applied(scene, port)
    (finding,) = scene.look("shim.running")
    assert (finding.level, finding.hint) == ("warning", "confgen shim")
    assert f"127.0.0.1:{port}" in finding.message
    assert levels(scene.look("shim.port")) == ["ok"]


def test_harnesses_that_wait_for_the_same_shim(scene: Scene) -> None:
    port = closed_port()
    scene.settings(f"[shim]\nport = {port}\n")
    scene.apply("opencode", "claude-code", "droid", "openhands", "--route", "shim")
    (finding,) = scene.look("shim.running")
    for name in ("opencode", "claude-code", "droid", "openhands"):
        assert name in finding.message
    assert finding.where == str(scene.file("opencode"))


def test_a_shim_that_left_its_record(scene: Scene) -> None:
    port = closed_port()
    applied(scene, port)
    record(scene, port)
    before = listing(scene.home)
    assert levels(scene.look("shim.running")) == ["warning"]
    assert listing(scene.home) == before


def test_another_program_on_its_port(scene: Scene, port: int) -> None:
    applied(scene, port)
    record(scene, port, identity="another")
    (finding,) = scene.look("shim.port")
    assert finding.level == "error"
    assert f"127.0.0.1:{port}" in finding.message
    assert levels(scene.look("shim.running")) == ["ok"]


def test_another_port_than_the_settings_say(scene: Scene, port: int) -> None:
    applied(scene, port)
    record(scene, port)
    scene.settings("[shim]\nport = 1\n")
    (finding,) = scene.look("shim.port")
    assert (finding.level, finding.hint) == ("warning", "confgen apply droid --route shim")
    assert "127.0.0.1:1" in finding.message


def test_another_version(scene: Scene, port: int) -> None:
    record(scene, port, version="0.0.1")
    (finding,) = scene.look("shim.version")
    assert finding.level == "warning"
    assert "0.0.1" in finding.message
    assert f"confgen shim stop --port {port}" in str(finding.hint)


def lose(token: Path) -> None:
    token.unlink()


def damage(token: Path) -> None:
    token.write_text("x")


def replace(token: Path) -> None:
    token.write_text("confgen-" + "x" * 43)


TOKENS: dict[str, tuple[Callable[[Path], None], str]] = {
    "gone": (lose, "is gone"),
    "no token": (damage, "does not hold"),
    "another": (replace, "turned away"),
}


@pytest.mark.parametrize(("meddle", "words"), TOKENS.values(), ids=TOKENS.keys())
def test_a_token_that_does_not_fit(
    scene: Scene, meddle: Callable[[Path], None], words: str
) -> None:
    applied(scene, closed_port())
    path = scene.state / "shim-token"
    kept = path.read_text().strip()
    meddle(path)
    (finding,) = scene.look("shim.token")
    assert finding.level == "error"
    assert words in finding.message
    assert kept not in str(finding)


@pytest.mark.skipif(os.name == "nt", reason="POSIX modes")
def test_a_token_that_others_may_read(scene: Scene) -> None:
    applied(scene, closed_port())
    path = scene.state / "shim-token"
    path.chmod(0o644)
    (finding,) = scene.look("shim.token")
    assert (finding.level, finding.hint) == ("warning", f"chmod 600 '{path}'")


def test_nothing_outside_this_machine_is_asked(scene: Scene) -> None:
    """Whoever writes the file may name any address; to look at it must not tell anyone."""
    applied(scene, 9)
    edit(scene.file("droid"), "127.0.0.1:9", "192.0.2.1:9")
    assert levels(scene.look("shim.port")) == ["warning"]
    assert levels(scene.look("shim.running")) == ["warning"]
