"""Becomes the harness, or starts it and waits: terminal, signals and exit code pass through."""

import os
import signal
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from confgen.errors import ConfgenError

_BY_SIGNAL = 128
"""What a shell adds to the number of the signal that has ended a program."""


class Command(NamedTuple):
    """What is started, with its whole environment."""

    program: Path
    arguments: Sequence[str]
    environment: Mapping[str, str]

    @property
    def words(self) -> list[str]:
        return [str(self.program), *self.arguments]


def cannot_start(command: Command, error: OSError) -> ConfgenError:
    return ConfgenError(
        f"the program cannot be started: {error.strerror or error}",
        where=str(command.program),
        hint="start it once by itself, to see whether it is installed whole",
    )


if sys.platform == "win32":

    def become(command: Command) -> int:
        """Windows has no program become another one: the console would not wait for it."""
        return attend(command)

    def attend(command: Command) -> int:
        """Start the program, wait, and return its exit code. Ctrl-C reaches it by the console."""
        import subprocess  # noqa: PLC0415 - most commands start no program

        for number in (signal.SIGINT, signal.SIGBREAK):
            signal.signal(number, lambda *_: None)
        try:
            child = subprocess.Popen(command.words, env=dict(command.environment))
        except OSError as error:
            raise cannot_start(command, error) from error
        return child.wait()

else:
    # What Python ignores from its start, and a program that it starts would go on ignoring.
    _PYTHONS_OWN = (signal.SIGPIPE, signal.SIGXFSZ)
    _TERMINALS = (signal.SIGINT, signal.SIGQUIT)
    _PASSED_ON = (*_TERMINALS, signal.SIGTERM, signal.SIGHUP, signal.SIGUSR1, signal.SIGUSR2)

    def become(command: Command) -> int:
        """Let the program take the place of this process. Raises ConfgenError where it cannot."""
        for number in _PYTHONS_OWN:
            signal.signal(number, signal.SIG_DFL)
        try:
            os.execve(command.program, command.words, dict(command.environment))  # noqa: S606
        except OSError as error:
            raise cannot_start(command, error) from error

    def attend(command: Command) -> int:
        """Start the program in the foreground, wait, and return what a shell would call its end.

        It stays in this process group, so that what the terminal sends reaches both. Signals that
        are sent to this process alone are passed on.
        """
        # One that this process was told to ignore, as by nohup, the program ignores as well.
        numbers = [n for n in _PASSED_ON if signal.getsignal(n) is not signal.SIG_IGN]
        watched = {*numbers, signal.SIGCHLD}
        # Unwatched, the end of a child is nothing that anybody could wait for.
        signal.signal(signal.SIGCHLD, lambda *_: None)
        # For good: what comes afterwards is cleaning up, which is not to be interrupted.
        before = signal.pthread_sigmask(signal.SIG_BLOCK, watched)
        try:
            pid = os.posix_spawn(
                command.program,
                command.words,
                dict(command.environment),
                setsigmask=before,
                setsigdef=_PYTHONS_OWN,
            )
        except OSError as error:
            raise cannot_start(command, error) from error
        return _wait(pid, watched)

    def _wait(pid: int, watched: set[signal.Signals]) -> int:
        while True:
            number, to_all = _next_signal(watched)
            if number != signal.SIGCHLD:
                if not to_all:
                    os.kill(pid, number)
                continue
            changed, status = os.waitpid(pid, os.WNOHANG | os.WUNTRACED)
            if not changed:
                continue
            if os.WIFSTOPPED(status):
                # Whoever started this process waits for it to stop, not for its child.
                os.kill(os.getpid(), signal.SIGSTOP)
                os.kill(pid, signal.SIGCONT)
                continue
            code = os.waitstatus_to_exitcode(status)
            return code if code >= 0 else _BY_SIGNAL - code

    def _next_signal(watched: set[signal.Signals]) -> tuple[int, bool]:
        """Wait for a signal; whether the terminal has sent it to the whole process group.

        A terminal that is closed tells the leader of its session alone.
        """
        if sys.platform == "darwin":
            # It cannot say who sent one.
            number = signal.sigwait(watched)
            return number, number in _TERMINALS and _in_foreground()
        else:  # noqa: RET505 - mypy looks at one branch of such a condition alone
            told = signal.sigwaitinfo(watched)
            # Above 0 it comes from the kernel, which speaks for the terminal here.
            return told.si_signo, told.si_signo in _TERMINALS and told.si_code > 0

    def _in_foreground() -> bool:
        try:
            terminal = os.open(os.ctermid(), os.O_RDONLY)
        except OSError:
            return False
        try:
            return os.tcgetpgrp(terminal) == os.getpgrp()
        except OSError:
            return False
        finally:
            os.close(terminal)
