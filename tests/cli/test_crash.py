"""Killed at any call that changes the disk, a command leaves whole files and can be repeated."""

import itertools
import os
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from crashing_cli import CHANGING, Strike, kill_after, kill_before, kill_halfway, run_struck

from confgen.cli import main

pytestmark = pytest.mark.skipif(os.name == "nt", reason="forks")

ALL = ("opencode", "claude-code", "droid", "openhands")
# It has two files, of which none is there.
ONE = ("openhands",)
STATE = ".local"
# Of the five files three are there; a link, and folders that are missing, make it harder.
FILES: dict[str, str | None] = {
    ".config/opencode/opencode.json": '{\n\t// mine\n\t"model": "a/b", "provider": {},\n}\n',
    ".claude/settings.json": '{"apiKeyHelper": "pass", "env": {"X": "1"}, "n": 1e2}',
    ".factory/settings.json": "// nothing yet\r\n",
    ".openhands/agent_settings.json": None,
    ".openhands/profiles/confgen.json": None,
}

# The contents of any file, the journal twice and the manifest.
FEWEST = 4

Listing = dict[str, bytes | None]


@dataclass(frozen=True)
class Run:
    """A command, the home before it and after an uninterrupted run of it.

    `original` is the home without anything of ours, which `remove` brings back; `pattern` is a
    copy of the one before.
    """

    command: tuple[str, ...]
    remove: tuple[str, ...]
    home: Path
    pattern: Path
    original: Listing
    before: Listing
    after: Listing
    manifest: bytes

    def restart(self) -> None:
        shutil.rmtree(self.home)
        shutil.copytree(self.pattern, self.home, symlinks=True)


@pytest.fixture
def memory_home(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A home where a forced write costs nothing, if the system has a place for it."""
    shared = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=shared if os.access(shared, os.W_OK) else None) as folder:
        home = Path(folder).resolve() / "home"
        for name, text in FILES.items():
            if text is not None:
                (home / name).parent.mkdir(parents=True, exist_ok=True)
                (home / name).write_text(text, encoding="utf-8", newline="")
        (home / "dotfiles").mkdir()
        (home / ".claude/settings.json").rename(home / "dotfiles/claude.json")
        (home / ".claude/settings.json").symlink_to("../dotfiles/claude.json")
        monkeypatch.setenv("HOME", str(home))
        # `status` would start every client that it finds.
        monkeypatch.setenv("PATH", str(home / "dotfiles"))
        yield home


@pytest.fixture
def run(memory_home: Path, request: pytest.FixtureRequest) -> Run:
    verb, harnesses = request.param
    apply, remove = (("apply", *harnesses, "--yes"), ("remove", *harnesses, "--yes"))
    command = apply if verb == "apply" else remove
    original = listing(memory_home)
    if command == remove:
        assert main(apply) == 0
    pattern = memory_home.with_name("pattern")
    shutil.copytree(memory_home, pattern, symlinks=True)
    before = listing(memory_home)
    assert main(command) == 0
    return Run(
        command=command,
        remove=remove,
        home=memory_home,
        pattern=pattern,
        original=original,
        before=before,
        after=listing(memory_home),
        manifest=manifest(memory_home),
    )


def manifest(home: Path) -> bytes:
    return (home / STATE / "state/confgen/manifest.json").read_bytes()


def listing(home: Path) -> Listing:
    """Everything in the home but confgen's own state."""
    return {
        str(path.relative_to(home)): path.read_bytes() if path.is_file() else None
        for path in home.rglob("*")
        if STATE not in path.parts
    }


def assert_every_file_is_whole(run: Run) -> None:
    now = listing(run.home)
    for name in FILES:
        assert now.get(name) in (run.before.get(name), run.after.get(name)), name
    assert (run.home / ".claude/settings.json").is_symlink()


def assert_settled(home: Path) -> None:
    assert not list(home.rglob(".confgen-*"))
    assert not (home / STATE / "state/confgen/journal.json").exists()


# Before a call is after the one before it, but for the empty files that an open makes: all four
# harnesses are struck before each call, and one after each too.
@pytest.mark.parametrize(
    ("run", "strike", "names"),
    [
        pytest.param(("apply", ALL), kill_before, CHANGING, id="apply-before"),
        pytest.param(("remove", ALL), kill_before, CHANGING, id="remove-before"),
        pytest.param(("apply", ONE), kill_after, CHANGING, id="apply-after"),
        pytest.param(("remove", ONE), kill_after, CHANGING, id="remove-after"),
        pytest.param(("apply", ALL), kill_halfway, ("write",), id="apply-halfway"),
        pytest.param(("remove", ALL), kill_halfway, ("write",), id="remove-halfway"),
    ],
    indirect=["run"],
)
def test_killed_at_any_change(run: Run, strike: Strike, names: tuple[str, ...]) -> None:
    for n in itertools.count(1):
        run.restart()
        if not run_struck(run.command, n, strike, names):
            break
        assert_every_file_is_whole(run)
        torn = listing(run.home)
        assert main(["status"]) == 0
        assert listing(run.home) == torn
        assert main(run.command) == 0
        assert (listing(run.home), manifest(run.home)) == (run.after, run.manifest)
        assert_settled(run.home)
        assert main(run.remove) == 0
        assert listing(run.home) == run.original
    assert n > FEWEST


@pytest.mark.parametrize("run", [("apply", ONE)], ids=["openhands"], indirect=True)
def test_killed_at_any_change_and_then_removed(run: Run) -> None:
    """Whatever an apply left half done, a remove alone clears all of it away."""
    for n in itertools.count(1):
        run.restart()
        if not run_struck(run.command, n, kill_after):
            break
        assert main(run.remove) == 0
        assert listing(run.home) == run.original
        assert_settled(run.home)
    assert n > FEWEST
