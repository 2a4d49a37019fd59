"""`confgen verify` with the real clients: the pinned are found pinned, the sabotaged are not."""

import json
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from home import KEY, PATIENCE, Home
from sabotage import SABOTAGES, Sabotage
from wire import BY_NAME, HOMES, MODEL, PIN, home_of

# What each of them asks at least: a prompt and its tool call; the title, the sub-agents, the
# summary and the model for background work, where it has them.
ASKED = {"opencode": 6, "claude-code": 5, "droid": 2, "openhands": 5}


@pytest.fixture
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Home:
    """The home of the client that the test names, as an indirect parameter."""
    return home_of(request.param, tmp_path)


def verify(
    home: Home, *options: str, environment: Mapping[str, str] | None = None
) -> tuple[int, dict[str, Any]]:
    """The exit code, and the one result. The home is as it was, to the byte and the minute."""
    before = listing(home.root)
    child = subprocess.run(
        (sys.executable, "-m", "confgen", "verify", home.client.name, "--json", *options),
        env={**home.environment(), **(environment or {})},
        cwd=home.project,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert listing(home.root) == before
    assert KEY not in child.stdout
    (result,) = json.loads(child.stdout)["results"]
    return child.returncode, result


def listing(folder: Path) -> dict[str, tuple[int, bytes | None]]:
    return {
        path.relative_to(folder).as_posix(): (
            path.lstat().st_mtime_ns,
            path.read_bytes() if path.is_file() and not path.is_symlink() else None,
        )
        for path in folder.rglob("*")
    }


def assert_pinned(found: tuple[int, dict[str, Any]], mode: str, route: str) -> None:
    code, result = found
    assert result["verdict"] == "pinned", result
    assert (code, result["mode"], result["route"]) == (0, mode, route)
    assert len(result["requests"]) >= ASKED[result["harness"]]
    assert {request["model"] for request in result["requests"]} == {MODEL}
    assert all(request["provider"] == PIN for request in result["requests"])


@pytest.mark.parametrize("route", ["native", "shim"])
@pytest.mark.parametrize("place", BY_NAME, indirect=True)
def test_pinned(place: Home, route: str) -> None:
    assert_pinned(verify(place, "--route", route), "isolated", route)
    shutil.copytree(HOMES / place.client.name, place.root, dirs_exist_ok=True)
    place.confgen("apply", place.client.name, "--route", route, "--yes")
    assert_pinned(verify(place), "live", route)


@pytest.mark.parametrize(
    ("place", "sabotage"),
    [pytest.param(s.harness, s, id=f"{s.harness}-{s.name}") for s in SABOTAGES],
    indirect=["place"],
)
def test_sabotaged(place: Home, sabotage: Sabotage) -> None:
    if sabotage.applied:
        place.confgen("apply", place.client.name, "--route", sabotage.route, "--yes")
    sabotage.spoil(place.root)
    environment = {
        name: value.replace("{home}", str(place.root))
        for name, value in sabotage.environment.items()
    }
    code, result = verify(place, "--live", environment=environment)
    assert result["verdict"] == sabotage.verdict, result
    assert sabotage.detail in result["detail"], result
    assert (code, result["mode"]) == (1, "live")
    causes = [(cause["check"], cause["where"] or "") for cause in result["causes"]]
    assert [where for check, where in causes if check == sabotage.check and sabotage.place in where]
