"""Each way in which Droid loses the pin: a machine where it does, and one that only looks like it.

What Droid 0.225.2 sends on each of these machines was recorded before its row was written, but for
those of sub-agents and missions, which need a login.
"""

from pathlib import Path, PurePath, PurePosixPath, PureWindowsPath

import pytest
from applied import Fires, Scene, Silent
from droid_choices import FIRES as CHOICES_FIRE
from droid_choices import SILENT as CHOICES_SILENT
from droid_entries import FIRES as ENTRIES_FIRE
from droid_entries import SILENT as ENTRIES_SILENT
from droid_files import PROJECT, USER, USER_LEGACY, USER_LOCAL, entry, models, text
from droid_outranked import FIRES as OUTRANKED_FIRE
from droid_outranked import SILENT as OUTRANKED_SILENT

from confgen.harnesses.droid.layers import layers, pages
from confgen.harnesses.droid.traps import TRAPS
from confgen.machine import Machine, Platform

FIRES = [*OUTRANKED_FIRE, *CHOICES_FIRE, *ENTRIES_FIRE]
SILENT = [*OUTRANKED_SILENT, *CHOICES_SILENT, *ENTRIES_SILENT]


@pytest.fixture
def scene(home: Path, work: Path) -> Scene:
    """In a repository, as Droid looks as far up as its root."""
    (work / ".git").mkdir()
    return Scene("droid", home, work)


@pytest.mark.parametrize("case", FIRES, ids=lambda case: case.id)
def test_it_fires(case: Fires, scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    scene.make(case, monkeypatch)
    scene.assert_found(case)


@pytest.mark.parametrize("case", SILENT, ids=lambda case: case.id)
def test_it_is_silent(case: Silent, scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    scene.make(case, monkeypatch)
    scene.assert_silent(case)


def test_every_trap_has_both() -> None:
    names = {trap.id for trap in TRAPS} - {"droid.own-doctor"}
    assert len(names) == len(TRAPS) - 1
    assert {case.trap for case in FIRES} == names
    assert {case.trap for case in SILENT} == names


@pytest.mark.parametrize(
    ("route", "options"),
    [("native", ()), ("native", ("--scope", "project")), ("shim", ("--route", "shim"))],
    ids=["native", "project", "shim"],
)
def test_nothing_is_found_where_it_was_just_applied(
    scene: Scene, route: str, options: tuple[str, ...]
) -> None:
    scene.apply(*options)
    assert scene.find(route) == []


def test_a_pinned_entry_of_the_project_goes_past_the_shim(scene: Scene) -> None:
    scene.apply("--route", "shim")
    scene.apply("--scope", "project")
    ((name, found),) = scene.find("shim")
    assert (name, found.level) == ("droid.shadowed", "warning")
    assert found.where == scene.place((PROJECT, '"https://openrouter.ai/api/v1"'))


def test_the_nearest_folder_wins(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    scene.apply()
    scene.put(
        {
            ".factory/settings.json": text(model="gpt-5.1"),
            "a/.factory/settings.json": text(model="gpt-5.2"),
            "a/b/c": "",
        }
    )
    monkeypatch.chdir(scene.work / "a" / "b" / "..")
    (found,) = [one for name, one in scene.find() if name == "droid.default-model"]
    assert found.where == scene.place(("a/.factory/settings.json", '"gpt-5.2"'))


ODD = '{"customModels": [5, {}, {"model": []}], "sessionDefaultSettings": [], "modelPolicy": 1}'
ADDRESS = models(entry(baseUrl="http://[", extraHeaders={}, extraArgs=None))
NO_SETTINGS = ["", "5", "[]", "{", '"x"', '{"customModels": 5}', "\ufeff{}", ODD, ADDRESS]


@pytest.mark.parametrize("content", NO_SETTINGS)
@pytest.mark.parametrize("name", [USER, USER_LOCAL, USER_LEGACY, PROJECT])
def test_no_content_makes_it_raise(scene: Scene, name: str, content: str) -> None:
    scene.apply()
    scene.put({name: content})
    assert all(found.message for _, found in scene.find())


NAMES = ("config.json", "settings.json", "settings.local.json")
LAYERS: list[tuple[Platform, str, str, str, dict[str, str], list[str]]] = [
    (
        "linux",
        "/home/me",
        "/src/repo",
        "/src/repo/a/b",
        {"FACTORY_ORG_MANAGED_SETTINGS_LOCAL_PATH": "../org.json"},
        [
            *(f"/home/me/.factory/{name}" for name in NAMES),
            *(f"/src/repo/.factory/{name}" for name in NAMES),
            *(f"/src/repo/a/.factory/{name}" for name in NAMES),
            *(f"/src/repo/a/b/.factory/{name}" for name in NAMES),
            "/src/repo/a/org.json",
            "/etc/factory/settings.json",
        ],
    ),
    (
        "darwin",
        "/Users/me",
        "/Users/me",
        "/Users/me/work",
        {},
        [
            *(f"/Users/me/.factory/{name}" for name in NAMES),
            *(f"/Users/me/work/.factory/{name}" for name in NAMES),
            "/Library/Application Support/Factory/settings.json",
        ],
    ),
    (
        "win32",
        "C:\\Users\\me",
        "D:\\",
        "D:\\src\\app",
        {},
        [
            *(f"C:\\Users\\me\\.factory\\{name}" for name in NAMES),
            *(f"D:\\src\\app\\.factory\\{name}" for name in NAMES),
            "C:\\Program Files\\Factory\\settings.json",
        ],
    ),
]


@pytest.mark.parametrize(
    ("platform", "home", "root", "cwd", "env", "expected"), LAYERS, ids=[row[0] for row in LAYERS]
)
def test_layers(
    platform: Platform, home: str, root: str, cwd: str, env: dict[str, str], expected: list[str]
) -> None:
    pure: type[PurePath] = PureWindowsPath if platform == "win32" else PurePosixPath
    machine = Machine(platform, env, pure(home), pure(cwd))
    found = layers(machine, pure(root))
    assert [str(layer.path) for layer in found] == expected
    folders = dict.fromkeys(str(pure(path).parent) for path in expected if "settings.local" in path)
    droids = [(str(folder), glob) for folder, glob in pages(machine, pure(root))]
    assert droids == [(str(pure(folder) / "droids"), "*.md") for folder in folders]
