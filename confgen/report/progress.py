"""A line on the terminal for as long as something takes, and nothing where nobody waits for it."""

import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from threading import Event

_SOON = 0.5  # seconds in which most is over, and nothing need be said
_TURN = 0.1
_SIGNS = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"
_PLAIN = "|/-\\"


@contextmanager
def progress(doing: str) -> Iterator[None]:
    """Say on stderr what confgen is `doing`, if it takes a while and stderr is a terminal.

    The line is gone at the end. Nothing else may be written in the meantime.
    """
    if not sys.stderr.isatty() or os.environ.get("TERM") == "dumb":
        yield
        return
    # Only a terminal pays for it.
    from threading import Event, Thread  # noqa: PLC0415

    done = Event()
    turning = Thread(target=_turn, args=(doing, done), daemon=True)
    turning.start()
    try:
        yield
    finally:
        done.set()
        turning.join()


def _turn(doing: str, done: "Event") -> None:
    """Draw the line over and over until all is `done`, then blanks over it."""
    if done.wait(_SOON):
        return
    signs = _SIGNS if _can_say(_SIGNS) else _PLAIN
    # In the last column the cursor would go to the next line.
    width = shutil.get_terminal_size().columns - 1
    turn = 0
    while True:
        line = f"{signs[turn % len(signs)]} {doing} ..."[:width]
        sys.stderr.write(f"\r{line}")
        sys.stderr.flush()
        turn += 1
        if done.wait(_TURN):
            break
    sys.stderr.write(f"\r{' ' * len(line)}\r")
    sys.stderr.flush()


def _can_say(text: str) -> bool:
    try:
        text.encode(sys.stderr.encoding or "ascii")
    except UnicodeEncodeError:
        return False
    return True
