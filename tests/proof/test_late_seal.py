"""A seal that fails late: the copies are taken, and nothing of the first try counts."""

import json
import sys
from pathlib import Path
from typing import Any

import pytest
from stubs import Stub

from confgen.cli import main

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="namespaces are Linux's")

# What stands for `unshare`: it takes the plan, and gives up in its own way.
UNSHARE = """\
import json, socket, sys, time
control = socket.socket(fileno=int(sys.argv[-1]))
plan = control.recv(1 << 20)
"""
FAILURES = {
    "it says why": 'control.sendall(json.dumps({"error": "no overlay"}).encode() + b"\\n")',
    "it goes without a word": "",
    "it never answers": "time.sleep(600)",
}


@pytest.fixture
def pinned(programs: Path, home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["show", "opencode"]) == 0
    config = home / ".config" / "opencode" / "opencode.jsonc"
    config.parent.mkdir(parents=True)
    config.write_text(capsys.readouterr().out)
    Stub("", "session()", "").install(programs, "left-by-a-late-seal")


def unshare(programs: Path, code: str) -> None:
    script = programs / "unshare"
    script.write_text(f"#!{sys.executable}\n{UNSHARE}{code}\n")
    script.chmod(0o755)


def verified(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    main(["verify", "opencode", "--json", "--timeout", "60"])
    (result,) = json.loads(capsys.readouterr().out)["results"]
    found: dict[str, Any] = result
    return found


@pytest.mark.usefixtures("pinned")
@pytest.mark.parametrize("failure", FAILURES)
def test_the_copies_are_taken(
    programs: Path,
    failure: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("confgen.proof.view.sealed._PATIENCE", 1.0)
    unshare(programs, FAILURES[failure])
    result = verified(capsys)
    assert (result["verdict"], result["view"]) == ("pinned", "copied"), result
    assert len(result["requests"]) == 5
    assert (result["elsewhere"], result["not_played"]) == ([], [])


# One that is ready, and breaks when it is to run something.
BREAKS = """\
own = [socket.create_server(("127.0.0.1", 0))]
line = json.dumps({"ready": [1]}).encode() + b"\\n"
socket.send_fds(control, [line], [own[0].fileno()])
control.recv(1 << 20)
"""


@pytest.mark.usefixtures("pinned")
def test_a_seal_that_breaks_is_an_error(programs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What the harness has done in there is not known: no other view may hide that."""
    unshare(programs, BREAKS)
    result = verified(capsys)
    assert (result["verdict"], result["requests"]) == ("error", [])
    assert "the seal broke while the harness ran in it" in result["detail"]
