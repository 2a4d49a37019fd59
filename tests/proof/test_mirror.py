"""Which files a client gets copies of, where they stand, and what is taken out of them."""

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from confgen.errors import DocumentError
from confgen.harnesses import HARNESSES
from confgen.harnesses.faces import rehearsal_of
from confgen.machine import Machine
from confgen.proof.mirror import Ground, chain, disarmed, fixed, originals

STARTERS = (("hooks",), ("experimental", "hook"))

# Every place where a user of the harness writes something that has a say in its requests.
READ = {
    "opencode": {
        ".config/opencode/config.json": "home/.config/opencode/config.json",
        ".config/opencode/opencode.jsonc": "home/.config/opencode/opencode.jsonc",
        ".config/opencode/agent/deep/er.md": "home/.config/opencode/agent/deep/er.md",
        ".opencode/opencode.json": "home/.opencode/opencode.json",
        "repo/opencode.json": "home/repo/opencode.json",
        "repo/sub/.opencode/agents/x.md": "home/repo/sub/.opencode/agents/x.md",
        "repo/sub/.opencode/opencode.jsonc": "home/repo/sub/.opencode/opencode.jsonc",
    },
    "claude-code": {
        ".claude/settings.json": "home/.claude/settings.json",
        ".claude/agents/x.md": "home/.claude/agents/x.md",
        ".claude.json": "home/.claude.json",
        "repo/.claude/settings.json": "home/repo/.claude/settings.json",
        "repo/sub/.claude/settings.local.json": "home/repo/sub/.claude/settings.local.json",
    },
    "droid": {
        ".factory/settings.json": "home/.factory/settings.json",
        ".factory/config.json": "home/.factory/config.json",
        "repo/.factory/settings.local.json": "home/repo/.factory/settings.local.json",
    },
    "openhands": {
        ".openhands/agent_settings.json": "home/.openhands/agent_settings.json",
        ".openhands/profiles/x.json": "home/.openhands/profiles/x.json",
        ".openhands/agents/x.md": "home/.openhands/agents/x.md",
        "repo/sub/.env": "home/repo/sub/.env",
    },
}
# Credentials, what starts programs, and what lies outside the checkout or beside the path to it.
UNREAD = (
    ".local/share/opencode/auth.json",
    ".config/opencode/plugin/x.ts",
    ".claude/.credentials.json",
    "repo/.mcp.json",
    ".factory/auth.json",
    ".factory/mcp.json",
    ".factory/hooks.json",
    ".openhands/mcp.json",
    ".openhands/hooks.json",
    "opencode.json",
    "repo/other/opencode.json",
    "repo/other/.env",
)


def put(home: Path, names: tuple[str, ...]) -> None:
    for name in names:
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        (home / name).write_text(f"{{}} {name}")


def machine_of(home: Path, cwd: Path, **env: str) -> Machine:
    return Machine("linux", env, home, cwd)


@pytest.mark.parametrize("name", READ)
def test_what_is_copied(name: str, home: Path, tmp_path: Path) -> None:
    put(home, (*READ[name], *UNREAD))
    (home / "repo" / ".git").mkdir()
    face = rehearsal_of(HARNESSES[name])
    machine = machine_of(home, home / "repo" / "sub")
    (home / "repo" / "sub").mkdir(exist_ok=True)
    ground = Ground(tmp_path)
    found = list(originals(face.shelves(machine), face.PROJECT, machine, ground))
    copies = {
        original.path.relative_to(home).as_posix(): original.place.relative_to(tmp_path).as_posix()
        for original in found
    }
    assert copies == READ[name]
    assert all(original.text.endswith(str(original.path.relative_to(home))) for original in found)


NAMED = {
    "opencode": {
        "XDG_CONFIG_HOME": ("conf", "conf/opencode/opencode.json"),
        "OPENCODE_CONFIG": ("mine/own.json", "mine/own.json"),
        "OPENCODE_CONFIG_DIR": ("more", "more/opencode.json"),
        "OPENCODE_TEST_MANAGED_CONFIG_DIR": ("managed", "managed/opencode.json"),
    },
    "claude-code": {"CLAUDE_CONFIG_DIR": ("cc", "cc/settings.json")},
    "droid": {"FACTORY_ORG_MANAGED_SETTINGS_LOCAL_PATH": ("org.json", "org.json")},
    "openhands": {"OPENHANDS_PERSISTENCE_DIR": ("oh", "oh/agent_settings.json")},
}


@pytest.mark.parametrize(
    ("name", "variable"), [(name, v) for name, variables in NAMED.items() for v in variables]
)
def test_what_a_variable_names(name: str, variable: str, home: Path, tmp_path: Path) -> None:
    value, file = NAMED[name][variable]
    put(home, (file,))
    machine = machine_of(home, home, **{variable: str(home / value)})
    face = rehearsal_of(HARNESSES[name])
    ground = Ground(tmp_path)
    shelves = tuple(face.shelves(machine))
    (original,) = originals(shelves, (), machine, ground)
    there = Path(ground.variables(shelves)[variable])
    assert original.place == there / Path(file).relative_to(value)
    assert original.place.is_relative_to(tmp_path)


def test_a_project_outside_the_home(home: Path, work: Path, tmp_path: Path) -> None:
    (work / "opencode.json").write_text("{}")
    (work / ".git").mkdir()
    machine = machine_of(home, work)
    (original,) = originals((), ("opencode.json",), machine, Ground(tmp_path))
    assert original.place == tmp_path.joinpath("outside", *work.parts[1:], "opencode.json")


def test_without_a_checkout_every_folder_above_counts(work: Path) -> None:
    assert chain(work) == (*reversed(work.parents), work)


def test_from_the_root_of_the_checkout_down(work: Path) -> None:
    (work / "a" / "b").mkdir(parents=True)
    (work / ".git").write_text("gitdir: elsewhere")
    assert chain(work / "a" / "b") == (work, work / "a", work / "a" / "b")


@pytest.mark.parametrize(
    ("text", "safe"),
    [
        ('{"a": 1, "hooks": {"x": []}}', '{"a": 1}'),
        ('// x\n{\n  "hooks": 1, // y\n  "a": 1,\n}', '// x\n{\n  // y\n  "a": 1,\n}'),
        ('{"experimental": {"hook": 1, "b": 2}}', '{"experimental": {"b": 2}}'),
        ('{"experimental": 5}', '{"experimental": 5}'),
        ('{"hooks": 1,, "a": 2}', '{"hooks": 1,, "a": 2}'),
        ("", ""),
    ],
)
def test_what_starts_programs_is_taken_out(text: str, safe: str) -> None:
    assert disarmed(text, STARTERS, Path("x.json")) == safe


def test_what_cannot_be_taken_out_is_refused() -> None:
    with pytest.raises(DocumentError):
        disarmed('{"hooks": 1, "hooks": 2}', STARTERS, Path("x.json"))


@pytest.mark.skipif(os.name == "nt", reason="POSIX pipes")
@pytest.mark.parametrize("make", [Path.mkdir, lambda path: os.mkfifo(path)], ids=["folder", "pipe"])
def test_what_is_no_file_is_refused(
    make: Callable[[Path], None], work: Path, tmp_path: Path
) -> None:
    make(work / "opencode.json")
    face = rehearsal_of(HARNESSES["opencode"])
    with pytest.raises(DocumentError, match="no regular file"):
        list(originals((), face.PROJECT, machine_of(work, work), Ground(tmp_path)))


@pytest.mark.parametrize("data", [b"a\0b", b"\xff\xfe{\0}\0"])
def test_a_file_that_is_no_text_is_refused(data: bytes, work: Path, tmp_path: Path) -> None:
    (work / "opencode.json").write_bytes(data)
    with pytest.raises(DocumentError, match="no text in UTF-8"):
        list(originals((), ("opencode.json",), machine_of(work, work), Ground(tmp_path)))


@pytest.mark.parametrize(
    ("document", "why"),
    [
        ({"env": {"ANTHROPIC_BASE_URL": "https://x.y"}}, "it names https://x.y"),
        ({"apiKeyHelper": "printenv KEY"}, "print the key"),
        ({"hooks": {}}, "starts programs"),
        ({"$schema": "https://x.y/s.json", "permissions": {"deny": ["Bash"]}}, None),
    ],
)
def test_a_managed_file_that_cannot_be_stood_in_for(
    document: dict[str, object], why: str | None
) -> None:
    found = fixed(json.dumps(document), STARTERS)
    assert found is None if why is None else why in (found or "")
