"""One run of a client as a child: a process group of its own, a time limit, and its last words."""

import contextlib
import subprocess
import threading
import time
from collections import deque
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, NamedTuple

from confgen.proof.environment import MARKER
from confgen.proof.leftovers import end_group, end_marked
from confgen.proof.signals import undisturbed

NEW_GROUP: int = getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0)
"""What on Windows lets a child be ended with all that it starts; elsewhere a session does."""

_GRACE = 1.5  # seconds between the request to end and the end
_PIECE = 8 * 1024  # bytes
_PIECES = 8  # of what it has said, the last of which are kept


class Ended(NamedTuple):
    """How a run ended. `code` is None where its time was up; `words` are the last that it said."""

    code: int | None
    words: str


def run(command: Sequence[str | Path], env: Mapping[str, str], cwd: Path, deadline: float) -> Ended:
    """Run a command until `deadline` (of the monotonic clock). Nothing of it is left afterwards.

    Raises OSError where it cannot be started.
    """
    words: deque[bytes] = deque(maxlen=_PIECES)
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
        listener = threading.Thread(target=_listen, args=(child.stdout, words), daemon=True)
        listener.start()
        with contextlib.suppress(subprocess.TimeoutExpired):
            code = child.wait(max(deadline - time.monotonic(), 0.0))
    finally:
        if child is not None:
            with undisturbed():
                _end(child, env)
    # What is not ours to end may keep the pipe open.
    listener.join(_GRACE)
    return Ended(code, b"".join(words).decode("utf-8", "replace"))


def _end(child: subprocess.Popen[bytes], env: Mapping[str, str]) -> None:
    """End the child, its group, and whoever left the group."""
    if child.poll() is None:
        end_group(child.pid, at_once=False)
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(_GRACE)
    end_group(child.pid, at_once=True)
    if child.poll() is None:
        child.kill()
    child.wait()
    end_marked(f"{MARKER}={env[MARKER]}")


def _listen(pipe: IO[bytes], words: deque[bytes]) -> None:
    with contextlib.suppress(OSError, ValueError):
        while piece := pipe.read1(_PIECE):  # type: ignore[attr-defined]
            words.append(piece)
