"""A home of its own for every test, and `confgen` as a child process in it."""

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import pytest
from examined import Scene
from hypothesis import HealthCheck, settings
from standin import Standin, standing_in

# What CI says of a change must not hang on the examples of the day, nor on how busy its machine
# is; elsewhere the examples go on varying.
settings.register_profile(
    "ci", derandomize=True, suppress_health_check=[HealthCheck.too_slow], deadline=None
)
if os.environ.get("CI"):
    settings.load_profile("ci")

# Whoever starts the tests may have them ignore signals, as nohup and a shell's background do; what
# they start must not.
if sys.platform != "win32" and signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

CLOSED_PROXY = "http://127.0.0.1:9"
PATIENCE = 60  # seconds
PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")
FOREIGN = (
    "XDG_",
    "CONFGEN_STATE",
    "CONFGEN_CONFIG",
    "CLAUDE_",
    "OPENHANDS_",
    "OPENCODE_",
    "ANTHROPIC_",
    "OPENROUTER_",
    "LLM_",
)


@dataclass(frozen=True, slots=True)
class Ran:
    """How a command ended, and what it printed."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


class Confgen(Protocol):
    def __call__(self, *arguments: str, env: Mapping[str, str | None] | None = None) -> Ran:
        """Run `confgen`; `env` overrides the test's environment, None takes a variable out."""


@pytest.fixture(autouse=True)
def home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty HOME, beside an empty current folder and an empty first folder of the PATH."""
    own = tmp_path_factory.mktemp("own")
    home, work, programs = (own / name for name in ("home", "work", "programs"))
    for folder in (home, work, programs):
        folder.mkdir()
    for name in os.environ:
        if name.startswith(FOREIGN):
            monkeypatch.delenv(name)
    for name in PROXIES:
        monkeypatch.setenv(name, CLOSED_PROXY)
        monkeypatch.setenv(name.lower(), CLOSED_PROXY)
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.setenv(name, "127.0.0.1,localhost")
    for name in ("HOME", "USERPROFILE"):
        monkeypatch.setenv(name, str(home))
    for name in ("APPDATA", "LOCALAPPDATA"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PATH", f"{programs}{os.pathsep}{os.environ.get('PATH', '')}")
    monkeypatch.chdir(work)
    return home


@pytest.fixture
def work(home: Path) -> Path:
    """The current folder."""
    return home.with_name("work")


@pytest.fixture
def programs(home: Path) -> Path:
    """The first folder of the PATH."""
    return home.with_name("programs")


@pytest.fixture
def scene(home: Path, work: Path, programs: Path) -> Scene:
    """What the doctor looks at."""
    return Scene(home, work, programs)


@pytest.fixture
def confgen() -> Confgen:
    def run(*arguments: str, env: Mapping[str, str | None] | None = None) -> Ran:
        changed = {**os.environ, **(env or {})}
        child = subprocess.run(
            (sys.executable, "-m", "confgen", *arguments),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            env={name: value for name, value in changed.items() if value is not None},
            timeout=PATIENCE,
            check=False,
        )
        return Ran(child.returncode, _text(child.stdout), _text(child.stderr))

    return run


@pytest.fixture(scope="session")
def can_seal(tmp_path_factory: pytest.TempPathFactory) -> None:
    """The system must allow a seal in CI; elsewhere the tests say why they do not run."""
    # Loaded by the tests of the proof alone.
    from confgen.proof.view.sealed import Plan, SealError, sealed  # noqa: PLC0415

    try:
        with sealed(Plan((), tmp_path_factory.mktemp("work"), (), {}, ())):
            return
    except SealError as error:
        if os.environ.get("CI") and sys.platform == "linux":
            pytest.fail(str(error))
        pytest.skip(str(error))


@pytest.fixture
def no_seal(programs: Path) -> None:
    """A system that does not let its users make namespaces."""
    script = programs / "unshare"
    script.write_text("#!/bin/sh\nexit 1\n")
    script.chmod(0o755)


@pytest.fixture(params=["sealed", "copied"])
def view(request: pytest.FixtureRequest) -> str:
    """Each of the two views that need no question."""
    request.getfixturevalue("can_seal" if request.param == "sealed" else "no_seal")
    return str(request.param)


@pytest.fixture
def openrouter() -> Iterator[Standin]:
    """A stand-in for OpenRouter's catalogue."""
    with standing_in() as standin:
        yield standin


def _text(output: bytes) -> str:
    return output.decode("utf-8").replace("\r\n", "\n")


def shell_program(name: str) -> str:
    """The shell of that name; where it is not installed the test is skipped, but not in CI."""
    program = shutil.which(name)
    if program is None:
        missing = pytest.fail if os.environ.get("CONFGEN_REQUIRE_CLIENTS") else pytest.skip
        missing(f"{name} is not installed")
    return str(program)


def listing(folder: Path) -> dict[str, bytes | None]:
    """Everything below `folder`: a file's bytes, None for whatever else."""
    return dict(_entries(folder))


def _entries(folder: Path) -> Iterator[tuple[str, bytes | None]]:
    for path in sorted(folder.rglob("*")):
        yield path.relative_to(folder).as_posix(), path.read_bytes() if path.is_file() else None
