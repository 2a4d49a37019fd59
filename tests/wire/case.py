"""One home in which a real client is verified: how it is made, and what verify must say of it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from home import Home

View = Literal["sealed", "copied"]

SEALED: tuple[View, ...] = ("sealed",)
COPIED: tuple[View, ...] = ("copied",)
BOTH: tuple[View, ...] = ("sealed", "copied")


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One home. Paths are below it, and the git checkout that is the current folder is `project`.

    The harness is `applied` first, with these options, unless that is None; with `forgotten` what
    confgen remembers of it is lost. Then each of `edits` replaces, in one file, the last of a text
    that must stand there, and `files` and `links` are made. In all of them, and in the environment,
    `{home}` is the home.

    verify is called with `options` once for each of the `views` in which the answer could be
    another. `verdict` is its answer; `detail` is in what it says, and so are all of `says`.
    `models` are asked by requests that are not pinned. Each of `left_out` is in the name of
    something that was left out. `check` and `place` are of the cause that the doctor names, where
    it has a check for that: an id, and the file or `$VARIABLE`.
    """

    name: str
    harness: str
    verdict: str = "pinned"
    detail: str = ""
    says: tuple[str, ...] = ()
    models: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    check: str = ""
    place: str = ""
    views: tuple[View, ...] = SEALED
    options: tuple[str, ...] = ("--live",)
    applied: tuple[str, ...] | None = ()
    forgotten: bool = False
    edits: tuple[tuple[str, str, str], ...] = ()
    files: Mapping[str, str] = field(default_factory=dict)
    links: Mapping[str, str] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)

    def make(self, home: Home) -> dict[str, str]:
        """Make the home such a one; what the environment has besides."""
        root = home.root
        environment = {name: _in(root, value) for name, value in self.environment.items()}
        if self.applied is not None:
            home.confgen("apply", self.harness, "--yes", *self.applied, environment=environment)
        if self.forgotten:
            home.forget()
        for path, old, new in self.edits:
            text = (root / path).read_text(encoding="utf-8")
            assert old in text, f"{old} is not in {path}: {text}"
            (root / path).write_text(new.join(text.rsplit(old, 1)), encoding="utf-8")
        for path, text in self.files.items():
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_text(_in(root, text), encoding="utf-8")
        for path, target in self.links.items():
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).symlink_to(_in(root, target))
        return environment

    def assert_said(self, home: Path, code: int, result: Mapping[str, Any]) -> None:
        assert result["verdict"] == self.verdict, result
        assert code == (0 if self.verdict == "pinned" else 1)
        for text in (self.detail, *self.says):
            assert text in result["detail"], result
        loose = {str(one["model"]) for one in result["requests"] if not one["pinned"]}
        assert loose >= set(self.models), result
        left_out = [one["what"] for one in result["left_out"]]
        for text in self.left_out:
            assert [what for what in left_out if _in(home, text) in what], left_out
        assert "***" not in json.dumps(left_out), "a name was taken for a secret"
        if self.check:
            causes = [(cause["check"], cause["where"] or "") for cause in result["causes"]]
            found = [place for check, place in causes if check == self.check]
            assert [place for place in found if self.place in place], causes


def _in(home: Path, text: str) -> str:
    return text.replace("{home}", str(home))
