"""A terminal of a given width, with a program in the foreground and someone who types."""

import os
import re
import select
import signal
import struct
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Self

if sys.platform != "win32":
    import fcntl
    import pty
    import termios

PATIENCE = 60.0  # seconds
PAUSE = 2.0
CONTROL = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
# The terminal becomes the child's own, so that Ctrl-C reaches it as a signal.
TAKE = "import fcntl, os, sys, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0); "
START = "os.execv(sys.argv[1], sys.argv[1:])"
CTRL_C = "\x03"


@dataclass
class Terminal:
    """What stood on the screen so far is `raw`; `told` is how much of it was waited for."""

    process: subprocess.Popen[bytes]
    descriptor: int
    raw: str = ""
    told: int = 0

    @classmethod
    @contextmanager
    def start(
        cls, *arguments: str, columns: int = 80, env: Mapping[str, str] | None = None
    ) -> Iterator[Self]:
        """`confgen` with these arguments; it is killed if it still runs at the end."""
        call = (sys.executable, "-m", "confgen", *arguments)
        with cls.running(*call, columns=columns, env=env) as terminal:
            yield terminal

    @classmethod
    @contextmanager
    def running(
        cls, program: str, *arguments: str, columns: int = 80, env: Mapping[str, str] | None = None
    ) -> Iterator[Self]:
        """The same with the program at a path."""
        ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
        process = subprocess.Popen(
            [sys.executable, "-c", TAKE + START, program, *arguments],
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            start_new_session=True,
            env={**os.environ, "TERM": "xterm", "COLUMNS": str(columns), **(env or {})},
        )
        os.close(theirs)
        try:
            yield cls(process, ours)
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            os.close(ours)

    @property
    def text(self) -> str:
        """The screen without colours, its lines ended as elsewhere."""
        return CONTROL.sub("", self.raw).replace("\r\n", "\n")

    def wait(self, wanted: str) -> None:
        """Read until `wanted` appears after all that was waited for before."""
        deadline = time.monotonic() + PATIENCE
        while wanted not in self.text[self.told :]:
            assert time.monotonic() < deadline, f"no {wanted!r} in:\n{self.text}"
            assert self._read(), f"ended without {wanted!r}:\n{self.text}"
        self.told = self.text.index(wanted, self.told) + len(wanted)

    def type(self, keys: str) -> None:
        os.write(self.descriptor, keys.encode())

    def answer(self, question: str, line: str = "") -> None:
        """Type a line once the question stands there; an empty one takes the default."""
        self.wait(question)
        self.wait("]: ")
        self.type(f"{line}\n")

    def stop(self, keys: str) -> int:
        """Press, and once more if that changes nothing, as a person would; the exit code.

        Python goes on waiting if the key comes in the moment before it starts to.
        """
        while self.process.poll() is None:
            with suppress(OSError):
                self.type(keys)
            while self._read(PAUSE):
                pass
        return self.end()

    def end(self) -> int:
        """Read to the end; the exit code."""
        while self._read():
            pass
        return self.process.wait(PATIENCE)

    def _read(self, patience: float = PATIENCE) -> bool:
        if not select.select([self.descriptor], [], [], patience)[0]:
            return False
        try:
            piece = os.read(self.descriptor, 65536)
        except OSError:
            # Linux says so when nobody has the other side any more.
            return False
        self.raw += piece.decode("utf-8")
        return bool(piece)
