"""Signals to stop: the first has everything cleared away, and none disturbs that."""

import contextlib
import signal
from collections.abc import Callable, Iterator, Mapping
from types import FrameType
from typing import Any, NoReturn

_NUMBERS = tuple(
    getattr(signal, name)
    for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK")
    if hasattr(signal, name)
)


@contextlib.contextmanager
def interruptible() -> Iterator[None]:
    """Have the first signal to stop raise KeyboardInterrupt, and no further one do anything."""

    def stop(_number: int, _frame: FrameType | None) -> NoReturn:
        for number in _NUMBERS:
            signal.signal(number, signal.SIG_IGN)
        raise KeyboardInterrupt

    former = _handled(stop)
    try:
        yield
    finally:
        _restore(former)


@contextlib.contextmanager
def undisturbed() -> Iterator[None]:
    """Hold signals to stop back until the block is done, which starts something or clears it away.

    Raises KeyboardInterrupt afterwards if that is what a signal that came meanwhile does.
    """
    came: list[int] = []
    former = _handled(lambda number, _frame: came.append(number))
    try:
        yield
    finally:
        _restore(former)
        if came:
            signal.raise_signal(came[0])


def _handled(handler: Callable[[int, FrameType | None], object]) -> Mapping[int, Any]:
    """Handle each signal that is not ignored; what was done with it before."""
    former = {number: signal.getsignal(number) for number in _NUMBERS}
    taken = {number: before for number, before in former.items() if before is not signal.SIG_IGN}
    for number in taken:
        signal.signal(number, handler)
    return taken


def _restore(former: Mapping[int, Any]) -> None:
    for number, handler in former.items():
        signal.signal(number, handler)
