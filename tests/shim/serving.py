"""The shim as a child process, in a home of its own."""

import contextlib
import os
import re
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

KEY = "sk-or-v1-" + "0123456789abcdef" * 4
"""What opens the upstream, and must be seen by it alone."""

PATIENCE = 30  # seconds
_CLOSED_PROXY = "http://127.0.0.1:9"
_KEPT = ("PATH", "LANG", "SYSTEMROOT", "TEMP", "TMP")
_FAULTS = ("Traceback", "Warning", "never awaited", "the shim failed", "the shim met trouble")
_LISTENS = re.compile(r"confgen shim \S+ listens on (http://\S+:(\d+))\n")


class Ran(NamedTuple):
    """How a command ended, and what it printed."""

    code: int
    out: str
    err: str


@dataclass(frozen=True, slots=True)
class Serving:
    """A shim that listens; `home` holds its settings, its state and what it says on stderr."""

    url: str
    port: int
    token: str
    home: Path
    child: "subprocess.Popen[str]"

    @property
    def pid(self) -> int:
        return self.child.pid

    @property
    def state(self) -> Path:
        return self.home / "state"

    def log(self) -> str:
        """What it has said on stderr so far."""
        return (self.home / "stderr").read_text(encoding="utf-8")

    def rows(self) -> int:
        """How many requests its ledger has; a row, and at first the table, takes a moment."""
        with contextlib.closing(sqlite3.connect(self.state / "ledger.sqlite3")) as ledger:
            if not ledger.execute("SELECT name FROM sqlite_master").fetchall():
                return 0
            [(count,)] = ledger.execute("SELECT count(*) FROM request").fetchall()
        return int(count)

    def banner(self) -> str:
        """What it says on stdout after the first line, to the line that ends the banner."""
        assert self.child.stdout is not None
        lines = iter(self.child.stdout.readline, "")
        return "".join(iter(lambda: next(lines), "Ctrl-C stops it.\n"))

    def wait_for(self, come: Callable[[], bool]) -> None:
        """Wait until `come` holds, which takes a moment; that it never does fails the test."""
        deadline = time.monotonic() + PATIENCE
        while not come():
            assert time.monotonic() < deadline, self.log()
            time.sleep(0.01)

    def confgen(self, *arguments: str, env: Mapping[str, str | None] | None = None) -> Ran:
        """Run another command in this shim's home."""
        return run_confgen(self.home, *arguments, env=env)

    def end(self, send: int | None = None) -> int:
        """Its exit code, after the signal `send` if one is given."""
        if send is not None:
            self.child.send_signal(send)
        return self.child.wait(PATIENCE)


def environment(home: Path, env: Mapping[str, str | None] | None = None) -> dict[str, str]:
    """A child's environment: `home`, the key, and no way out of this machine."""
    settings = home / "confgen.toml"
    own: dict[str, str | None] = {
        **{name: os.environ.get(name) for name in _KEPT},
        **dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"), _CLOSED_PROXY),
        "NO_PROXY": "127.0.0.1,localhost",
        "HOME": str(home),
        "USERPROFILE": str(home),
        "CONFGEN_CONFIG": str(settings) if settings.exists() else None,
        "CONFGEN_STATE": str(home / "state"),
        "OPENROUTER_API_KEY": KEY,
        "PYTHONWARNINGS": "default",
        **(env or {}),
    }
    return {name: value for name, value in own.items() if value is not None}


def run_confgen(home: Path, *arguments: str, env: Mapping[str, str | None] | None = None) -> Ran:
    """Run a command that ends by itself."""
    child = subprocess.run(
        (sys.executable, "-m", "confgen", *arguments),
        env=environment(home, env),
        cwd=home,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=PATIENCE,
        check=False,
    )
    return Ran(child.returncode, child.stdout, child.stderr)


@contextlib.contextmanager
def started(
    upstream: str,
    *options: str,
    settings: str = "",
    env: Mapping[str, str | None] | None = None,
    under: tuple[str, ...] = (),
    home: Path | None = None,
) -> Iterator[Serving]:
    """A shim in front of `upstream`, the root of an API, on a free port unless `options` say else.

    `settings` are the text of its confgen.toml; `env` overrides its environment, None takes a
    variable out; `under` is a program that becomes the shim; `home` is one that exists, else it
    has one of its own. A test that does not end it itself has it killed.
    """
    with contextlib.nullcontext(home) if home else tempfile.TemporaryDirectory() as folder:
        home = Path(folder).resolve()
        (home / "confgen.toml").write_text(settings, encoding="utf-8")
        command = (sys.executable, "-m", "confgen", "shim", "--port", "0", "--upstream", upstream)
        with (
            (home / "stderr").open("w") as told,
            subprocess.Popen(
                (*under, *command, *options),
                env=environment(home, env),
                cwd=home,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=told,
                text=True,
                encoding="utf-8",
            ) as child,
        ):
            try:
                assert child.stdout is not None
                listens = _LISTENS.fullmatch(child.stdout.readline())
                assert listens, (home / "stderr").read_text(encoding="utf-8")
                kept = home / "state" / "shim-token"
                token = kept.read_text(encoding="utf-8").strip() if kept.exists() else ""
                yield Serving(listens[1], int(listens[2]), token, home, child)
            finally:
                child.kill()


@contextlib.contextmanager
def serving(
    upstream: str,
    *options: str,
    settings: str = "",
    env: Mapping[str, str | None] | None = None,
    home: Path | None = None,
) -> Iterator[Serving]:
    """The same, which must end well at SIGTERM: with 0, and no word of a fault of its own."""
    with started(upstream, *options, settings=settings, env=env, home=home) as shim:
        yield shim
        shim.child.terminate()
        assert shim.end() == 0, shim.log()
        found = [word for word in _FAULTS if word in shim.log()]
        assert not found, shim.log()
