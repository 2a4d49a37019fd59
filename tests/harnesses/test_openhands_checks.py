"""Each way in which OpenHands loses the pin: a machine where it does, and one that looks like it.

What OpenHands 1.16.0 sends on each of these machines, or which files its own Python refuses, was
recorded before its row was written.
"""

from pathlib import Path

import pytest
from applied import Fires, Scene, Silent
from openhands_around import FIRES as AROUND_FIRE
from openhands_around import SILENT as AROUND_SILENT
from openhands_files import AGENT, BARE
from openhands_lost import FIRES as LOST_FIRE
from openhands_lost import SILENT as LOST_SILENT
from openhands_profiles import FIRES as PROFILES_FIRE
from openhands_profiles import SILENT as PROFILES_SILENT

from confgen.harnesses.openhands.checks import CHECKS

FIRES = [*LOST_FIRE, *PROFILES_FIRE, *AROUND_FIRE]
SILENT = [*LOST_SILENT, *PROFILES_SILENT, *AROUND_SILENT]


@pytest.fixture
def scene(home: Path, work: Path) -> Scene:
    return Scene("openhands", home, work)


@pytest.mark.parametrize("case", FIRES, ids=lambda case: case.id)
def test_it_fires(case: Fires, scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    scene.make(case, monkeypatch)
    scene.assert_found(case)


@pytest.mark.parametrize("case", SILENT, ids=lambda case: case.id)
def test_it_is_silent(case: Silent, scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    scene.make(case, monkeypatch)
    scene.assert_silent(case)


def test_every_check_has_both() -> None:
    names = {check.id for check in CHECKS}
    assert len(names) == len(CHECKS)
    assert {case.check for case in FIRES} == names
    assert {case.check for case in SILENT} == names


@pytest.mark.parametrize("route", ["native", "shim"])
def test_nothing_is_found_where_it_was_just_applied(scene: Scene, route: str) -> None:
    scene.apply("--route", route)
    assert scene.find(route) == []


def test_a_key_that_would_go_to_the_shim(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    scene.apply("--route", "shim")
    monkeypatch.setenv("LLM_API_KEY", "sk-or-v1-any")
    ((name, found),) = scene.find("shim")
    assert (name, found.level, found.where) == ("openhands.env-override", "warning", "$LLM_API_KEY")


ODD = '{"llm": [], "condenser": {"kind": 5, "llm": 7, "max_size": "x"}}'
ODDER = '{"llm": {"model": 1, "fallback_strategy": {"fallback_llms": [5]}, "base_url": true}}'


@pytest.mark.parametrize("content", ["", "5", "[]", "{", '"x"', "\ufeff{}", ODD, ODDER])
@pytest.mark.parametrize("name", [AGENT, BARE])
def test_no_content_makes_it_raise(
    scene: Scene, name: str, content: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene.apply()
    scene.put({name: content})
    monkeypatch.setenv("LLM_MODEL", "x")
    monkeypatch.setenv("LLM_API_KEY", "k")
    assert all(found.message for _, found in scene.find())
