"""One run of a client as a child: a process group of its own, a time limit, and its last words."""

import contextlib
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path, PurePath
from typing import NamedTuple

from confgen.proof.environment import MARKER
from confgen.proof.leftovers import end_group, end_marked
from confgen.proof.signals import undisturbed

NEW_GROUP: int = getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0)
"""What on Windows lets a child be ended with all that it starts; elsewhere a session does."""

GRACE = 1.5  # seconds between the request to end and the end
_PIECE = 8 * 1024  # bytes
_KEPT = 1024 * 1024  # bytes of what it has said, the last of it


class Ended(NamedTuple):
    """How a run ended. `code` is None where its time was up; `words` are the last that it said."""

    code: int | None
    words: str


class Words:
    """The last that a child says on a pipe or a socket, which is read so that it never waits.

    It is closed when no more can come.
    """

    def __init__(self, read: Callable[[int], bytes], close: Callable[[], None]) -> None:
        self._said = bytearray()
        self._listener = threading.Thread(target=self._listen, args=(read, close), daemon=True)
        self._listener.start()

    def _listen(self, read: Callable[[int], bytes], close: Callable[[], None]) -> None:
        with contextlib.suppress(OSError, ValueError), contextlib.ExitStack() as stack:
            stack.callback(close)
            while piece := read(_PIECE):
                self._said += piece
                del self._said[:-_KEPT]

    def last(self) -> str:
        # What is not ours to end may keep the pipe open.
        self._listener.join(GRACE)
        return bytes(self._said).decode("utf-8", "replace")


def run(
    command: Sequence[str | Path], env: Mapping[str, str], cwd: PurePath, deadline: float
) -> Ended:
    """Run a command until `deadline` (of the monotonic clock). Nothing of it is left afterwards.

    Raises OSError where it cannot be started.
    """
    code: int | None = None
    child: subprocess.Popen[bytes] | None = None
    try:
        with undisturbed():
            child = subprocess.Popen(
                command,
                env=dict(env),
                cwd=cwd,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                creationflags=NEW_GROUP,
            )
        words = Words(child.stdout.read1, child.stdout.close)  # type: ignore[union-attr]
        with contextlib.suppress(subprocess.TimeoutExpired):
            code = child.wait(max(deadline - time.monotonic(), 0.0))
    finally:
        if child is not None:
            with undisturbed():
                _end(child, env)
    return Ended(code, words.last())


def _end(child: subprocess.Popen[bytes], env: Mapping[str, str]) -> None:
    """End the child, its group, and whoever left the group."""
    if child.poll() is None:
        end_group(child.pid, at_once=False)
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(GRACE)
    end_group(child.pid, at_once=True)
    if child.poll() is None:
        child.kill()
    child.wait()
    end_marked(f"{MARKER}={env[MARKER]}")
