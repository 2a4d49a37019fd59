import json
import os
import sys
import time
from pathlib import Path

import pytest

from confgen.harnesses import HARNESSES
from confgen.installed import Installed, ask_version, find_installed

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="POSIX executables")


def script(path: Path, body: str = "exit 0") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)
    return path


def env(*folders: Path) -> dict[str, str]:
    return {"PATH": os.pathsep.join([*map(str, folders), "/usr/bin", "/bin"])}


def npm(folder: Path, name: str, **manifest: object) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "package.json").write_text(json.dumps({"name": name, **manifest}))


@pytest.mark.parametrize("name", HARNESSES)
def test_not_installed(name: str, programs: Path) -> None:
    assert find_installed(HARNESSES[name], {"PATH": str(programs)}) is None
    assert find_installed(HARNESSES[name], {}) is None


@pytest.mark.parametrize(
    ("name", "command", "package"),
    [
        ("opencode", "opencode", "opencode-ai"),
        ("opencode", "opencode", "opencode-linux-x64"),
        ("claude-code", "claude", "@anthropic-ai/claude-code"),
        ("claude-code", "claude", "@anthropic-ai/claude-code-linux-x64"),
        ("droid", "droid", "@factory/cli-linux-x64"),
        ("droid", "droid", "droid"),
    ],
)
def test_the_version_of_an_npm_package(
    tmp_path: Path, programs: Path, name: str, command: str, package: str
) -> None:
    real = script(tmp_path / "node_modules" / package / "bin" / "program.js")
    npm(tmp_path / "node_modules" / package, package, version="1.2.3")
    (programs / command).symlink_to(real)
    found = find_installed(HARNESSES[name], env(programs))
    assert found == Installed(programs / command, "1.2.3")


@pytest.mark.parametrize(
    "manifest",
    [
        '{"name": "something-else", "version": "9.9.9"}',
        "[]",
        "{",
        '{"name": "opencode-ai"}',
        "\xff",
    ],
    ids=["another package", "a list", "broken", "no version", "not UTF-8"],
)
def test_a_manifest_that_tells_nothing(programs: Path, manifest: str) -> None:
    script(programs / "opencode")
    (programs / "package.json").write_bytes(manifest.encode("latin-1"))
    assert find_installed(HARNESSES["opencode"], env(programs)) == Installed(
        programs / "opencode", None
    )


def test_the_version_of_claude_codes_own_installer(tmp_path: Path, programs: Path) -> None:
    real = script(tmp_path / "share" / "claude" / "versions" / "2.1.330")
    (programs / "claude").symlink_to(real)
    found = find_installed(HARNESSES["claude-code"], env(programs))
    assert found == Installed(programs / "claude", "2.1.330")


def test_the_version_of_a_python_package(tmp_path: Path, programs: Path) -> None:
    environment = tmp_path / "environment"
    real = script(environment / "bin" / "openhands")
    site = environment / "lib" / "python3.12" / "site-packages"
    (site / "openhands-1.16.0.dist-info").mkdir(parents=True)
    (site / "openhands_sdk-1.21.0.dist-info").mkdir()
    (programs / "openhands").symlink_to(real)
    found = find_installed(HARNESSES["openhands"], env(programs))
    assert found == Installed(programs / "openhands", "1.16.0")


@pytest.mark.parametrize(
    ("body", "version"),
    [
        ("echo 1.2.3", "1.2.3"),
        ("echo 'OpenHands CLI v1.16.0 (SDK 1.21)'", "1.16.0"),
        ("echo 2.1.330-beta.1", "2.1.330-beta.1"),
        ("echo 1.2.3; exit 7", "1.2.3"),
        ("echo nothing", None),
        ("exit 1", None),
        ("printf '\\377'", None),
        ("read answer && echo 9.9.9", None),
        ('test "$1" = --version && echo 1.0.0', "1.0.0"),
        ('echo "$MARK"', "4.5.6"),
    ],
)
def test_asking_for_the_version(programs: Path, body: str, version: str | None) -> None:
    asked = Installed(script(programs / "droid", body), None)
    assert ask_version(asked, {**env(), "MARK": "4.5.6"}) == version


def test_an_executable_that_cannot_run(programs: Path) -> None:
    (programs / "droid").write_bytes(b"\x7fELF rubbish")
    (programs / "droid").chmod(0o755)
    assert ask_version(Installed(programs / "droid", None), env()) is None


def test_an_executable_that_never_answers(programs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("confgen.installed._SECONDS", 0.3)
    start = time.monotonic()
    asked = Installed(script(programs / "droid", "sleep 20"), None)
    assert ask_version(asked, env()) is None
    assert time.monotonic() - start < 10
