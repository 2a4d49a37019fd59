"""What each harness reads, on each system, and in which order."""

import os
from pathlib import Path, PurePath, PurePosixPath, PureWindowsPath

import pytest

from confgen.document import JSONC
from confgen.harnesses import find_harness
from confgen.harnesses.footprint import Entry, Home, Kind, Place, places, variables
from confgen.machine import Machine, Platform, this_machine
from confgen.reading import each_file, read_harness, worktree
from confgen.settings import Overrides, Settings

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


def factory(folder: str, slash: str = "/") -> list[str]:
    mark = "user" if folder.endswith(("me/", "me\\")) or folder == "/moved/" else "project"
    names = ("config.json", "settings.json", "settings.local.json")
    return [f"{mark} {folder}.factory{slash}{name}" for name in names]


DROID: list[Row] = [
    (
        "linux",
        "linux",
        {
            "FACTORY_ORG_MANAGED_SETTINGS_LOCAL_PATH": "../org.json",
            "FACTORY_RUNTIME_SETTINGS_PATH": "/run.json",
        },
        [
            *factory("/home/me/"),
            *factory("/src/repo/"),
            *factory("/src/repo/sub/"),
            "$FACTORY_RUNTIME_SETTINGS_PATH /run.json",
            "managed /src/repo/org.json",
            "managed /etc/factory/settings.json",
        ],
    ),
    (
        "another home",
        "darwin",
        {"FACTORY_HOME_OVERRIDE": "/moved"},
        [
            *factory("/moved/"),
            *factory("/src/repo/"),
            *factory("/src/repo/sub/"),
            "managed /Library/Application Support/Factory/settings.json",
        ],
    ),
    (
        "windows",
        "win32",
        {},
        [
            *factory("C:\\Users\\me\\", "\\"),
            *factory("D:\\src\\repo\\", "\\"),
            *factory("D:\\src\\repo\\sub\\", "\\"),
            "managed C:\\Program Files\\Factory\\settings.json",
        ],
    ),
]


def hands(settings: str, profiles: str) -> list[str]:
    return [f"user {settings}agent_settings.json", f"user {profiles} *.json"]


OPENHANDS: list[Row] = [
    ("linux", "linux", {}, hands("/home/me/.openhands/", "/home/me/.openhands/profiles")),
    (
        "its own folder",
        "darwin",
        {"OPENHANDS_PERSISTENCE_DIR": "~/p", "OPENHANDS_WORK_DIR": "/w"},
        hands("/Users/me/p/", "/Users/me/.openhands/profiles"),
    ),
    (
        "windows",
        "win32",
        {},
        hands("C:\\Users\\me\\.openhands\\", "C:\\Users\\me\\.openhands\\profiles"),
    ),
]


def claude(memory: str, user: str, project: str, managed: str, slash: str = "/") -> list[str]:
    sub, root = f"{project}sub{slash}.claude{slash}", f"{project}.claude{slash}"
    return [
        f"state {memory}.claude.json",
        f"state {user}.config.json",
        f"user {user}settings.json",
        f"project {sub}settings.json",
        f"local {sub}settings.local.json",
        f"local {root}settings.local.json",
        f"managed {managed}managed-settings.json",
        f"managed {managed.removesuffix(slash)} managed-settings.d/[!.]*.json",
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
HARNESSES = {
    "opencode": OPENCODE,
    "claude-code": CLAUDE_CODE,
    "droid": DROID,
    "openhands": OPENHANDS,
}
TABLE = [(name, *row[1:]) for name, rows in HARNESSES.items() for row in rows]
IDS = [f"{name} {row[0]}" for name, rows in HARNESSES.items() for row in rows]


@pytest.mark.parametrize(("harness", "platform", "env", "expected"), TABLE, ids=IDS)
def test_config(harness: str, platform: Platform, env: dict[str, str], expected: list[str]) -> None:
    home, root = HOMES[platform]
    machine = Machine(platform, env, home, root / "sub")
    found = places(find_harness(harness), machine, root, "config")
    assert [
        " ".join(filter(None, (one.whose, str(one.path), one.glob))) for one in found
    ] == expected


@pytest.mark.parametrize("harness", HARNESSES)
def test_a_file_that_is_read_twice_counts_once(harness: str) -> None:
    home = PurePosixPath("/home/me")
    machine = Machine("linux", {}, home, home)
    found = [(one.kind, one.path, one.glob) for one in places(find_harness(harness), machine, home)]
    assert len(found) == len(set(found))


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
        ("claude-code", ["/home/me/.claude", "/src/repo/.claude", "/src/repo/sub/.claude"]),
        ("droid", ["/home/me/.factory", "/src/repo/.factory", "/src/repo/sub/.factory"]),
        (
            "openhands",
            [
                "/home/me/.openhands",
                "/home/me/.agents",
                "/src/repo/sub/.openhands",
                "/src/repo/sub/.agents",
            ],
        ),
    ],
)
def test_pages(harness: str, folders: list[str]) -> None:
    home, root = HOMES["linux"]
    machine = Machine("linux", {"OPENCODE_CONFIG_DIR": "/dir"}, home, root / "sub")
    found = places(find_harness(harness), machine, root, "pages")
    agents = [one for one in found if one.entry.defines == "agent"]
    assert list(dict.fromkeys(str(one.path) for one in agents)) == folders


def test_a_folder_of_files_is_read_in_the_order_of_names(tmp_path: Path) -> None:
    for name in ("20-b.json", "10-a.json", ".hidden.json", "notes.txt"):
        (tmp_path / name).write_text("{}")
    entry = Entry("config", Home(), "managed", dialect=JSONC)
    found = each_file((Place(tmp_path, entry, "[!.]*.json"),))
    assert [(one.path.name, one.whose, one.glob) for one in found] == [
        ("10-a.json", "managed", None),
        ("20-b.json", "managed", None),
    ]
    assert list(each_file((Place(tmp_path / "none", entry, "*"),))) == []


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


@pytest.mark.skipif(os.name == "nt", reason="few may make links there")
def test_links_are_followed_and_in_no_circle(tmp_path: Path) -> None:
    for folder in ("dotfiles", "home/agents"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "dotfiles" / "a.md").write_text("")
    (tmp_path / "home" / "agents" / "team").symlink_to(tmp_path / "dotfiles")
    for name in ("one", "two"):
        (tmp_path / "dotfiles" / name).symlink_to(tmp_path / "home")
    entry = Entry("pages", Home(), "user")
    found = [one.path for one in each_file((Place(tmp_path / "home", entry, "agents/**/*.md"),))]
    assert found == [tmp_path / "home/agents/team/a.md"]


VARIABLES = {
    "opencode": (
        "XDG_CONFIG_HOME",
        "OPENCODE_CONFIG",
        "OPENCODE_DISABLE_PROJECT_CONFIG",
        "OPENCODE_TEST_HOME",
        "OPENCODE_CONFIG_DIR",
        "OPENCODE_TEST_MANAGED_CONFIG_DIR",
        "PROGRAMDATA",
        "XDG_DATA_HOME",
        "XDG_STATE_HOME",
        "XDG_CACHE_HOME",
        "OPENCODE_TUI_CONFIG",
    ),
    "claude-code": ("CLAUDE_CONFIG_DIR",),
    "droid": (
        "FACTORY_HOME_OVERRIDE",
        "FACTORY_RUNTIME_SETTINGS_PATH",
        "FACTORY_ORG_MANAGED_SETTINGS_LOCAL_PATH",
    ),
    "openhands": ("OPENHANDS_PERSISTENCE_DIR", "OPENHANDS_WORK_DIR", "PERSISTENCE_DIR"),
}


@pytest.mark.parametrize("harness", HARNESSES)
def test_every_variable_moves_something(harness: str) -> None:
    assert variables(find_harness(harness)) == VARIABLES[harness]
    home, root = HOMES["win32"] if harness == "opencode" else HOMES["linux"]
    platform: Platform = "win32" if harness == "opencode" else "linux"
    before = places(find_harness(harness), Machine(platform, {}, home, root), root)
    for name in VARIABLES[harness]:
        value = "1" if "DISABLE" in name else str(root / "moved")
        if name == "PROGRAMDATA":
            value = "E:\\"
        moved = places(find_harness(harness), Machine(platform, {name: value}, home, root), root)
        assert moved != before, name


RICH: dict[str, tuple[tuple[str, ...], dict[str, tuple[str, ...]]]] = {
    "opencode": (
        (
            "~/.config/opencode/opencode.jsonc",
            "~/.config/opencode/config.json",
            "opencode.json",
            "sub/.opencode/opencode.json",
            ".opencode/opencode.jsonc",
            "~/.opencode/opencode.json",
            "~/.config/opencode/agent/team/a.md",
            ".opencode/modes/b.md",
            "sub/.opencode/command/c.md",
            "~/.config/opencode/plugin/p.js",
            ".opencode/tools/t.ts",
            "~/.local/share/opencode/auth.json",
            "~/.local/share/opencode/storage/session.json",
        ),
        {
            "config": (
                "~/.config/opencode/config.json",
                "~/.config/opencode/opencode.jsonc",
                "opencode.json",
                "sub/.opencode/opencode.json",
                ".opencode/opencode.jsonc",
                "~/.opencode/opencode.json",
            ),
            "pages": ("agent team/a", "mode b", "command c"),
            "code": ("~/.config/opencode/plugin/p.js", ".opencode/tools/t.ts"),
            "login": ("~/.local/share/opencode/auth.json",),
            "folder": (
                "~/.config/opencode",
                "sub/.opencode",
                ".opencode",
                "~/.opencode",
                "~/.local/share/opencode",
            ),
        },
    ),
    "claude-code": (
        (
            "~/.claude.json",
            "~/.claude/settings.json",
            "sub/.claude/settings.json",
            "sub/.claude/settings.local.json",
            ".claude/settings.json",
            ".claude/settings.local.json",
            "~/.claude/agents/team/a.md",
            ".claude/commands/c.md",
            "sub/.claude/skills/s/SKILL.md",
            "~/.claude/plugins/installed_plugins.json",
            "~/.claude/.credentials.json",
            ".mcp.json",
        ),
        {
            "config": (
                "~/.claude.json",
                "~/.claude/settings.json",
                "sub/.claude/settings.json",
                "sub/.claude/settings.local.json",
                ".claude/settings.local.json",
            ),
            "pages": ("agent team/a", "command c", "skill s"),
            "code": ("~/.claude/plugins/installed_plugins.json",),
            "servers": (".mcp.json",),
            "login": ("~/.claude/.credentials.json",),
            "folder": ("~/.claude", ".claude", "sub/.claude"),
        },
    ),
    "droid": (
        (
            "~/.factory/settings.json",
            "~/.factory/config.json",
            ".factory/settings.local.json",
            "sub/.factory/settings.json",
            "~/.factory/droids/a.md",
            "sub/.factory/commands/c.md",
            "~/.factory/mcp.json",
            ".factory/hooks.json",
            "~/.factory/auth.v2.file",
        ),
        {
            "config": (
                "~/.factory/config.json",
                "~/.factory/settings.json",
                ".factory/settings.local.json",
                "sub/.factory/settings.json",
            ),
            "pages": ("agent a", "command c"),
            "servers": ("~/.factory/mcp.json",),
            "hooks": (".factory/hooks.json",),
            "login": ("~/.factory/auth.v2.file",),
            "folder": ("~/.factory", ".factory", "sub/.factory"),
        },
    ),
    "openhands": (
        (
            "~/.openhands/agent_settings.json",
            "~/.openhands/profiles/b.json",
            "~/.openhands/profiles/a.json",
            "~/.openhands/agents/u.md",
            "sub/.agents/agents/p.MD",
            ".agents/agents/unread.md",
            "sub/.env",
            ".env",
            "~/.openhands/mcp.json",
            "sub/.openhands/hooks.json",
            "~/.openhands/cloud/api_key.txt",
            "~/.openhands/config.toml",
        ),
        {
            "config": (
                "~/.openhands/agent_settings.json",
                "~/.openhands/profiles/a.json",
                "~/.openhands/profiles/b.json",
            ),
            "pages": ("agent u", "agent p", "config.toml"),
            "environment": ("sub/.env",),
            "servers": ("~/.openhands/mcp.json",),
            "hooks": ("sub/.openhands/hooks.json",),
            "login": ("~/.openhands/cloud/api_key.txt",),
            "folder": ("~/.openhands", "sub/.openhands", "sub/.agents"),
        },
    ),
}
KINDS: tuple[Kind, ...] = ("code", "servers", "hooks", "environment", "login", "folder")


@pytest.mark.parametrize("name", RICH)
def test_a_rich_home(name: str, tmp_path: Path) -> None:
    home, root = tmp_path / "home", tmp_path / "repo"
    made, expected = RICH[name]
    for path in (*made, ".git/HEAD"):
        file = home / path[2:] if path.startswith("~/") else root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("{}", encoding="utf-8")
    machine = this_machine()._replace(env={}, home=home, cwd=root / "sub")
    reading = read_harness(
        find_harness(name), Settings((), Overrides()), machine, root / "sub", None
    )

    def told(path: PurePath) -> str:
        below = path.is_relative_to(home)
        return f"~/{path.relative_to(home)}" if below else str(path.relative_to(root))

    found = {kind: tuple(told(one.path) for one in reading.there(kind)) for kind in KINDS}
    found["config"] = tuple(told(file.path) for file in reading.files)
    found["pages"] = tuple(
        f"{page.defines} {page.name}" if page.defines else page.path.name for page in reading.pages
    )
    assert {kind: there for kind, there in found.items() if there} == expected
