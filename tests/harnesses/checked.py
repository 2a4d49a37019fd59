"""A harness's checks on the files of a test's own home, and where they point.

In the texts of a case `@` stands before the value that the finding is to point at; it is not
written. Paths start with `~`, the home, or `.`, the current folder, which is a git worktree.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

import pytest

from confgen.cli import main
from confgen.finding import Level
from confgen.harnesses import find_harness
from confgen.harnesses.packages import checks_of
from confgen.harnesses.reading import Reading
from confgen.machine import this_machine
from confgen.reading import read_harness
from confgen.settings import Settings, read_settings
from confgen.shim.token import ensure_token
from confgen.target import LocalShim

MODEL = "moonshotai/kimi-k2.5"
PIN = {"order": ["fireworks"], "allow_fallbacks": False}
KEY = "sk-or-v1-canary-of-the-checks"
SHIM = "127.0.0.1:8787"
MARK = "@"
MARKED = "where the mark is"

Finding = tuple[str, Level, str | None]


class Case(NamedTuple):
    """A machine where `confgen apply` was run, and what went wrong with it since.

    `edits` replace texts in the file that confgen wrote. `finds` is what all checks together find:
    id, level, and `place` or the place itself.
    """

    name: str
    finds: tuple[Finding, ...] = ()
    files: Mapping[str, str] = MappingProxyType({})
    edits: tuple[tuple[str, str], ...] = ()
    env: Mapping[str, str] = MappingProxyType({})
    settings: str = ""


def one(check: str, level: Level, where: str | None = MARKED) -> tuple[Finding, ...]:
    return ((check, level, where),)


def cases(*table: Case) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("case", table, ids=[case.name for case in table])


def findings(harness: str) -> list[Finding]:
    """What all checks of a harness find on this machine."""
    return found_in(harness, reading_of(harness))


def reading_of(harness: str) -> Reading:
    machine, here = this_machine(), Path.cwd()
    settings = Settings(read_settings(machine, here))
    shim = LocalShim(SHIM, ensure_token(Path(machine.state_folder)))
    return read_harness(find_harness(harness), settings, machine, here, shim)


def found_in(harness: str, reading: Reading) -> list[Finding]:
    checks = checks_of(find_harness(harness)).CHECKS
    told = [(check.id, found) for check in checks for found in check.find(reading)]
    assert KEY not in repr(told)
    return [(name, found.level, found.where) for name, found in told]


def go_wrong(
    harness: str, case: Case, applied: str, monkeypatch: pytest.MonkeyPatch
) -> list[Finding]:
    """Apply, and let it go wrong; what is to be found then. `applied` is what confgen writes."""
    monkeypatch.setenv("OPENROUTER_API_KEY", KEY)
    Path(".git").mkdir()
    if case.settings:
        put(str(this_machine().settings_file), case.settings)
    assert main(["apply", harness, "--yes"]) == 0
    places = [put(path, text) for path, text in case.files.items()]
    places.append(edit(applied, case.edits))
    for name, value in case.env.items():
        monkeypatch.setenv(name, value.replace("~", str(Path.home())))
    marked = next((place for place in places if place), None)
    return [
        (name, level, marked if where == MARKED else where and str(Path(where).expanduser()))
        for name, level, where in case.finds
    ]


def edit(path: str, edits: tuple[tuple[str, str], ...]) -> str | None:
    text = real(path).read_text(encoding="utf-8")
    for old, new in edits:
        assert old in text
        text = text.replace(old, new, 1)
    return put(path, text)


def put(path: str, text: str) -> str | None:
    """Write a file; the place of the mark in it."""
    file = real(path)
    file.parent.mkdir(parents=True, exist_ok=True)
    before, mark, after = text.partition(MARK)
    file.write_text(before + after, encoding="utf-8")
    line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
    return f"{file}:{line}:{column}" if mark else None


def real(path: str) -> Path:
    return Path.cwd() / Path(path).expanduser()


def pinned(model: str, provider: Mapping[str, object] = PIN) -> str:
    """`provider` of OpenCode's config, in one line."""
    options = {"options": {"provider": provider}}
    return json.dumps({"openrouter": {"models": {model: options}}})
