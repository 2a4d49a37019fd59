"""The sealed view: the whole home and project as they are, and a way out for nothing. Linux alone.

The client runs in namespaces of its own, as the same user without any right. Overlays lie over its
folders, whose writes go into memory; all else is read-only. Of the network there is the loopback
device alone, and on it nothing but sockets on which this process listens. Measured on Linux 6.18;
systems that forbid an ordinary user to make namespaces (Ubuntu's AppArmor since 23.10, containers
with the usual seccomp profile) refuse at the first step.
"""

import contextlib
import json
import os
import shutil
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path, PurePath
from typing import Any, NamedTuple

from confgen.errors import ConfgenError
from confgen.proof.child import GRACE, Ended, Words
from confgen.proof.signals import undisturbed

_PACKAGE = Path(__file__).parents[3]
_INSIDE = (
    "import sys; sys.path.insert(0, sys.argv[1]); "
    "from confgen.proof.view.inside import main; main(int(sys.argv[2]))"
)
_UNSHARE = (
    "--user", "--map-current-user", "--keep-caps", "--mount", "--propagation", "private",
    "--net", "--ipc", "--pid", "--fork", "--kill-child", "--mount-proc",
)  # fmt: skip
_PATIENCE = 10.0  # seconds for all of it to be set up
_SOCKETS, _MOUNTS = Path("/proc/net/unix"), Path("/proc/self/mountinfo")
_RUNNING, _DEPTH = Path("/run"), 3
_MOST_DESCRIPTORS = 250  # the kernel passes 253 at once


class SealError(ConfgenError):
    """This system does not let the view be sealed; the message says where it stopped."""


class Plan(NamedTuple):
    """What is to be sealed.

    `roots` are the folders that the client may seem to write to, `emptied` those that it finds
    empty; `work` is an empty folder of our own. `ports` are those of the loopback's addresses that
    are to be listened at; 0 is any free one.
    """

    roots: tuple[PurePath, ...]
    work: Path
    emptied: tuple[PurePath, ...]
    changes: Mapping[PurePath, str | None]
    ports: tuple[int, ...]


class Sealed:
    """What is in there: `listeners` are the sockets for each port of the plan, in its order."""

    def __init__(
        self, control: socket.socket, listeners: Sequence[Sequence[socket.socket]]
    ) -> None:
        self._control = control
        self.listeners = listeners

    def run(
        self, command: Sequence[str | Path], env: Mapping[str, str], cwd: PurePath, deadline: float
    ) -> Ended:
        """Run a command until `deadline` (of the monotonic clock). Nothing is left of it then.

        Raises OSError where it cannot be started, ConfgenError where the seal itself has ended.
        """
        # A pipe: what is no file of its own cannot be opened as /dev/stderr, as scripts do it.
        reading, writing = os.pipe()
        order = {"run": [str(word) for word in command], "env": dict(env), "cwd": str(cwd)}
        ours = open(reading, "rb")  # noqa: PTH123, SIM115 - a descriptor, closed at its end
        words = Words(ours.read1, ours.close)
        with open(writing, "wb") as theirs:  # noqa: PTH123
            socket.send_fds(self._control, [_line(order)], [theirs.fileno()])
        code = self._ended(deadline)
        return Ended(code, words.last())

    def _ended(self, deadline: float) -> int | None:
        """The exit code; None where the time was up."""
        answer = _receive(self._control, deadline)
        if answer is None:
            for number in (15, 9):
                self._control.sendall(_line({"end": number}))
                if _receive(self._control, time.monotonic() + GRACE) is not None:
                    break
            return None
        if "fault" in answer:
            raise OSError(None, answer["fault"])
        return int(answer["code"])


@contextlib.contextmanager
def sealed(plan: Plan) -> Iterator[Sealed]:
    """A seal for as long as the block runs. Raises SealError where there can be none."""
    unshare = shutil.which("unshare") if sys.platform == "linux" else None
    if unshare is None:
        raise SealError("this system has no namespaces that an ordinary user may make")
    ours, theirs = socket.socketpair()
    child: subprocess.Popen[bytes] | None = None
    try:
        with undisturbed(), theirs:
            python = (sys.executable, "-I", "-S", "-B", "-c", _INSIDE, _PACKAGE)
            child = subprocess.Popen(
                (unshare, *_UNSHARE, *python, str(theirs.fileno())),
                pass_fds=(theirs.fileno(),),
                cwd="/",
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
        yield Sealed(ours, _set_up(ours, plan))
    finally:
        with undisturbed():
            # The first process in there ends with its line to us, and all others with it.
            ours.close()
            if child is not None:
                _end(child)


def _end(child: "subprocess.Popen[bytes]") -> None:
    try:
        child.wait(GRACE)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()


def _set_up(control: socket.socket, plan: Plan) -> list[list[socket.socket]]:
    order = {
        "roots": [str(root) for root in plan.roots],
        "work": str(plan.work),
        "emptied": [str(folder) for folder in plan.emptied],
        "masked": list(_sockets()),
        "changes": [[str(path), text] for path, text in plan.changes.items()],
        "ports": plan.ports,
    }
    control.settimeout(_PATIENCE)
    data = b""
    try:
        control.sendall(_line(order))
        data, descriptors, _, _ = socket.recv_fds(control, 1 << 16, _MOST_DESCRIPTORS)
    except TimeoutError as error:
        raise SealError("the namespaces were not ready in time") from error
    except OSError:
        pass  # the other end is gone
    if not data:
        raise SealError("this system does not let an ordinary user make namespaces")
    answer = json.loads(data)
    if "error" in answer:
        raise SealError(f"the folders cannot be sealed: {answer['error']}")
    sockets = iter([socket.socket(fileno=number) for number in descriptors])
    return [[next(sockets) for _ in range(count)] for count in answer["ready"]]


def _sockets() -> Iterator[str]:
    """The sockets in the file system behind which servers may listen: keys, buses, displays.

    Those of this network are listed. Others are laid into containers as mounts, or are where
    servers of the machine have theirs.
    """
    for path in dict.fromkeys((*_listed(), *_mounts(), *_below(_RUNNING, _DEPTH))):
        with contextlib.suppress(OSError):
            if stat.S_ISSOCK(os.stat(path).st_mode):  # noqa: PTH116 - any spelling of a path
                yield path


def _listed() -> Iterator[str]:
    for line in _lines(_SOCKETS):
        yield from (path for path in line.split(maxsplit=7)[7:] if path[0] == "/")


def _mounts() -> Iterator[str]:
    for line in _lines(_MOUNTS):
        yield line.split(" ")[4].encode().decode("unicode_escape")


def _below(folder: Path, depth: int) -> Iterator[str]:
    """What is in a folder, and in those within it."""
    with contextlib.suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            yield entry.path
            if depth and entry.is_dir(follow_symlinks=False):
                yield from _below(Path(entry.path), depth - 1)


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="utf-8", errors="surrogateescape").splitlines()
    except OSError:
        return []


def _line(message: Mapping[str, Any]) -> bytes:
    return json.dumps(message).encode() + b"\n"


def _receive(control: socket.socket, deadline: float) -> dict[str, Any] | None:
    """The next line; None where it does not come in time.

    Raises ConfgenError where the other end is gone.
    """
    control.settimeout(max(deadline - time.monotonic(), 0.001))
    data = b""
    try:
        while not data.endswith(b"\n"):
            piece = control.recv(1 << 16)
            if not piece:
                raise ConfgenError("the seal broke while the harness ran in it")
            data += piece
    except TimeoutError:
        return None
    found: dict[str, Any] = json.loads(data)
    return found
