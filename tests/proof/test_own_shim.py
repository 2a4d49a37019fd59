"""The shim that stands behind the address of the user's own while a harness is proven."""

import json
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from confgen.errors import ConfgenError
from confgen.harnesses import find_harness
from confgen.machine import this_machine
from confgen.planner import Planner
from confgen.proof.capture.server import serving
from confgen.proof.claim import Claim, make_claim
from confgen.proof.own_shim import own_shim
from confgen.settings import Overrides, Settings, read_settings
from confgen.shim.token import new_token
from confgen.target import LocalShim
from confgen.write import State

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals")

TOKEN = new_token()
SETTINGS = """\
upstream = "https://gateway.example/or" # mine
[profiles.mine]
model = "a/b"
upstream = "https://other.example"
provider = { only = ["c"] }
"""


def claim() -> Claim:
    machine = this_machine()
    manifest = Planner.read(State(Path(machine.state_folder))).manifest
    settings = Settings(read_settings(machine, Path(machine.cwd)), Overrides(profile="mine"))
    shim = LocalShim("127.0.0.1:8787", TOKEN)
    harness = find_harness("opencode")
    return make_claim(harness, machine, settings, manifest, "isolated", shim)


@pytest.fixture(autouse=True)
def settings(home: Path) -> Path:
    file = home / ".config" / "confgen" / "confgen.toml"
    file.parent.mkdir(parents=True)
    file.write_text(SETTINGS)
    return file


def ask(place: tuple[str, int], token: str) -> int:
    body = json.dumps({"model": "a/b", "messages": []}).encode()
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    url = "http://{}:{}/v1/chat/completions".format(*place)
    straight = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        request = urllib.request.Request(url, body, headers)  # noqa: S310 - of this machine
        with straight.open(request, timeout=20) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code


def test_it_adds_the_pin_and_asks_the_capture(home: Path, settings: Path, tmp_path: Path) -> None:
    """With the user's profile and token, and the capture in the place of every upstream."""
    with (
        serving() as capture,
        own_shim(claim(), capture.stand_in, tmp_path, time.monotonic() + 30) as place,
    ):
        assert (ask(place, TOKEN), ask(place, new_token())) == (200, 401)
    [request] = capture.asked
    assert request.url == "https://other.example/v1/chat/completions"
    assert request.body["provider"] == {"only": ["c"]}
    assert settings.read_text() == SETTINGS
    assert not (home / ".local" / "state" / "confgen" / "shim-token").exists()
    assert still_there(tmp_path) == []


def test_one_that_does_not_come_up_says_why(tmp_path: Path) -> None:
    (tmp_path / "shim").write_text("no folder for its state")
    with (
        serving() as capture,
        pytest.raises(ConfgenError, match="did not come up") as raised,
        own_shim(claim(), capture.stand_in, tmp_path, time.monotonic() + 30),
    ):
        pass
    assert raised.value.hint
    assert still_there(tmp_path) == []


def test_one_that_is_too_slow_is_ended(tmp_path: Path) -> None:
    with (
        serving() as capture,
        pytest.raises(ConfgenError, match="did not come up"),
        own_shim(claim(), capture.stand_in, tmp_path, time.monotonic()),
    ):
        pass
    assert still_there(tmp_path) == []


def still_there(folder: Path) -> list[str]:
    """The processes whose environment names a folder."""
    found = subprocess.run(("ps", "eww", "-eo", "pid,args"), capture_output=True, check=False)
    lines = found.stdout.decode(errors="replace").splitlines()
    own = str(os.getpid())
    return [line for line in lines if f"CONFGEN_STATE={folder}" in line and own not in line]
