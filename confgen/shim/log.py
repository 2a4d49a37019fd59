"""What the shim says of itself while it serves, a line each: never content, never a key."""

import time
from collections.abc import Callable
from typing import TextIO

LEVELS = ("error", "warning", "info")
_PAUSE = 0.1  # seconds; lines of one busy moment are written at one stroke


class Log:
    """Lines of `level` and of what is graver, written to `stream` off the request path.

    `later` calls a function after so many seconds, as an event loop does.
    """

    __slots__ = ("_later", "_lines", "_shown", "_stream")

    def __init__(
        self, level: str, stream: TextIO, later: Callable[[float, Callable[[], None]], object]
    ) -> None:
        self._shown = frozenset(LEVELS[: LEVELS.index(level) + 1])
        self._stream = stream
        self._later = later
        self._lines: list[str] = []

    def shows(self, level: str) -> bool:
        return level in self._shown

    def tell(self, level: str, words: str) -> None:
        if level not in self._shown:
            return
        if not self._lines:
            self._later(_PAUSE, self.flush)
        kind = "" if level == "info" else f"{level}: "
        self._lines.append(f"{time.strftime('%H:%M:%S')} {kind}{words}\n")

    def flush(self) -> None:
        lines, self._lines = self._lines, []
        try:
            self._stream.write("".join(lines))
            self._stream.flush()
        except (OSError, ValueError):
            # Whoever read the log has gone; serving goes on.
            self._shown = frozenset()
