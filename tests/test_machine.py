import os
import sys
from pathlib import Path, PurePath, PurePosixPath, PureWindowsPath

import pytest

from confgen.errors import ConfgenError
from confgen.machine import Machine, Platform, this_machine

HOMES: dict[Platform, PurePath] = {
    "linux": PurePosixPath("/home/me"),
    "darwin": PurePosixPath("/Users/me"),
    "win32": PureWindowsPath("C:\\Users\\me"),
}


def machine(platform: Platform, env: dict[str, str]) -> Machine:
    home = HOMES[platform]
    return Machine(platform, env, home, home / "work")


MAC = "/Users/me/Library/Application Support/confgen"
SETTINGS: list[tuple[Platform, dict[str, str], str]] = [
    ("linux", {}, "/home/me/.config/confgen/confgen.toml"),
    ("linux", {"XDG_CONFIG_HOME": "/x"}, "/x/confgen/confgen.toml"),
    ("linux", {"XDG_CONFIG_HOME": ""}, "/home/me/.config/confgen/confgen.toml"),
    ("linux", {"XDG_CONFIG_HOME": "x"}, "/home/me/.config/confgen/confgen.toml"),
    ("linux", {"CONFGEN_CONFIG": "/x/my.toml"}, "/x/my.toml"),
    ("linux", {"CONFGEN_CONFIG": "my.toml"}, "/home/me/work/my.toml"),
    ("linux", {"CONFGEN_CONFIG": "../my.toml"}, "/home/me/my.toml"),
    ("linux", {"CONFGEN_CONFIG": ""}, "/home/me/.config/confgen/confgen.toml"),
    ("linux", {"CONFGEN_CONFIG": "/x/y", "XDG_CONFIG_HOME": "/z"}, "/x/y"),
    ("darwin", {}, f"{MAC}/confgen.toml"),
    ("darwin", {"XDG_CONFIG_HOME": "/x"}, f"{MAC}/confgen.toml"),
    ("darwin", {"CONFGEN_CONFIG": "/x/my.toml"}, "/x/my.toml"),
    ("win32", {}, "C:\\Users\\me\\AppData\\Roaming\\confgen\\confgen.toml"),
    ("win32", {"APPDATA": "D:\\Roam"}, "D:\\Roam\\confgen\\confgen.toml"),
    ("win32", {"APPDATA": "\\Roam"}, "C:\\Users\\me\\AppData\\Roaming\\confgen\\confgen.toml"),
    ("win32", {"CONFGEN_CONFIG": "D:/a/../my.toml"}, "D:\\my.toml"),
    ("win32", {"CONFGEN_CONFIG": "my.toml"}, "C:\\Users\\me\\work\\my.toml"),
]
STATES: list[tuple[Platform, dict[str, str], str]] = [
    ("linux", {}, "/home/me/.local/state/confgen"),
    ("linux", {"XDG_STATE_HOME": "/x"}, "/x/confgen"),
    ("linux", {"XDG_STATE_HOME": "x"}, "/home/me/.local/state/confgen"),
    ("linux", {"XDG_CONFIG_HOME": "/x"}, "/home/me/.local/state/confgen"),
    ("linux", {"CONFGEN_STATE": "/x/state/"}, "/x/state"),
    ("linux", {"CONFGEN_STATE": "state"}, "/home/me/work/state"),
    ("darwin", {}, f"{MAC}/state"),
    ("darwin", {"XDG_STATE_HOME": "/x"}, f"{MAC}/state"),
    ("darwin", {"CONFGEN_STATE": "/x"}, "/x"),
    ("win32", {}, "C:\\Users\\me\\AppData\\Local\\confgen"),
    ("win32", {"LOCALAPPDATA": "D:\\Local"}, "D:\\Local\\confgen"),
    ("win32", {"LOCALAPPDATA": "Local"}, "C:\\Users\\me\\AppData\\Local\\confgen"),
    ("win32", {"APPDATA": "D:\\Roam"}, "C:\\Users\\me\\AppData\\Local\\confgen"),
    ("win32", {"CONFGEN_STATE": "D:\\state"}, "D:\\state"),
]


def named(row: tuple[Platform, dict[str, str], str]) -> str:
    platform, env, _ = row
    return "-".join([platform, *(f"{name}={value}" for name, value in env.items())])


@pytest.mark.parametrize(("platform", "env", "expected"), SETTINGS, ids=map(named, SETTINGS))
def test_settings_file(platform: Platform, env: dict[str, str], expected: str) -> None:
    assert str(machine(platform, env).settings_file) == expected


@pytest.mark.parametrize(("platform", "env", "expected"), STATES, ids=map(named, STATES))
def test_state_folder(platform: Platform, env: dict[str, str], expected: str) -> None:
    assert str(machine(platform, env).state_folder) == expected


@pytest.mark.skipif(sys.platform == "win32", reason="the home is USERPROFILE there")
def test_this_machine_is_the_environment_and_the_current_folder(home: Path, work: Path) -> None:
    here = this_machine()
    assert (here.home, here.cwd) == (home, work)
    assert here.env == dict(os.environ)
    assert here.platform == sys.platform


@pytest.mark.parametrize("value", [None, "", "relative", "~", __file__], ids=str)
def test_no_machine_without_a_home(monkeypatch: pytest.MonkeyPatch, value: str | None) -> None:
    for name in ("HOME", "USERPROFILE"):
        monkeypatch.delenv(name)
        if value is not None:
            monkeypatch.setenv(name, value)
    with pytest.raises(ConfgenError, match="the home folder is unknown") as caught:
        this_machine()
    assert caught.value.exit_code == 1
    assert caught.value.where in ("$HOME", "$USERPROFILE")
    assert caught.value.hint


@pytest.mark.skipif(sys.platform == "win32", reason="a folder in use cannot be removed there")
def test_no_machine_in_a_folder_that_is_gone(work: Path) -> None:
    work.rmdir()
    with pytest.raises(ConfgenError, match="the current folder no longer exists"):
        this_machine()
