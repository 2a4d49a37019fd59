"""`confgen status`: one line a harness, and nothing touched."""

import json
import sys
from pathlib import Path
from typing import Any

import pytest
from conftest import Confgen, listing

from confgen.harnesses import HARNESSES

FIELDS = {
    "harness", "installed", "harness_version", "path", "scope", "route", "profile", "state",
}  # fmt: skip
ONLY_OURS = {"PATH": "/nowhere"}


def rows(confgen: Confgen, **env: str) -> dict[str, dict[str, Any]]:
    ran = confgen("status", "--json", env={**ONLY_OURS, **env})
    assert (ran.code, ran.err, ran.json["version"]) == (0, "", 1)
    return {row["harness"]: row for row in ran.json["harnesses"]}


def test_a_home_without_anything(confgen: Confgen, home: Path) -> None:
    found = rows(confgen)
    assert found.keys() == HARNESSES.keys()
    for row in found.values():
        assert row.keys() >= FIELDS
        assert (row["state"], row["installed"], row["scope"]) == ("not installed", False, "user")
        assert (row["harness_version"], row["route"], row["profile"]) == (None, None, None)
    assert found["droid"]["path"] == str(home / ".factory" / "settings.json")
    assert found["opencode"]["path"] == str(home / ".config" / "opencode" / "opencode.json")
    assert listing(home) == {}


def test_a_config_file_alone(confgen: Confgen, home: Path) -> None:
    path = home / ".config" / "opencode" / "opencode.jsonc"
    path.parent.mkdir(parents=True)
    path.write_text("{}")
    row = rows(confgen)["opencode"]
    assert (row["state"], row["installed"], row["path"]) == ("not applied", False, str(path))


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX executables")
@pytest.mark.parametrize(
    ("body", "version"),
    [("echo 1.2.3", "1.2.3"), ("exit 1", None), ("echo no number", None)],
    ids=["answers", "fails", "talks"],
)
def test_an_installed_harness(
    confgen: Confgen, programs: Path, body: str, version: str | None
) -> None:
    for command in ("droid", "claude"):
        (programs / command).write_text(f"#!/bin/sh\n{body}\n")
        (programs / command).chmod(0o755)
    found = rows(confgen, PATH=str(programs))
    for name in ("droid", "claude-code"):
        row = found[name]
        assert (row["installed"], row["harness_version"]) == (True, version)
        assert row["state"] == "not applied"
    assert found["opencode"]["state"] == "not installed"


def change(path: Path) -> None:
    """Change a key of confgen's."""
    path.write_text(path.read_text().replace("fireworks", "novita"))


def touch(path: Path) -> None:
    """Change a key of the user's."""
    tree = json.loads(path.read_text())
    path.write_text(json.dumps({"mine": 1, **tree}))


STATES = {
    "untouched": (lambda _path: None, "applied"),
    "another key changed": (touch, "applied"),
    "our key changed": (change, "drifted"),
    "removed": (Path.unlink, "drifted"),
    "broken": (lambda path: path.write_text("{"), "drifted"),
    "a folder": (lambda path: (path.unlink(), path.mkdir()), "drifted"),
}


@pytest.mark.parametrize(("meddle", "state"), STATES.values(), ids=STATES)
def test_after_apply(confgen: Confgen, home: Path, meddle: Any, state: str) -> None:
    assert confgen("apply", "droid", "--model", "a/b").code == 0
    path = home / ".factory" / "settings.json"
    meddle(path)
    row = rows(confgen)["droid"]
    assert (row["state"], row["path"]) == (state, str(path))
    assert (row["profile"], row["route"]) == ("kimi-k2.5", "native")


def test_scopes_stand_side_by_side(confgen: Confgen, work: Path) -> None:
    for scope in ("user", "project"):
        assert confgen("apply", "droid", "--scope", scope).code == 0
    ran = confgen("status", "--json", env=ONLY_OURS)
    droid = [row for row in ran.json["harnesses"] if row["harness"] == "droid"]
    assert {row["scope"] for row in droid} == {"user", "project"}
    assert str(work / ".factory" / "settings.json") in {row["path"] for row in droid}


def test_after_remove(confgen: Confgen) -> None:
    assert confgen("apply", "droid").code == 0
    assert confgen("remove", "droid").code == 0
    assert rows(confgen)["droid"]["state"] == "not installed"


def test_the_table(confgen: Confgen) -> None:
    assert confgen("apply", "droid").code == 0
    ran = confgen("status", env=ONLY_OURS)
    head, *lines = ran.out.splitlines()
    assert head.split() == ["harness", "version", "state", "scope", "profile", "route", "file"]
    assert [line.split()[0] for line in lines] == list(HARNESSES)
    droid = next(line for line in lines if line.startswith("droid"))
    assert droid.split() == [
        "droid",
        "-",
        "applied",
        "user",
        "kimi-k2.5",
        "native",
        "~/.factory/settings.json",
    ]
    assert "\x1b" not in ran.out


@pytest.mark.parametrize("manifest", ["{", "[]", '{"version": 99}', "\x00"], ids=repr)
def test_a_damaged_manifest(confgen: Confgen, home: Path, manifest: str) -> None:
    state = home / "state"
    state.mkdir()
    (state / "manifest.json").write_text(manifest)
    ran = confgen("status", env={"CONFGEN_STATE": str(state)})
    assert (ran.code, ran.out) == (1, "")
    assert ran.err.startswith("confgen: error: ")
    assert "state" in ran.err
    assert "Traceback" not in ran.err
