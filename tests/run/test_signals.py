"""Signals and terminals: what reaches the harness, how often, and what is left afterwards."""

import contextlib
import os
import pty
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from stub import Stub, alive, end, make_stub, until
from test_passing_through import kinds

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc by way of ps")


@pytest.fixture
def stub(programs: Path, home: Path) -> Stub:
    return make_stub(programs, home)


WAITING = {"STUB_WAITS": "1", "STUB_EXITS": "9"}


@contextlib.contextmanager
def in_a_terminal(stub: Stub, *how: str) -> Iterator[tuple[int, int]]:
    """`confgen run` as the leader of a terminal's session: its process, and the terminal's end."""
    pid, terminal = pty.fork()
    if pid == 0:
        command = (sys.executable, "-m", "confgen", "run", *how)
        os.execve(sys.executable, command, stub.environment(WAITING))  # noqa: S606
    try:
        stub.started()
        yield pid, terminal
    finally:
        with contextlib.suppress(OSError):
            os.close(terminal)
        end(pid)
        end(stub.told["pid"])


def code_of(pid: int) -> int:
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def nothing_is_left(stub: Stub) -> bool:
    return not stub.scratch and not stub.shims and not alive(stub.told["pid"])


@kinds
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGUSR1, signal.SIGINT])
def test_a_signal_to_confgen_alone(stub: Stub, how: tuple[str, ...], number: int) -> None:
    with stub.spawn(*how, env=WAITING) as child:
        stub.started()
        child.send_signal(number)
        child.communicate()
    assert child.returncode == 9
    assert stub.told["heard"] == [number]
    assert nothing_is_left(stub)


@kinds
def test_ctrl_c_reaches_the_harness_once(stub: Stub, how: tuple[str, ...]) -> None:
    with in_a_terminal(stub, *how) as (pid, terminal):
        os.write(terminal, b"\x03")
        assert code_of(pid) == 9
        assert stub.told["heard"] == [signal.SIGINT]
        assert nothing_is_left(stub)


@kinds
def test_a_closed_terminal(stub: Stub, how: tuple[str, ...]) -> None:
    with in_a_terminal(stub, *how) as (pid, terminal):
        os.close(terminal)
        assert code_of(pid) == 9
        assert stub.told["heard"][0] == signal.SIGHUP
        assert nothing_is_left(stub)


@kinds
def test_the_harness_has_the_terminal(stub: Stub, how: tuple[str, ...]) -> None:
    with in_a_terminal(stub, *how) as (pid, terminal):
        assert os.tcgetpgrp(terminal) == stub.told["group"] == os.getpgid(pid)
        stub.go()
        assert code_of(pid) == 9


@kinds
def test_a_harness_that_stops_itself(stub: Stub, how: tuple[str, ...]) -> None:
    """As one does for Ctrl-Z in a terminal's raw mode: whoever started confgen sees it stop."""
    with stub.spawn(*how, env={"STUB_KILLS_ITSELF": str(int(signal.SIGSTOP))}) as child:
        _, status = os.waitpid(child.pid, os.WUNTRACED)
        assert os.WIFSTOPPED(status)
        os.kill(child.pid, signal.SIGCONT)
        child.communicate()
    assert child.returncode == 0


@kinds
def test_what_is_ignored_from_the_start_stays_ignored(stub: Stub, how: tuple[str, ...]) -> None:
    with stub.spawn(*how, env=WAITING, preexec_fn=_nohup) as child:
        stub.started()
        child.send_signal(signal.SIGHUP)
        stub.go()
        child.communicate()
    assert child.returncode == 9
    assert stub.told["heard"] == []


def _nohup() -> None:
    signal.signal(signal.SIGHUP, signal.SIG_IGN)


@pytest.mark.parametrize("how", [("droid",), ("openhands", "--route", "shim")], ids=["", "shim"])
def test_a_confgen_that_is_killed(stub: Stub, how: tuple[str, ...]) -> None:
    """The harness goes on with all that it needs; what is left is swept by the next run."""
    with stub.spawn(*how, env=WAITING, stderr=subprocess.DEVNULL) as child:
        stub.started()
        child.kill()
        child.wait()
        left, shims = stub.scratch, stub.shims
        assert len(left) == 2
        pid = stub.told["pid"]
        with stub.spawn("droid") as other:
            other.communicate()
        assert stub.scratch == left, "the harness still uses it"
        assert stub.shims == shims
        stub.go()
        until(lambda: not alive(pid) and not stub.shims)
    with stub.spawn("droid") as other:
        other.communicate()
    assert stub.scratch == []
