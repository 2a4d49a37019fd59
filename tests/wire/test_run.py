"""What the real clients send when `confgen run` starts them, and what is left of it afterwards."""

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from answers import reading
from capture import Capture, Expected, serving
from clients import REQUIRED
from home import KEY, NOTE, PATIENCE, Home, make_home
from wire import BY_NAME, HOMES, MODEL, PIN, Wire, of

OTHER_PIN: dict[str, Any] = {"only": ["novita"]}
STALE: dict[str, Any] = {"only": ["deepinfra"], "sort": "price", "allow_fallbacks": True}
"""What the user's own files hold when confgen comes: fields that would survive a deep merge."""

ROUTES = ("native", "shim")
STATES = frozenset({"confgen", ".git"})


@pytest.fixture
def capture() -> Iterator[Capture]:
    with serving() as capture:
        yield capture


@pytest.fixture
def wire(request: pytest.FixtureRequest, tmp_path: Path, capture: Capture) -> Wire:
    client = BY_NAME[request.param]
    if not client.binary.exists():
        missing = pytest.fail if REQUIRED else pytest.skip
        missing(f"{client.name} is not at {client.binary}: run .ci/install-clients")
    return Wire(make_home(tmp_path / "home", client), capture)


def start(home: Home, upstream: str, *options: str) -> subprocess.Popen[str]:
    client = home.client
    routing = ("--upstream", upstream, *options)
    return subprocess.Popen(
        (sys.executable, "-m", "confgen", "run", client.name, *routing, "--", *client.prompt),
        cwd=home.project,
        env=home.environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def run(home: Home, upstream: str, *options: str) -> str:
    """One prompt by `confgen run`, which must succeed and leave no process behind."""
    child = start(home, upstream, *options)
    try:
        output, _ = child.communicate(timeout=PATIENCE)
        assert child.returncode == 0, output
        assert no_one_is_left_of(child.pid), output
    finally:
        if child.poll() is None:
            os.killpg(child.pid, signal.SIGKILL)
    return output


def no_one_is_left_of(session: int) -> bool:
    """Whether no process but zombies belongs to the session any more."""
    shown = subprocess.run(
        ("ps", "-eo", "sess=,stat=,args="), capture_output=True, text=True, check=True
    )
    rows = (row.split(None, 2) for row in shown.stdout.splitlines())
    return not [row for row in rows if row[0] == str(session) and not row[1].startswith("Z")]


def configs(home: Home) -> dict[str, tuple[bytes, int]]:
    """The client's config files, their bytes and the time of their last change in nanoseconds."""
    return {
        name: (content, (home.root / name).stat().st_mtime_ns)
        for name, content in home.configs().items()
    }


def scratch(home: Home) -> list[Path]:
    return sorted((home.root / "confgen" / "state" / "run").glob("*"))


def assert_pinned(capture: Capture, pin: dict[str, Any], output: str) -> None:
    expected = Expected(frozenset({MODEL}), pin, KEY)
    assert capture.posts, output
    assert [post.gist for post in capture.posts if not expected.met_by(post)] == []


@of()
@pytest.mark.parametrize("route", ROUTES)
def test_a_rich_home_is_pinned_and_left_as_it_was(wire: Wire, route: str) -> None:
    shutil.copytree(HOMES / wire.home.client.name, wire.home.root, dirs_exist_ok=True)
    wire.apply("--provider", json.dumps(STALE))
    before = configs(wire.home)
    wire.capture.script.append(reading(wire.home.note))
    output = run(wire.home, wire.capture.root, "--route", route)
    assert_pinned(wire.capture, PIN, output)
    assert NOTE in json.dumps(wire.capture.posts[-1].body), "the tool's result came back"
    assert configs(wire.home) == before
    assert scratch(wire.home) == []
