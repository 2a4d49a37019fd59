"""A harness that is none: it tells how it was started, and does what its environment says."""

import json
import os
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PATIENCE = 30  # seconds

SCRIPT = f"""#!{sys.executable} -S
import json, os, signal, sys, time
report = os.environ["STUB_REPORT"]
heard = []
def hear(number, _):
    heard.append(number)
    tell()
def tell():
    folder = os.environ.get("OPENHANDS_PERSISTENCE_DIR")
    told = {{
        "pid": os.getpid(), "arguments": sys.argv[1:], "environment": dict(os.environ),
        "group": os.getpgrp(), "heard": heard, "stdin": read,
        "files": {{n: os.lstat(os.path.join(folder, n)).st_mode for n in os.listdir(folder)}}
        if folder else {{}},
        "settings": open(sys.argv[2]).read() if sys.argv[1:2] == ["--settings"]
        and os.path.exists(sys.argv[2]) else None,
    }}
    with open(report + ".new", "w") as out:
        json.dump(told, out)
    os.replace(report + ".new", report)
wait = os.environ.get("STUB_WAITS")
for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGUSR1):
    if wait and signal.getsignal(number) is not signal.SIG_IGN:
        signal.signal(number, hear)
read = sys.stdin.read() if os.environ.get("STUB_READS") else None
tell()
if number := int(os.environ.get("STUB_KILLS_ITSELF", 0)):
    os.kill(os.getpid(), number)
while wait and not heard and not os.path.exists(report + ".go"):
    time.sleep(0.02)
if wait:
    # Time for a signal that comes twice to do so.
    time.sleep(0.3)
sys.exit(int(os.environ.get("STUB_EXITS", 0)))
"""

COMMANDS = ("opencode", "claude", "droid", "openhands")
KEY = "sk-or-v1-canary-of-run"


def until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.02)


@dataclass(frozen=True, slots=True)
class Stub:
    """The four harnesses as one script, and where it reports to."""

    report: Path
    home: Path

    @property
    def told(self) -> Any:
        return json.loads(self.report.read_text())

    @property
    def state(self) -> Path:
        return self.home / ".local" / "state" / "confgen"

    @property
    def scratch(self) -> list[str]:
        return sorted(path.name for path in (self.state / "run").glob("*"))

    @property
    def shims(self) -> list[Path]:
        """The records of the shims that run."""
        return sorted((self.state / "shim").glob("*"))

    def started(self) -> None:
        until(self.report.exists)

    def go(self) -> None:
        """Let one that waits come to its end."""
        self.report.with_name(f"{self.report.name}.go").touch()

    def environment(self, extra: Mapping[str, str | None]) -> dict[str, str]:
        whole = {**os.environ, "OPENROUTER_API_KEY": KEY, "STUB_REPORT": str(self.report), **extra}
        return {name: value for name, value in whole.items() if value is not None}

    def spawn(
        self, *arguments: str, env: Mapping[str, str | None] | None = None, **how: Any
    ) -> "subprocess.Popen[str]":
        """`confgen run ARGUMENTS` as a child; `how` goes to Popen."""
        streams = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE}
        return subprocess.Popen(
            (sys.executable, "-m", "confgen", "run", *arguments),
            env=self.environment(env or {}),
            text=True,
            **{**streams, "stderr": subprocess.PIPE, **how},
        )


def make_stub(programs: Path, home: Path) -> Stub:
    for name in COMMANDS:
        path = programs / name
        path.write_text(SCRIPT)
        path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return Stub(programs / "report.json", home)


def alive(pid: int) -> bool:
    """Whether a process runs; one that nobody has reaped yet does not."""
    shown = subprocess.run(
        ("ps", "-o", "stat=", "-p", str(pid)), capture_output=True, text=True, check=False
    ).stdout.strip()
    return bool(shown) and not shown.startswith("Z")


def end(pid: int) -> None:
    if alive(pid):
        os.kill(pid, signal.SIGKILL)
