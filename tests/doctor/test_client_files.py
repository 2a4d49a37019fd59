"""Files that a client does not take: wherever in the chain, with the place and a fix."""

from pathlib import Path

import pytest
from examined import Scene, edit, levels

STRICT = "claude-code.json-strict"
COMMA, MARK = "droid.trailing-comma", "droid.byte-order-mark"
CLAUDE, DROID = ".claude/settings.json", ".factory/settings.json"
OPENCODE, OPENHANDS = ".config/opencode/opencode.json", ".openhands/agent_settings.json"
LOCAL = "../work/.claude/settings.local.json"

FAULTS = {
    "claude: a comment": (STRICT, CLAUDE, "{\n  // why\n}", "error", ":2:3"),
    "claude: a trailing comma": (STRICT, CLAUDE, '{"a": 1,}', "error", ":1:8"),
    "claude: an empty file": (STRICT, CLAUDE, "\n", "warning", ":1:1"),
    "claude: a comment in a project's file": (STRICT, LOCAL, "{ /* */ }", "error", ":1:3"),
    "openhands: a comment": (
        "openhands.json-strict",
        OPENHANDS,
        "{} // x",
        "error",
        ":1:4",
    ),
    "droid: a trailing comma": (COMMA, DROID, '{"a": [1,]}', "error", ":1:9"),
    "droid: a comma behind a mark": (COMMA, DROID, '\ufeff{"a": 1,}', "error", ":1:8"),
    "droid: a byte order mark": (MARK, DROID, "\ufeff{}", "error", ":1:1"),
    "opencode: an unclosed brace": (
        "opencode.file",
        OPENCODE,
        "{",
        "error",
        ":1:2",
    ),
    "claude: a word": ("claude-code.file", CLAUDE, '{"a": yes}', "error", ":1:7"),
    "droid: a list": ("droid.file", DROID, "[]", "error", ":1:1"),
    "droid: not UTF-8": ("droid.file", DROID, b'{"a": "\xff"}', "error", ":1:8"),
    "openhands: another file": (
        "openhands.file",
        ".openhands/profiles/confgen.json",
        "{",
        "error",
        ":1:2",
    ),
    "opencode: a wrong type": (
        "opencode.accepted",
        OPENCODE,
        '{\n "model": 5}',
        "error",
        ":2:11",
    ),
    "claude: a wrong type": ("claude-code.accepted", CLAUDE, '{"model": 5}', "error", ":1:11"),
    "claude: a wrong type in a project": (
        "claude-code.accepted",
        LOCAL,
        '{"env": []}',
        "error",
        ":1:9",
    ),
    "droid: a wrong provider": (
        "droid.accepted",
        DROID,
        '{"customModels": [{"model": "m", "baseUrl": "u", "provider": "x"}]}',
        "error",
        ":1:62",
    ),
    "openhands: a lacking model": (
        "openhands.accepted",
        OPENHANDS,
        '{"kind": "Agent"}',
        "error",
        ":1:1",
    ),
    "opencode: a key that stands twice": (
        "opencode.duplicate-key",
        OPENCODE,
        '{"model": "a/b",\n "model": "c/d"}',
        "error",
        ":2:2",
    ),
    "claude: a table that stands twice": (
        "claude-code.duplicate-key",
        CLAUDE,
        '{"env": {},\n\n "env": {}}',
        "error",
        ":3:2",
    ),
    "droid: twice in a project's file": (
        "droid.duplicate-key",
        "../work/.factory/settings.json",
        '{"customModels": [],\n "customModels": []}',
        "error",
        ":2:2",
    ),
}


@pytest.mark.parametrize(("check", "path", "text", "level", "place"), FAULTS.values(), ids=FAULTS)
def test_a_file_that_is_not_taken(
    scene: Scene, check: str, path: str, text: str | bytes, level: str, place: str
) -> None:
    written = scene.write(path, text)
    (finding,) = scene.look(check)
    assert (finding.check, finding.harness, finding.level) == (check, check.split(".")[0], level)
    assert finding.where == f"{written.resolve()}{place}"
    assert finding.hint


FINE = {
    "claude: a byte order mark": (STRICT, CLAUDE, "\ufeff{}"),
    "claude: broken altogether": (STRICT, CLAUDE, "{"),
    "droid: a comment": (COMMA, DROID, "{} // fine"),
    "droid: only a mark": (COMMA, DROID, "\ufeff{}"),
    "droid: only a comma": (MARK, DROID, '{"a": 1,}'),
    "droid: only a comma is no syntax error": ("droid.file", DROID, '{"a": 1,}'),
    "opencode: comments and commas": (
        "opencode.file",
        OPENCODE,
        '{"a": 1, /**/}',
    ),
    "opencode: unknown keys": ("opencode.accepted", OPENCODE, '{"a": 1}'),
    "droid: an entry that it skips": (
        "droid.accepted",
        DROID,
        '{"customModels": [{"provider": "x"}]}',
    ),
    "claude: another key that stands twice": (
        "claude-code.duplicate-key",
        CLAUDE,
        '{"a": 1, "a": 2}',
    ),
    "openhands: a profile is no agent": (
        "openhands.accepted",
        ".openhands/profiles/confgen.json",
        '{"model": "a/b"}',
    ),
}


@pytest.mark.parametrize(("check", "path", "text"), FINE.values(), ids=FINE)
def test_a_file_that_is_taken(scene: Scene, check: str, path: str, text: str) -> None:
    scene.write(path, text)
    (finding,) = scene.look(check)
    assert finding.level == "ok"


def test_a_folder_in_the_place_of_a_file(scene: Scene) -> None:
    scene.file("droid").mkdir(parents=True)
    (finding,) = scene.look("droid.file")
    assert (finding.level, finding.where) == ("error", str(scene.file("droid")))


def test_a_file_too_large_to_be_looked_at(scene: Scene) -> None:
    path = scene.write(".claude.json", b'{"history": "' + b"x" * (4 << 20) + b'"}')
    (finding,) = scene.look("claude-code.file")
    assert (finding.level, finding.where) == ("skipped", str(path))
    assert levels(scene.look("secrets.literal")) == ["ok"]


def test_the_lines_of_both_keys(scene: Scene) -> None:
    scene.apply("droid")
    edit(scene.file("droid"), "{", '{\n  "customModels": [],')
    (finding,) = scene.look("droid.duplicate-key")
    assert "in lines 2 and 3" in finding.message


def test_what_is_applied_is_taken(scene: Scene) -> None:
    scene.apply("opencode", "claude-code", "droid", "openhands")
    for harness in ("opencode", "claude-code", "droid", "openhands"):
        for suffix in ("file", "accepted", "duplicate-key"):
            assert [f.level for f in scene.look(f"{harness}.{suffix}")] == ["ok"]


def test_a_link_is_named_as_the_client_opens_it(scene: Scene, tmp_path: Path) -> None:
    real = tmp_path / "dotfiles.json"
    real.write_text("{")
    scene.file("droid").parent.mkdir()
    scene.file("droid").symlink_to(real)
    (finding,) = scene.look("droid.file")
    assert finding.where == f"{scene.file('droid')}:1:2"
