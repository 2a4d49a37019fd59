"""Ends what a child has left behind, its daemons included."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

_PROCESSES = Path("/proc")
_ROUNDS = 20
_QUIET = 3  # rounds without a find: one that is just being started shows no environment yet
_PAUSE = 0.03  # seconds


def end_group(leader: int, *, at_once: bool) -> bool:
    """Ask a child's process group to end, or end it; False where nobody is left in it."""
    if sys.platform == "win32":
        command = ("taskkill", "/T", "/PID", str(leader), *(["/F"] if at_once else []))
        return subprocess.run(command, capture_output=True, check=False).returncode == 0
    try:
        os.killpg(leader, signal.SIGKILL if at_once else signal.SIGTERM)
    except (ProcessLookupError, PermissionError):
        # macOS says that it is not permitted where all of the group are dead.
        return False
    return True


def end_marked(marker: str) -> None:
    """End every process whose environment holds `marker`, `NAME=value`; Linux tells of those."""
    quiet = 0
    for _ in range(_ROUNDS):
        found = list(_marked(marker.encode()))
        for pid in found:
            with contextlib.suppress(OSError):
                os.kill(pid, signal.SIGKILL)
        quiet = 0 if found else quiet + 1
        if quiet == _QUIET:
            return
        time.sleep(_PAUSE)


def _marked(marker: bytes) -> Iterator[int]:
    for folder in _PROCESSES.glob("[0-9]*"):
        try:
            environment = (folder / "environ").read_bytes()
        except OSError:
            # It belongs to someone else, or has ended. A dead one's environment is empty.
            continue
        if marker in environment.split(b"\0") and int(folder.name) != os.getpid():
            yield int(folder.name)
