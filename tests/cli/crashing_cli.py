"""`confgen` in a forked child that kills itself at one call that changes the disk."""

import os
import signal
import sys
import traceback
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

from confgen.cli import main

CHANGING = ("write", "replace", "rename", "unlink", "mkdir", "rmdir", "chmod", "fchmod", "fchown")

Call = Callable[..., Any]
Strike = Callable[[Call, tuple[Any, ...], dict[str, Any]], None]


def kill_before(_call: Call, _arguments: tuple[Any, ...], _options: dict[str, Any]) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def kill_after(call: Call, arguments: tuple[Any, ...], options: dict[str, Any]) -> None:
    with suppress(OSError):
        call(*arguments, **options)
    os.kill(os.getpid(), signal.SIGKILL)


def kill_halfway(write: Call, arguments: tuple[Any, ...], _options: dict[str, Any]) -> None:
    descriptor, content = arguments
    write(descriptor, content[: len(content) // 2])
    os.kill(os.getpid(), signal.SIGKILL)


def run_struck(
    command: Sequence[str], n: int, strike: Strike, names: Sequence[str] = CHANGING
) -> bool:
    """Run `confgen` and strike at the n-th call, from 1, of any of `names`.

    False if there were fewer, and so the command ran to its end, which must be a good one.
    """
    child = os.fork()
    if child == 0:
        _run(command, n, strike, names)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert code in (0, -signal.SIGKILL), f"the child ended with {code}"
    return code != 0


def _run(command: Sequence[str], n: int, strike: Strike, names: Sequence[str]) -> None:
    leave = os._exit
    try:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        counter = iter(range(1, sys.maxsize))
        for name in names:
            setattr(os, name, _armed(getattr(os, name), lambda: next(counter) == n, strike))
        code = main(command)
    except BaseException:  # noqa: BLE001 - nothing may run on into the parent's pytest
        traceback.print_exc()
        sys.stderr.flush()
        code = 1
    leave(code)


def _armed(call: Call, is_due: Callable[[], bool], strike: Strike) -> Call:
    def armed(*arguments: Any, **options: Any) -> Any:
        if is_due():
            strike(call, arguments, options)
        return call(*arguments, **options)

    return armed
