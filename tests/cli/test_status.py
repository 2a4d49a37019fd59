"""`confgen status`: one line a harness, and nothing touched."""

import json
import re
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
    assert head.split() == [
        "harness", "version", "state", "scope", "profile", "route", "model", "provider", "file",
    ]  # fmt: skip
    assert [line.split()[0] for line in lines] == list(HARNESSES)
    droid = next(line for line in lines if line.startswith("droid"))
    assert re.split(r"  +", droid) == [
        "droid",
        "-",
        "applied",
        "user",
        "kimi-k2.5",
        "native",
        "moonshotai/kimi-k2.5",
        "fireworks, no fallbacks",
        "~/.factory/settings.json",
    ]
    assert "\x1b" not in ran.out


def test_a_table_in_a_pipe_has_always_the_same_width(confgen: Confgen) -> None:
    assert confgen("apply", "droid").code == 0
    narrow, wide = (confgen("status", env={**ONLY_OURS, "COLUMNS": n}).out for n in ("40", "200"))
    assert narrow == wide


PINS = {
    "native": ((), "native", "moonshotai/kimi-k2.5", {"order": ["fireworks"]}),
    "shim": (("--route", "shim"), "shim", "moonshotai/kimi-k2.5", None),
    "another": (
        ("--model", "z-ai/glm-5", "--provider", '{"only":["z-ai"]}'),
        "native",
        "z-ai/glm-5",
        {"only": ["z-ai"]},
    ),
}


@pytest.mark.parametrize("harness", HARNESSES)
@pytest.mark.parametrize(("options", "route", "model", "pin"), PINS.values(), ids=PINS)
def test_what_stands_is_read_from_the_files(
    confgen: Confgen, harness: str, options: tuple[str, ...], route: str, model: str, pin: Any
) -> None:
    assert confgen("apply", harness, *options).code == 0
    row = rows(confgen)[harness]
    assert (row["route"], row["model"]) == (route, model)
    assert (row["provider"] or {}).items() >= (pin or {}).items()
    assert (row["provider"] is None) == (pin is None)
    assert row["as_set"] is True


def test_settings_that_changed_since_are_told(confgen: Confgen, home: Path) -> None:
    assert confgen("apply", "droid", "--model", "z-ai/glm-5").code == 0
    settings = home / ".config" / "confgen" / "confgen.toml"
    settings.parent.mkdir(parents=True)
    settings.write_text('[profiles."kimi-k2.5"]\nprovider = { only = ["z-ai"] }\n')
    assert rows(confgen)["droid"]["as_set"] is False
    assert "confgen diff droid" in confgen("status").out


@pytest.mark.parametrize(
    ("version", "is_", "shown"),
    [
        ("0.225.2", "known", "0.225.2"),
        ("0.1.0", "older", "0.1.0 (older)"),
        ("9.0", "newer", "9.0 (newer)"),
    ],
)
@pytest.mark.skipif(sys.platform == "win32", reason="POSIX executables")
def test_a_version_that_was_not_measured_is_marked(
    confgen: Confgen, programs: Path, version: str, is_: str, shown: str
) -> None:
    (programs / "droid").write_text(f"#!/bin/sh\necho {version}\n")
    (programs / "droid").chmod(0o755)
    assert confgen("apply", "droid").code == 0
    env = {"PATH": str(programs)}
    assert rows(confgen, **env)["droid"]["version_is"] == is_
    out = confgen("status", env=env).out
    assert f"droid        {shown}  " in out
    assert ("confgen verify droid" in out) == (is_ != "known")


def test_a_secret_in_the_pin_is_not_shown(confgen: Confgen) -> None:
    pin = '{"only":["a"],"options":{"a":{"api_key":"sk-or-v1-secretsecretsecret"}}}'
    confgen("apply", "droid", "--provider", pin)
    for arguments in ((), ("--json",)):
        assert "secretsecret" not in confgen("status", *arguments).out


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
