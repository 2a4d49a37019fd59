"""Which files have a say in what a client sends, on each system, and in which order."""

from pathlib import Path, PurePath, PurePosixPath, PureWindowsPath

import pytest

from confgen.doctor.reading import each_file, worktree
from confgen.document import JSONC
from confgen.harnesses import find_harness
from confgen.harnesses.faces import layers_of
from confgen.harnesses.view import Layer
from confgen.machine import Machine, Platform

Row = tuple[str, Platform, dict[str, str], list[str]]

HOMES: dict[Platform, tuple[PurePath, PurePath]] = {
    "linux": (PurePosixPath("/home/me"), PurePosixPath("/src/repo")),
    "darwin": (PurePosixPath("/Users/me"), PurePosixPath("/src/repo")),
    "win32": (PureWindowsPath("C:\\Users\\me"), PureWindowsPath("D:\\src\\repo")),
}
"""The home, and the root of a project whose folder `sub` is the current one."""


def pair(folder: str, mark: str) -> list[str]:
    return [f"{mark} {folder}opencode.json", f"{mark} {folder}opencode.jsonc"]


def opencode_user(folder: str) -> list[str]:
    return [f"user {folder}config.json", *pair(folder, "user")]


POSIX_PROJECT = [
    *pair("/src/repo/", "project"),
    *pair("/src/repo/sub/", "project"),
    *pair("/src/repo/sub/.opencode/", "project"),
    *pair("/src/repo/.opencode/", "project"),
]
OPENCODE: list[Row] = [
    (
        "linux",
        "linux",
        {},
        [
            *opencode_user("/home/me/.config/opencode/"),
            *POSIX_PROJECT,
            *pair("/home/me/.opencode/", "user"),
            *pair("/etc/opencode/", "managed"),
        ],
    ),
    (
        "every variable",
        "linux",
        {
            "XDG_CONFIG_HOME": "/x",
            "OPENCODE_CONFIG": "mine.json",
            "OPENCODE_CONFIG_DIR": "/dir",
            "OPENCODE_DISABLE_PROJECT_CONFIG": "TRUE",
            "OPENCODE_TEST_MANAGED_CONFIG_DIR": "/managed",
        },
        [
            *opencode_user("/x/opencode/"),
            "$OPENCODE_CONFIG /src/repo/sub/mine.json",
            *pair("/home/me/.opencode/", "user"),
            *pair("/dir/", "$OPENCODE_CONFIG_DIR"),
            *pair("/managed/", "managed"),
        ],
    ),
    (
        "a switch that is not on",
        "darwin",
        {"OPENCODE_DISABLE_PROJECT_CONFIG": "yes"},
        [
            *opencode_user("/Users/me/.config/opencode/"),
            *POSIX_PROJECT,
            *pair("/Users/me/.opencode/", "user"),
            *pair("/Library/Application Support/opencode/", "managed"),
        ],
    ),
    (
        "windows",
        "win32",
        {"PROGRAMDATA": "E:\\data"},
        [
            *opencode_user("C:\\Users\\me\\.config\\opencode\\"),
            *pair("D:\\src\\repo\\", "project"),
            *pair("D:\\src\\repo\\sub\\", "project"),
            *pair("D:\\src\\repo\\sub\\.opencode\\", "project"),
            *pair("D:\\src\\repo\\.opencode\\", "project"),
            *pair("C:\\Users\\me\\.opencode\\", "user"),
            *pair("E:\\data\\opencode\\", "managed"),
        ],
    ),
]


def claude(memory: str, user: str, project: str, managed: str, slash: str = "/") -> list[str]:
    sub, root = f"{project}sub{slash}.claude{slash}", f"{project}.claude{slash}"
    return [
        f"state {memory}.claude.json",
        f"user {user}settings.json",
        f"project {sub}settings.json",
        f"local {sub}settings.local.json",
        f"local {root}settings.local.json",
        f"managed {managed}managed-settings.json",
        f"managed {managed}managed-settings.d [!.]*.json",
    ]


CLAUDE_CODE: list[Row] = [
    (
        "linux",
        "linux",
        {},
        claude("/home/me/", "/home/me/.claude/", "/src/repo/", "/etc/claude-code/"),
    ),
    (
        "its own folder",
        "linux",
        {"CLAUDE_CONFIG_DIR": "/c"},
        claude("/c/", "/c/", "/src/repo/", "/etc/claude-code/"),
    ),
    (
        "darwin",
        "darwin",
        {},
        claude(
            "/Users/me/",
            "/Users/me/.claude/",
            "/src/repo/",
            "/Library/Application Support/ClaudeCode/",
        ),
    ),
    (
        "windows",
        "win32",
        {},
        claude(
            "C:\\Users\\me\\",
            "C:\\Users\\me\\.claude\\",
            "D:\\src\\repo\\",
            "C:\\Program Files\\ClaudeCode\\",
            "\\",
        ),
    ),
]
TABLE = [
    *(("opencode", *row[1:]) for row in OPENCODE),
    *(("claude-code", *row[1:]) for row in CLAUDE_CODE),
]
IDS = [f"{name} {row[0]}" for name, rows in (("opencode", OPENCODE), ("claude-code", CLAUDE_CODE))
       for row in rows]  # fmt: skip


@pytest.mark.parametrize(("harness", "platform", "env", "layers"), TABLE, ids=IDS)
def test_layers(harness: str, platform: Platform, env: dict[str, str], layers: list[str]) -> None:
    home, root = HOMES[platform]
    machine = Machine(platform, env, home, root / "sub")
    found = layers_of(find_harness(harness)).layers(machine, root)
    assert [" ".join(filter(None, (one.label, str(one.path), one.glob))) for one in found] == layers


def test_a_file_that_is_read_twice_counts_once() -> None:
    home = PurePosixPath("/home/me")
    machine = Machine("linux", {}, home, home)
    for harness in ("opencode", "claude-code"):
        paths = [one.path for one in layers_of(find_harness(harness)).layers(machine, home)]
        assert len(paths) == len(set(paths))


@pytest.mark.parametrize(
    ("harness", "folders"),
    [
        (
            "opencode",
            [
                "/home/me/.config/opencode",
                "/src/repo/sub/.opencode",
                "/src/repo/.opencode",
                "/home/me/.opencode",
                "/dir",
            ],
        ),
        (
            "claude-code",
            ["/home/me/.claude", "/src/repo/sub/.claude", "/src/repo/.claude"],
        ),
    ],
)
def test_pages(harness: str, folders: list[str]) -> None:
    home, root = HOMES["linux"]
    machine = Machine("linux", {"OPENCODE_CONFIG_DIR": "/dir"}, home, root / "sub")
    found = layers_of(find_harness(harness)).pages(machine, root)
    assert list(dict.fromkeys(str(folder) for folder, _ in found)) == folders


def test_a_folder_of_files_is_read_in_the_order_of_names(tmp_path: Path) -> None:
    for name in ("20-b.json", "10-a.json", ".hidden.json", "notes.txt"):
        (tmp_path / name).write_text("{}")
    found = each_file(Layer(tmp_path, JSONC, "managed", glob="[!.]*.json"))
    assert [(one.path.name, one.label, one.glob) for one in found] == [
        ("10-a.json", "managed", None),
        ("20-b.json", "managed", None),
    ]
    missing = Layer(tmp_path / "none", JSONC, "managed", glob="*")
    assert list(each_file(missing)) == []


@pytest.mark.parametrize(
    ("made", "root"),
    [(("repo/.git",), "repo"), (("repo/.git", "repo/sub/.git"), "repo/sub"), ((), None)],
    ids=["above", "here", "nowhere"],
)
def test_the_root_of_a_worktree(tmp_path: Path, made: tuple[str, ...], root: str | None) -> None:
    here = tmp_path / "repo" / "sub"
    here.mkdir(parents=True)
    for path in made:
        (tmp_path / path).write_text("gitdir: elsewhere")
    assert worktree(here) == (tmp_path / root if root else Path(here.anchor))
