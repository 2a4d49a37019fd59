"""Each way in which Droid loses the pin: a machine where it does, and one that only looks like it.

What Droid 0.225.2 sends on each of these machines was recorded before its row was written, but for
those of sub-agents and missions, which need a login.
"""

from pathlib import Path

import pytest
from applied import Fires, Scene, Silent
from droid_choices import FIRES as CHOICES_FIRE
from droid_choices import SILENT as CHOICES_SILENT
from droid_entries import FIRES as ENTRIES_FIRE
from droid_entries import SILENT as ENTRIES_SILENT
from droid_files import PROJECT, USER, USER_LEGACY, USER_LOCAL, entry, models, text
from droid_outranked import FIRES as OUTRANKED_FIRE
from droid_outranked import SILENT as OUTRANKED_SILENT

from confgen.harnesses.droid.checks import CHECKS

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


def test_every_check_has_both() -> None:
    names = {check.id for check in CHECKS} - {"droid.own-doctor"}
    assert len(names) == len(CHECKS) - 1
    assert {case.check for case in FIRES} == names
    assert {case.check for case in SILENT} == names


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
