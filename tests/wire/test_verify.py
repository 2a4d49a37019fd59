"""`confgen verify` with the real clients: the pinned are found pinned, the sabotaged are not."""

import shutil
from pathlib import Path
from typing import Any

import pytest
from case import Case, View
from harmless import HARMLESS
from home import Home
from pages import PAGES
from plugins import PLUGINS, RAN
from sabotage import SABOTAGES
from team import TEAM
from verified import verify
from wire import BY_NAME, HOMES, MODEL, PIN, home_of

# What each of them asks at least: a prompt and its tool call; the title, the sub-agents, the
# summary and the model for background work, where it has them.
ASKED = {"opencode": 6, "claude-code": 5, "droid": 2, "openhands": 5}


@pytest.fixture
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Home:
    """The home of the client that the test names, as an indirect parameter."""
    return home_of(request.param, tmp_path)


def assert_pinned(found: tuple[int, dict[str, Any]], mode: str, route: str, view: str) -> None:
    code, result = found
    assert result["verdict"] == "pinned", result
    assert (code, result["mode"], result["route"], result["view"]) == (0, mode, route, view)
    assert len(result["requests"]) >= ASKED[result["harness"]]
    assert {request["model"] for request in result["requests"]} == {MODEL}
    assert all(request["provider"] == PIN for request in result["requests"])


@pytest.mark.parametrize("route", ["native", "shim"])
@pytest.mark.parametrize("place", BY_NAME, indirect=True)
def test_pinned(place: Home, route: str) -> None:
    assert_pinned(verify(place, "--route", route), "isolated", route, "isolated")
    shutil.copytree(HOMES / place.client.name, place.root, dirs_exist_ok=True)
    place.confgen("apply", place.client.name, "--route", route, "--yes")
    for view in ("sealed", "copied"):
        assert_pinned(verify(place, view=view), "live", route, view)


@pytest.mark.parametrize("place", BY_NAME, indirect=True)
def test_nothing_to_prove(place: Home) -> None:
    code, result = verify(place, "--live")
    assert (code, result["verdict"]) == (1, "error")
    assert "nothing to prove" in result["detail"]
    assert any("--isolated" in word for word in result["words"]), result


@pytest.mark.parametrize(
    ("place", "case", "view"),
    [
        pytest.param(case.harness, case, view, id=f"{case.harness}-{case.name}-{view}")
        for case in (*SABOTAGES, *PAGES, *PLUGINS, *TEAM, *HARMLESS)
        for view in case.views
    ],
    indirect=["place"],
)
def test_home(place: Home, case: Case, view: View) -> None:
    environment = case.make(place)
    code, result = verify(place, *case.options, view=view, environment=environment)
    case.assert_said(place.root, code, result)
    assert RAN not in result["elsewhere"]
    assert (result["mode"], result["view"]) == ("live", view)
