"""Where each harness keeps its files: pure functions of platform, environment, home, project."""

from pathlib import PurePath, PurePosixPath, PureWindowsPath

import pytest

from confgen.errors import UsageError
from confgen.harnesses import HARNESSES, Scope, find_harness
from confgen.machine import Machine, Platform

Row = tuple[str, Scope, Platform, dict[str, str], list[list[str]]]

HOMES: dict[Platform, PurePath] = {
    "linux": PurePosixPath("/home/me"),
    "darwin": PurePosixPath("/Users/me"),
    "win32": PureWindowsPath("C:\\Users\\me"),
}
MAC = "/Library/Application Support"


def opencode(folder: str) -> list[list[str]]:
    return [[f"{folder}opencode.jsonc", f"{folder}opencode.json"]]


def openhands(settings: str, home: str) -> list[list[str]]:
    return [[f"{settings}agent_settings.json"], [f"{home}confgen.json"]]


LINUX_HANDS = "/home/me/.openhands/"
LINUX_PROFILES = "/home/me/.openhands/profiles/"
FILES: list[Row] = [
    ("opencode", "user", "linux", {}, opencode("/home/me/.config/opencode/")),
    ("opencode", "user", "linux", {"XDG_CONFIG_HOME": "/x"}, opencode("/x/opencode/")),
    (
        "opencode",
        "user",
        "linux",
        {"XDG_CONFIG_HOME": "x"},
        opencode("/home/me/work/x/opencode/"),
    ),
    ("opencode", "user", "darwin", {}, opencode("/Users/me/.config/opencode/")),
    ("opencode", "user", "darwin", {"XDG_CONFIG_HOME": "/x"}, opencode("/x/opencode/")),
    ("opencode", "user", "win32", {}, opencode("C:\\Users\\me\\.config\\opencode\\")),
    (
        "opencode",
        "user",
        "win32",
        {"XDG_CONFIG_HOME": "D:\\x", "APPDATA": "D:\\y"},
        opencode("D:\\x\\opencode\\"),
    ),
    ("opencode", "project", "linux", {"XDG_CONFIG_HOME": "/x"}, opencode("/home/me/work/")),
    ("opencode", "project", "darwin", {}, opencode("/Users/me/work/")),
    ("opencode", "project", "win32", {}, opencode("C:\\Users\\me\\work\\")),
    ("opencode", "system", "linux", {}, opencode("/etc/opencode/")),
    ("opencode", "system", "darwin", {}, opencode(f"{MAC}/opencode/")),
    ("opencode", "system", "win32", {}, opencode("C:\\ProgramData\\opencode\\")),
    (
        "opencode",
        "system",
        "win32",
        {"PROGRAMDATA": "D:\\data"},
        opencode("D:\\data\\opencode\\"),
    ),
    ("claude-code", "user", "linux", {}, [["/home/me/.claude/settings.json"]]),
    ("claude-code", "user", "linux", {"CLAUDE_CONFIG_DIR": "/c"}, [["/c/settings.json"]]),
    (
        "claude-code",
        "user",
        "linux",
        {"CLAUDE_CONFIG_DIR": "c"},
        [["/home/me/work/c/settings.json"]],
    ),
    (
        "claude-code",
        "user",
        "linux",
        {"CLAUDE_CONFIG_DIR": ""},
        [["/home/me/.claude/settings.json"]],
    ),
    ("claude-code", "user", "darwin", {}, [["/Users/me/.claude/settings.json"]]),
    ("claude-code", "user", "win32", {}, [["C:\\Users\\me\\.claude\\settings.json"]]),
    (
        "claude-code",
        "user",
        "win32",
        {"CLAUDE_CONFIG_DIR": "D:\\c"},
        [["D:\\c\\settings.json"]],
    ),
    (
        "claude-code",
        "project",
        "linux",
        {"CLAUDE_CONFIG_DIR": "/c"},
        [["/home/me/work/.claude/settings.json"]],
    ),
    ("claude-code", "project", "darwin", {}, [["/Users/me/work/.claude/settings.json"]]),
    ("claude-code", "project", "win32", {}, [["C:\\Users\\me\\work\\.claude\\settings.json"]]),
    ("claude-code", "system", "linux", {}, [["/etc/claude-code/managed-settings.json"]]),
    ("claude-code", "system", "darwin", {}, [[f"{MAC}/ClaudeCode/managed-settings.json"]]),
    (
        "claude-code",
        "system",
        "win32",
        {"PROGRAMDATA": "D:\\data"},
        [["C:\\Program Files\\ClaudeCode\\managed-settings.json"]],
    ),
    ("droid", "user", "linux", {"XDG_CONFIG_HOME": "/x"}, [["/home/me/.factory/settings.json"]]),
    ("droid", "user", "darwin", {}, [["/Users/me/.factory/settings.json"]]),
    ("droid", "user", "win32", {}, [["C:\\Users\\me\\.factory\\settings.json"]]),
    ("droid", "project", "linux", {}, [["/home/me/work/.factory/settings.json"]]),
    ("droid", "project", "darwin", {}, [["/Users/me/work/.factory/settings.json"]]),
    ("droid", "project", "win32", {}, [["C:\\Users\\me\\work\\.factory\\settings.json"]]),
    ("droid", "system", "linux", {}, [["/etc/factory/settings.json"]]),
    ("droid", "system", "darwin", {}, [[f"{MAC}/Factory/settings.json"]]),
    ("droid", "system", "win32", {}, [["C:\\Program Files\\Factory\\settings.json"]]),
    ("openhands", "user", "linux", {}, openhands(LINUX_HANDS, LINUX_PROFILES)),
    (
        "openhands",
        "user",
        "linux",
        {"OPENHANDS_PERSISTENCE_DIR": "/p"},
        openhands("/p/", LINUX_PROFILES),
    ),
    (
        "openhands",
        "user",
        "linux",
        {"OPENHANDS_PERSISTENCE_DIR": "../p"},
        openhands("/home/me/p/", LINUX_PROFILES),
    ),
    (
        "openhands",
        "user",
        "linux",
        {"OPENHANDS_PERSISTENCE_DIR": "~/p"},
        openhands("/home/me/p/", LINUX_PROFILES),
    ),
    (
        "openhands",
        "user",
        "linux",
        {"OPENHANDS_PERSISTENCE_DIR": "~"},
        openhands("/home/me/", LINUX_PROFILES),
    ),
    (
        "openhands",
        "user",
        "linux",
        {"OPENHANDS_PERSISTENCE_DIR": "."},
        openhands("/home/me/work/", LINUX_PROFILES),
    ),
    (
        "openhands",
        "user",
        "win32",
        {"OPENHANDS_PERSISTENCE_DIR": "~\\p"},
        openhands("C:\\Users\\me\\p\\", "C:\\Users\\me\\.openhands\\profiles\\"),
    ),
    (
        "openhands",
        "user",
        "darwin",
        {},
        openhands("/Users/me/.openhands/", "/Users/me/.openhands/profiles/"),
    ),
    (
        "openhands",
        "user",
        "win32",
        {},
        openhands("C:\\Users\\me\\.openhands\\", "C:\\Users\\me\\.openhands\\profiles\\"),
    ),
]


def machine(platform: Platform, env: dict[str, str]) -> Machine:
    home = HOMES[platform]
    return Machine(platform, env, home, home / "work")


def named(row: Row) -> str:
    harness, scope, platform, env, _ = row
    return "-".join([harness, scope, platform, *(f"{k}={v}" for k, v in env.items())])


@pytest.mark.parametrize(
    ("harness", "scope", "platform", "env", "expected"), FILES, ids=map(named, FILES)
)
def test_candidates(
    harness: str, scope: Scope, platform: Platform, env: dict[str, str], expected: list[list[str]]
) -> None:
    here = machine(platform, env)
    files = HARNESSES[harness].config_files(here, scope, here.home / "work")
    assert [[str(path) for path in file.candidates] for file in files] == expected


@pytest.mark.parametrize("platform", HOMES)
@pytest.mark.parametrize("scope", ["project", "system"])
def test_a_scope_that_a_harness_lacks(platform: Platform, scope: Scope) -> None:
    here = machine(platform, {})
    with pytest.raises(UsageError, match=f"OpenHands has no {scope} scope") as caught:
        HARNESSES["openhands"].config_files(here, scope, here.cwd)
    assert (caught.value.where, caught.value.hint) == (f"--scope {scope}", "use --scope user")


@pytest.mark.parametrize("harness", HARNESSES)
def test_only_the_users_own_files_are_private(harness: str) -> None:
    here = machine("linux", {})
    for scope in ("user", "project", "system"):
        if harness == "openhands" and scope != "user":
            continue
        files = HARNESSES[harness].config_files(here, scope, here.cwd)
        assert {file.private for file in files} == {scope == "user"}


@pytest.mark.parametrize("name", HARNESSES)
def test_a_harness_is_found_by_its_own_name(name: str) -> None:
    found = find_harness(name)
    assert found is HARNESSES[name]
    assert {found.NAME} == {name}


@pytest.mark.parametrize(
    ("wrong", "hint"),
    [
        ("opencod", "did you mean 'opencode'?"),
        ("claude", "did you mean 'claude-code'?"),
        ("Droid", "did you mean 'droid'?"),
        ("open-hands", "did you mean 'openhands'?"),
        ("aider", "one of: claude-code, droid, opencode, openhands"),
        ("", "one of: claude-code, droid, opencode, openhands"),
    ],
)
def test_an_unknown_harness(wrong: str, hint: str) -> None:
    with pytest.raises(UsageError, match=f"no harness '{wrong}'") as caught:
        find_harness(wrong)
    assert caught.value.hint == hint
