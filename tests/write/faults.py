"""Strike a forked child at one exact system call: kill it, interrupt it, fail the call."""

import errno
import mmap
import os
import signal
import sys
import traceback
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from confgen.errors import ConfgenError

READING = ("open", "close", "fsync")
CHANGING = ("write", "replace", "rename", "unlink", "mkdir", "rmdir", "chmod", "fchmod", "fchown")
CALLS = (*READING, *CHANGING)

DONE, REFUSED, INTERRUPTED, BROKEN = 0, 11, 12, 13

When = Callable[[str, tuple[Any, ...]], bool]
Strike = Callable[[Callable[..., Any], tuple[Any, ...]], None]


class Nth:
    """Holds at the n-th call, from 1, of any of `names`; `struck` tells the parent, too."""

    def __init__(self, n: int, names: tuple[str, ...] = CALLS) -> None:
        self._left = n
        self._names = names
        self._shared = mmap.mmap(-1, 1)

    def __call__(self, name: str, _arguments: tuple[Any, ...]) -> bool:
        if name not in self._names:
            return False
        self._left -= 1
        if self._left == 0:
            self._shared[0] = 1
        return self._left == 0

    @property
    def struck(self) -> bool:
        return self._shared[0] == 1


def replacing(target: Path) -> When:
    return lambda name, arguments: name == "replace" and Path(arguments[1]) == target


def setting_aside(source: Path) -> When:
    return lambda name, arguments: name == "replace" and Path(arguments[0]) == source


def kill_before(_call: Callable[..., Any], _arguments: tuple[Any, ...]) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def kill_after(call: Callable[..., Any], arguments: tuple[Any, ...]) -> None:
    with suppress(OSError):
        call(*arguments)
    os.kill(os.getpid(), signal.SIGKILL)


def kill_halfway(write: Callable[..., Any], arguments: tuple[Any, ...]) -> None:
    descriptor, content = arguments
    write(descriptor, content[: len(content) // 2])
    os.kill(os.getpid(), signal.SIGKILL)


def interrupt(_call: Callable[..., Any], _arguments: tuple[Any, ...]) -> None:
    raise KeyboardInterrupt


def interrupt_after(call: Callable[..., Any], arguments: tuple[Any, ...]) -> None:
    with suppress(OSError):
        call(*arguments)
    raise KeyboardInterrupt


def fail(_call: Callable[..., Any], _arguments: tuple[Any, ...]) -> None:
    raise OSError(errno.EIO, os.strerror(errno.EIO))


def arm(when: When, strike: Strike) -> None:
    """From here on, in this process, `strike` at every call for which `when` holds."""
    for name in CALLS:
        setattr(os, name, _armed(name, getattr(os, name), when, strike))


def _armed(name: str, call: Callable[..., Any], when: When, strike: Strike) -> Callable[..., Any]:
    def armed(*arguments: Any, **options: Any) -> Any:
        if when(name, arguments):
            strike(call, arguments)
        return call(*arguments, **options)

    return armed


def start(work: Callable[[], object]) -> int:
    """Run `work` in a fork; return the id of its process."""
    child = os.fork()
    if child == 0:
        _run(work)
    return child


def wait(child: int) -> int:
    """DONE, REFUSED, INTERRUPTED, or minus the signal that killed the child."""
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert code != BROKEN, "the child broke: see its traceback"
    return code


def in_child(work: Callable[[], object]) -> int:
    return wait(start(work))


def _run(work: Callable[[], object]) -> None:
    leave = os._exit
    try:
        work()
    except ConfgenError:
        leave(REFUSED)
    except KeyboardInterrupt:
        leave(INTERRUPTED)
    except BaseException:  # noqa: BLE001 - nothing may run on into the parent's pytest
        traceback.print_exc()
        sys.stderr.flush()
        leave(BROKEN)
    leave(DONE)
