"""Harnesses that misbehave: the verdict is true, and nothing is left of them."""

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from conftest import Confgen
from stubs import STUBS, Stub

from confgen.cli import main

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc, and sends signals")

IN_BOTH_MODES = {"pinned", "unpinned", "silent", "leaves a daemon", "locks its folder"}
IN_ONE_VIEW = {"babbles", "babbles without end", "asks for ever", "asks Gemini", "asks a question"}
"""What the view has no part in is tried in one: all of it takes time."""

CASES = [
    pytest.param(stub, mode, view, id=f"{stub.name}, {mode}, {view}")
    for stub in STUBS
    for mode in ("--live", "--isolated")
    for view in ("sealed", "copied")
    if (mode == "--live" or stub.name in IN_BOTH_MODES)
    if (stub.only in ("", view) and (view == "sealed" or stub.name not in IN_ONE_VIEW))
]
LIMIT, PATIENCE = "5", "45"  # seconds


@pytest.fixture
def tag(tmp_path: Path) -> str:
    """What the processes that a stub leaves behind are known by."""
    return f"left-by-{tmp_path.name}-{os.getpid()}"


@pytest.fixture
def litter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder for temporary files, of which none may stay."""
    folder = tmp_path / "litter"
    folder.mkdir()
    monkeypatch.setenv("TMPDIR", str(folder))
    monkeypatch.setattr(tempfile, "tempdir", None)
    return folder


@pytest.fixture(scope="module")
def fragment() -> str:
    """What confgen writes for OpenCode."""
    command = (sys.executable, "-m", "confgen", "show", "opencode")
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def still_there(tag: str) -> list[int]:
    return [
        int(folder.name)
        for folder in Path("/proc").glob("[0-9]*")
        if tag.encode() in _command(folder).split(b"\0")
    ]


def _command(process: Path) -> bytes:
    try:
        return (process / "cmdline").read_bytes()
    except OSError:
        return b""


def listing(*folders: Path) -> dict[str, tuple[int, bytes | None]]:
    """Every file's name, time of change and bytes."""
    return dict(entry for folder in folders for entry in _entries(folder))


def _entries(folder: Path) -> Iterator[tuple[str, tuple[int, bytes | None]]]:
    for path in (folder, *sorted(folder.rglob("*"))):
        yield str(path), (path.stat().st_mtime_ns, path.read_bytes() if path.is_file() else None)


def verdict_of(out: str) -> dict[str, Any]:
    (result,) = json.loads(out)["results"]
    found: dict[str, Any] = result
    return found


@pytest.mark.parametrize(("stub", "mode", "view"), CASES, indirect=["view"])
def test_a_stub(
    stub: Stub,
    mode: str,
    view: str,
    home: Path,
    work: Path,
    programs: Path,
    litter: Path,
    tag: str,
    fragment: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    config = home / ".config" / "opencode" / "opencode.jsonc"
    config.parent.mkdir(parents=True)
    config.write_text(fragment)
    (work / "notes.md").write_text("mine\n")
    stub.install(programs, tag)
    before = listing(home, work)
    limit = LIMIT if stub.hangs else PATIENCE
    # In this process: starting another takes as long as all the rest.
    code = main(["verify", "opencode", mode, "--timeout", limit, "--json"])
    result = verdict_of(capsys.readouterr().out)
    told = json.dumps(result)
    assert result["verdict"] == stub.verdict, told
    assert stub.detail in result["detail"]
    assert any(stub.words in line for line in result["words"]) or not stub.words
    here = ["127.0.0.1"] if stub.asks_loopback else []
    assert result["elsewhere"] == [*stub.elsewhere, *here]
    assert result["view"] == (view if mode == "--live" else "isolated")
    assert code == (0 if stub.verdict == "pinned" else 1)
    assert result["harness_version"] == "9.9.9"
    assert still_there(tag) == []
    assert listing(home, work) == before
    assert list(litter.iterdir()) == []


def test_a_program_that_cannot_be_started(
    view: str, home: Path, programs: Path, litter: Path, confgen: Confgen
) -> None:
    (home / ".config/opencode").mkdir(parents=True)
    (home / ".config/opencode/opencode.json").write_text("{}")
    script = programs / "opencode"
    script.write_text("#!/nowhere/at/all\n")
    script.chmod(0o755)
    result = verdict_of(confgen("verify", "opencode", "--json").out)
    assert (result["verdict"], result["harness_version"]) == ("error", None)
    assert (result["view"], result["requests"]) == (view, [])
    assert "cannot be started: No such file or directory" in result["detail"]
    assert list(litter.iterdir()) == []


@pytest.mark.usefixtures("no_seal")
def test_a_signal_does_not_disturb_the_clearing_away(
    programs: Path, litter: Path, tag: str, confgen: Confgen
) -> None:
    """Told to end when its time is up, this one has confgen told to end as well."""
    body = (
        "confgen = os.getppid()\n"
        "signal.signal(signal.SIGTERM, lambda *_: os.kill(confgen, signal.SIGINT))\n"
        "lingering(start_new_session=True)\n"
        "while True: time.sleep(1)"
    )
    Stub("", body, "").install(programs, tag)
    ran = confgen("verify", "opencode", "--timeout", LIMIT)
    assert (ran.code, still_there(tag), list(litter.iterdir())) == (130, [], []), ran


# At which moment it comes: while it says its version, while it is asked to list what it has, while
# it runs, and while it is told to end.
MOMENTS = {
    "--version": "if '--version' in sys.argv: lingering(); time.sleep(600)",
    "the run": "lingering(start_new_session=True); time.sleep(600)",
    "the end": (
        "signal.signal(signal.SIGTERM, lambda *_: lingering(start_new_session=True))\n"
        "while True: time.sleep(0.1)"
    ),
}


@pytest.mark.parametrize(
    ("number", "moment"),
    [
        *((signal.SIGINT, moment) for moment in MOMENTS),
        (signal.SIGTERM, "the run"),
        (signal.SIGHUP, "the run"),
    ],
)
def test_a_signal_leaves_nothing(
    number: signal.Signals,
    moment: str,
    view: str,
    home: Path,
    work: Path,
    programs: Path,
    litter: Path,
    tag: str,
) -> None:
    Stub("", MOMENTS[moment], "").install(programs, tag)
    if moment == "--version":
        # In the place of the prelude's own answer, which leaves something behind, too.
        script = programs / "opencode"
        script.write_text(script.read_text().replace('["--version"]', '["never"]'))
    (home / ".config/opencode").mkdir(parents=True)
    (home / ".config/opencode/opencode.json").write_text("{}")
    before = listing(home, work)
    with subprocess.Popen(
        (sys.executable, "-m", "confgen", "verify", "opencode", "--timeout", "3"),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as child:
        deadline = time.monotonic() + 30
        while not still_there(tag) and time.monotonic() < deadline:
            time.sleep(0.01)
        assert still_there(tag)
        child.send_signal(number)
        _, err = child.communicate(timeout=30)
    assert child.returncode == 130, (view, err)
    assert "Traceback" not in err
    assert still_there(tag) == []
    assert listing(home, work) == before
    assert list(litter.iterdir()) == []


@pytest.mark.parametrize("delay", [0.25, 0.4, 0.55, 0.7, 0.85, 1.0, 1.2, 1.5])
def test_a_signal_at_any_moment_leaves_nothing(
    delay: float, view: str, home: Path, work: Path, programs: Path, litter: Path, tag: str
) -> None:
    """While it is set up as well: nothing is started or mounted that would stay."""
    Stub("", "ask(); lingering(); time.sleep(1)", "").install(programs, tag)
    before = listing(home, work)
    with subprocess.Popen(
        (sys.executable, "-m", "confgen", "verify", "opencode"),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as child:
        time.sleep(delay)
        child.send_signal(signal.SIGINT)
        _, err = child.communicate(timeout=30)
    assert child.returncode in (130, -signal.SIGINT), (view, err)
    assert still_there(tag) == []
    assert processes_of(litter) == []
    assert listing(home, work) == before
    assert list(litter.iterdir()) == []


def processes_of(litter: Path) -> list[bytes]:
    """Whatever runs with something of that folder in its command, the seal's own processes too."""
    found = map(_command, Path("/proc").glob("[0-9]*"))
    return [command for command in found if str(litter).encode() in command]


@pytest.mark.usefixtures("no_seal")
def test_apply_that_is_stopped_while_it_verifies(
    home: Path, programs: Path, litter: Path, tag: str, confgen: Confgen
) -> None:
    body = "lingering(); os.kill(os.getppid(), signal.SIGTERM); time.sleep(600)"
    Stub("", body, "").install(programs, tag)
    config = home / ".config" / "opencode" / "opencode.jsonc"
    config.parent.mkdir(parents=True)
    config.write_text('{"theme": "x" /* mine */}')
    ran = confgen("apply", "opencode", "--yes", "--verify")
    assert (ran.code, still_there(tag), list(litter.iterdir())) == (130, [], []), ran
    assert "stopped; all files are again as they were" in ran.err
    assert config.read_text() == '{"theme": "x" /* mine */}'


@pytest.fixture
def outer() -> Iterator[tuple[int, list[bytes]]]:
    """A server on this machine, and what was said to it."""
    said: list[bytes] = []

    def take() -> None:
        try:
            while True:
                connection, _ = server.accept()
                with connection:
                    said.append(connection.recv(100))
                    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        except OSError:
            return

    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=take, daemon=True).start()
        yield server.getsockname()[1], said
        server.shutdown(socket.SHUT_RDWR)


def test_a_proxy_is_ignored(
    view: str,
    programs: Path,
    tag: str,
    confgen: Confgen,
    outer: tuple[int, list[bytes]],
) -> None:
    """Sealed it gets nowhere; else the line says what it is a proof of."""
    port, said = outer
    body = (
        "straight = urllib.request.build_opener(urllib.request.ProxyHandler({}))\n"
        f"print(tried(straight.open, 'http://127.0.0.1:{port}/v1/chat/completions', b'{{}}'))\n"
        "session()"
    )
    Stub("", body, "").install(programs, tag)
    confgen("apply", "opencode", "--yes")
    ran = confgen("verify", "opencode")
    assert ran.code == 0, ran
    if view == "sealed":
        assert "requests pinned to fireworks [live, sealed]" in ran.out
        assert said == []
    else:
        assert "[live, as far as the client used the proxy]" in ran.out
        assert len(said) == 1
