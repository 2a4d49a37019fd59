"""What the shim says of itself while it serves, a line each: never content, never a key."""

import os
import time
from collections.abc import Callable
from threading import Thread
from typing import TextIO

LEVELS = ("error", "warning", "info")
_PAUSE = 0.1  # seconds; lines of one busy moment are written at one stroke
_WAITING = 10_000  # lines that may wait for whoever reads them
_PATIENCE = 1.0  # seconds that the last lines may take


class Log:
    """Lines of `level` and of what is graver, written to `stream` off the request path.

    `later` calls a function after so many seconds, as an event loop does. Nobody waits for whoever
    reads the stream: of what is left unread for too long the rest is dropped.
    """

    __slots__ = ("_encoding", "_later", "_lines", "_out", "_shown", "_writer")

    def __init__(
        self, level: str, stream: TextIO, later: Callable[[float, Callable[[], None]], object]
    ) -> None:
        self._shown = frozenset(LEVELS[: LEVELS.index(level) + 1])
        # Written to directly: a thread that is stuck in the stream itself would hold its lock, for
        # which whoever flushes it last waits.
        self._out, self._encoding = stream.fileno(), stream.encoding
        self._later = later
        self._lines: list[str] = []
        self._writer: Thread | None = None

    def shows(self, level: str) -> bool:
        return level in self._shown

    def tell(self, level: str, words: str) -> None:
        if level not in self._shown or len(self._lines) >= _WAITING:
            return
        if not self._lines:
            self._later(_PAUSE, self._flush)
        kind = "" if level == "info" else f"{level}: "
        self._lines.append(f"{time.strftime('%H:%M:%S')} {kind}{words}\n")

    def close(self) -> None:
        """Write what is left, as far as it is read in time."""
        self._join()
        self._flush()
        self._join()

    def _join(self) -> None:
        if self._writer:
            self._writer.join(_PATIENCE)

    def _flush(self) -> None:
        if self._writer and self._writer.is_alive():
            self._later(_PAUSE, self._flush)
            return
        lines, self._lines = self._lines, []
        text = "".join(lines).encode(self._encoding, "backslashreplace")
        self._writer = Thread(target=self._write, args=(text,), daemon=True)
        self._writer.start()

    def _write(self, text: bytes) -> None:
        left = memoryview(text)
        try:
            while left:
                left = left[os.write(self._out, left) :]
        except OSError:
            # Whoever read the log has gone; serving goes on.
            self._shown = frozenset()
