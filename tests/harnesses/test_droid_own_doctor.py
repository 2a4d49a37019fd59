"""Droid's own doctor, as a stand-in on the PATH; the real one is asked in `tests/wire`."""

import json
import sys
from pathlib import Path

import pytest
from applied import Scene
from droid_files import PROJECT, USER, USER_LOCAL, entry, mine, models, text

from confgen.finding import Found

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="POSIX executables")
SECRET = "sk-or-v1-canarycanarycanarycanary"


@pytest.fixture
def scene(home: Path, work: Path) -> Scene:
    (work / ".git").mkdir()
    scene = Scene("droid", home, work)
    scene.apply()
    return scene


def install(programs: Path, body: str) -> None:
    path = programs / "droid"
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)


def answers(programs: Path, *faults: tuple[str, str]) -> None:
    """Have Droid's doctor fail these files for these reasons."""
    results = [
        {"status": "fail", "detail": detail, "data": {"path": path}} for path, detail in faults
    ]
    install(programs, f"cat <<'END'\n{json.dumps({'results': results})}\nEND\nexit 1")


def told(scene: Scene) -> list[Found]:
    return [found for name, found in scene.find() if name == "droid.own-doctor"]


def test_it_points_at_the_real_files(scene: Scene, programs: Path) -> None:
    scene.put({PROJECT: models(entry(maxOutputTokens="12")), USER_LOCAL: text(theme=5)})
    answers(
        programs,
        ("~/work/.factory/settings.json", "customModels.0.maxOutputTokens: Expected number"),
        ("~\\.factory\\settings.local.json", "theme: Expected string,\n received number"),
        ("~/.factory/settings.json", "something else"),
        ("~/.factory/hooks.json", "of a file that is none of ours"),
    )
    assert [(one.level, one.where) for one in told(scene)] == [
        ("info", scene.place((PROJECT, '"12"'))),
        ("info", scene.place((USER_LOCAL, "5"))),
        ("info", f"{scene.place(USER)}:1:1"),
    ]
    assert told(scene)[1].message.endswith("theme: Expected string, received number")


def test_it_sees_copies_without_secrets(scene: Scene, programs: Path, tmp_path: Path) -> None:
    seen = tmp_path / "seen"
    broken = models(entry(id="custom:x", provider="openrouter"))
    scene.put({USER: mine(apiKey=SECRET), USER_LOCAL: broken, "in/.factory/settings.json": "{}"})
    install(
        programs, f'(pwd; env; cd "$HOME"; find . -type f; cat .factory/*) >{seen}; echo "{{}}"'
    )
    assert [(one.level, one.where) for one in told(scene)] == [("skipped", "droid doctor --config")]
    words = seen.read_text()
    assert "./.factory/settings.json\n" in words
    assert "settings.local.json" not in words, "Droid drops it, and another check says why"
    assert '"apiKey": "***"' in words
    assert SECRET not in words
    assert str(scene.home) not in words.replace(str(programs.parent), "")
    assert "HTTPS_PROXY=http://127.0.0.1:9" in words


def test_it_starts_in_the_nearest_folder(
    scene: Scene, programs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = tmp_path / "seen"
    scene.put({PROJECT: "{}", "a/b/.factory/settings.json": "{}"})
    monkeypatch.chdir(scene.work / "a" / "b")
    install(programs, f'(pwd; ls -A . ..) >{seen}; echo "{{}}"')
    told(scene)
    where, *rest = seen.read_text().splitlines()
    assert where.endswith("/work/in")
    assert rest == [".:", ".factory", "", "..:", ".factory", ".git", "in"]


@pytest.mark.parametrize("body", ["exit 3", "echo '[]'", "echo '{'", "echo '{\"results\": 5}'"])
def test_no_answer(scene: Scene, programs: Path, body: str) -> None:
    install(programs, body)
    assert [one.level for one in told(scene)] == ["skipped"]


def test_no_room_for_the_copies(
    scene: Scene, programs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers(programs)
    monkeypatch.setattr("tempfile.tempdir", str(scene.home / "gone"))
    assert [one.level for one in told(scene)] == ["skipped"]


def test_nothing_wrong(scene: Scene, programs: Path) -> None:
    answers(programs)
    assert told(scene) == []


def test_not_installed(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    assert told(scene) == []
