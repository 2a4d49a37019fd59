"""A machine where `confgen apply` was just run, what a test puts beside it, and what is found."""

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

import pytest

from confgen.cli import main
from confgen.finding import Found, Level
from confgen.harnesses import HARNESSES
from confgen.harnesses.packages import checks_of
from confgen.machine import this_machine
from confgen.reading import read_harness
from confgen.settings import Overrides, Settings
from confgen.shim.token import ensure_token
from confgen.target import LocalShim

Files = Mapping[str, str]
"""Texts by path: `~/` is the home, anything else is below the current folder, which is `work`."""
NOTHING: Mapping[str, str] = MappingProxyType({})


class Fires(NamedTuple):
    """What makes a check fire, and what it says.

    `at` is a path and the text at which the finding points, a path alone, or a `$VARIABLE`.
    `words` stand in its message.
    """

    check: str
    what: str
    at: tuple[str, str] | str
    level: Level = "error"
    files: Files = NOTHING
    env: Mapping[str, str] = NOTHING
    words: str = ""
    hint: str = ""

    @property
    def id(self) -> str:
        return f"{self.check}: {self.what}"


class Silent(NamedTuple):
    """What comes close to a check, and is none; the client starts in the folder `within`."""

    check: str
    what: str
    files: Files = NOTHING
    env: Mapping[str, str] = NOTHING
    within: str = "."

    @property
    def id(self) -> str:
        return f"{self.check}: {self.what}"


class Scene(NamedTuple):
    """The home and the current folder of a test, in which `harness` was applied."""

    harness: str
    home: Path
    work: Path

    def apply(self, *options: str) -> None:
        assert main(["apply", self.harness, "--yes", *options]) == 0

    def make(self, case: Fires | Silent, monkeypatch: pytest.MonkeyPatch) -> None:
        """Apply, and lay the machine of a row over what that made."""
        self.apply()
        self.put(case.files)
        for name, value in case.env.items():
            monkeypatch.setenv(name, value)
        if isinstance(case, Silent):
            monkeypatch.chdir(self.path(case.within))

    def put(self, files: Files) -> None:
        for name, text in files.items():
            path = self.path(name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")

    def path(self, name: str) -> Path:
        return self.home / name[2:] if name.startswith("~/") else self.work / name

    def place(self, at: tuple[str, str] | str) -> str:
        """`path:line:col` of the one place in a file where a text stands."""
        if isinstance(at, str):
            return at if at.startswith("$") else str(self.path(at))
        path, text = self.path(at[0]), at[1]
        content = path.read_text(encoding="utf-8")
        assert content.count(text) == 1, f"{text} in {content}"
        before = content[: content.index(text)]
        return f"{path}:{before.count(chr(10)) + 1}:{len(before) - before.rfind(chr(10))}"

    def find(self, route: str = "native") -> list[tuple[str, Found]]:
        """All that the checks of the harness find, under their ids."""
        shim = LocalShim("127.0.0.1:8787", ensure_token(self.home / ".local/state/confgen"))
        settings = Settings((), Overrides(route=route))
        harness = HARNESSES[self.harness]
        reading = read_harness(harness, settings, this_machine(), Path.cwd(), shim)
        checks = checks_of(harness).CHECKS
        return [(check.id, found) for check in checks for found in check.find(reading)]

    def assert_found(self, case: Fires) -> None:
        found = [found for name, found in self.find() if name == case.check]
        assert [(one.level, one.where) for one in found] == [(case.level, self.place(case.at))]
        assert case.words in found[0].message
        assert found[0].hint
        assert case.hint in found[0].hint
        assert "\n" not in found[0].message + found[0].hint

    def assert_silent(self, case: Silent) -> None:
        assert [found for name, found in self.find() if name == case.check] == []
