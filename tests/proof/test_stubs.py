"""Harnesses that misbehave: the verdict is true, and nothing is left of them."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from conftest import Confgen
from stubs import STUBS, Stub

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc, and sends signals")

IN_BOTH_MODES = {"pinned", "unpinned", "silent", "leaves a daemon", "locks its folder"}
CASES = [
    pytest.param(stub, mode, id=f"{stub.name}, {mode}")
    for stub in STUBS
    for mode in ("--live", "--isolated")
    if mode == "--live" or stub.name in IN_BOTH_MODES
]
LIMIT = "2"  # seconds


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
    return folder


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


@pytest.mark.parametrize(("stub", "mode"), CASES)
def test_a_stub(
    stub: Stub,
    mode: str,
    home: Path,
    work: Path,
    programs: Path,
    litter: Path,
    tag: str,
    confgen: Confgen,
) -> None:
    assert confgen("apply", "opencode", "--yes").code == 0
    (work / "notes.md").write_text("mine\n")
    stub.install(programs, tag)
    before = listing(home, work)
    ran = confgen("verify", "opencode", mode, "--timeout", LIMIT, "--json")
    result = verdict_of(ran.out)
    assert result["verdict"] == stub.verdict, result
    assert stub.detail in result["detail"]
    assert any(stub.words in line for line in result["words"]) or not stub.words
    assert ran.code == (0 if stub.verdict == "pinned" else 1)
    assert result["harness_version"] == "9.9.9"
    assert still_there(tag) == []
    assert listing(home, work) == before
    assert list(litter.iterdir()) == []


def test_a_program_that_cannot_be_started(programs: Path, litter: Path, confgen: Confgen) -> None:
    script = programs / "opencode"
    script.write_text("#!/nowhere/at/all\n")
    script.chmod(0o755)
    result = verdict_of(confgen("verify", "opencode", "--json").out)
    assert (result["verdict"], result["harness_version"]) == ("error", None)
    assert "cannot be started" in result["detail"]
    assert list(litter.iterdir()) == []


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


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP], ids=str)
def test_a_signal_leaves_nothing(
    number: signal.Signals, home: Path, work: Path, programs: Path, litter: Path, tag: str
) -> None:
    Stub("", "lingering(start_new_session=True); time.sleep(600)", "").install(programs, tag)
    before = listing(home, work)
    with subprocess.Popen(
        (sys.executable, "-m", "confgen", "verify", "opencode"),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as child:
        deadline = time.monotonic() + 30
        while not still_there(tag) and time.monotonic() < deadline:
            time.sleep(0.05)
        assert still_there(tag)
        child.send_signal(number)
        _, err = child.communicate(timeout=30)
    assert child.returncode == 130, err
    assert "Traceback" not in err
    assert still_there(tag) == []
    assert listing(home, work) == before
    assert list(litter.iterdir()) == []


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
