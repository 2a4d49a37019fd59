"""`confgen shim`: what it takes, and what it says where it cannot serve.

One that serves is tested in `tests/shim`.
"""

import json
import socket
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import pytest
from conftest import Confgen, listing

KEY = "sk-or-v1-canary"
HAS_KEY = {"OPENROUTER_API_KEY": KEY}


class Wrong(NamedTuple):
    """A call that does not serve: its exit code, and words of its two lines."""

    arguments: tuple[str, ...]
    code: int
    message: str
    where: str = ""
    hint: str = ""
    env: Mapping[str, str] = HAS_KEY


WRONG = {
    "an action that does not exist": Wrong(
        ("stats",), 2, "no action 'stats'", "stats", "did you mean 'status'?"
    ),
    "two actions": Wrong(("status", "stop"), 2, "unexpected extra argument", "", "shim --help"),
    "a mode": Wrong(("--mode", "enforced"), 2, "no mode 'enforced'", "--mode", "'enforce'?"),
    "a log level": Wrong(
        ("--log-level", "debug"), 2, "no log level 'debug'", "--log-level", "error, info, warning"
    ),
    "a port": Wrong(("--port", "65536"), 2, "no port number from 1 to 65535", "--port", "8787"),
    "a port in words": Wrong(("--port", "http"), 2, "is not a valid int", "--port", "shim --help"),
    "retries": Wrong(("--retries", "-1"), 2, "no number of retries from 0 to 20", "--retries"),
    "a budget": Wrong(("--retry-budget", "-1"), 2, "no number of seconds", "--retry-budget"),
    "a pause": Wrong(("--idle-timeout", "0"), 2, "no number of seconds", "--idle-timeout"),
    "no number": Wrong(("--answer-timeout", "nan"), 2, "no number of", "--answer-timeout"),
    "a limit": Wrong(("--body-limit", "0"), 2, "no number of bytes from 1", "--body-limit"),
    "a grace": Wrong(("--grace", "-1"), 2, "not in the range", "", "shim --help"),
    "a host with a port": Wrong(
        ("--host", "localhost:80"), 2, "'host' is no address", "--host", "127.0.0.1 or ::1"
    ),
    "a host that is not here": Wrong(
        ("--host", "192.0.2.1", "--token", "long-enough"), 1, "cannot listen there", "192.0.2.1:0"
    ),
    "a host that nobody knows": Wrong(
        ("--host", "nowhere.invalid", "--token", "long-enough"),
        1,
        "cannot listen there",
        "nowhere.invalid:0",
        "another --host",
    ),
    "a host for others without a token": Wrong(
        ("--host", "0.0.0.0"),  # noqa: S104
        2,
        "a token must be asked for",
        "--host 0.0.0.0",
        "--token TEXT",
    ),
    "a host for others that asks for none": Wrong(
        ("--host", "::", "--token", "none"), 2, "a token must be asked for", "--host ::"
    ),
    "a short token": Wrong(("--token", "short"), 2, "this is no token", "--token", "at least 8"),
    "an empty token": Wrong(("--token", ""), 2, "this is no token", "--token"),
    "a token with a line end": Wrong(("--token", "long-enough\n"), 2, "this is no token"),
    "a token beyond ASCII": Wrong(("--token", "l\u00f6ng-enough"), 2, "this is no token"),
    "an upstream in the clear": Wrong(
        ("--upstream", "http://openrouter.example"), 2, "get your key in the clear", "--upstream"
    ),
    "a profile": Wrong(("--profile", "none"), 5, "no profile 'none'", "--profile"),
    "no key": Wrong(
        (), 1, "has no key for the upstream", "$OPENROUTER_API_KEY", "export OPENROUTER", {}
    ),
    "an empty key": Wrong((), 1, "has no key", env={"OPENROUTER_API_KEY": " \n"}),
    "a key of two lines": Wrong(
        (), 1, "characters that no key has", env={"OPENROUTER_API_KEY": f"{KEY}\nX-A: b"}
    ),
    "a key beyond ASCII": Wrong(
        (), 1, "characters that no key has", env={"OPENROUTER_API_KEY": f"{KEY}\u2026"}
    ),
}


@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG)
def test_a_call_that_cannot_serve(confgen: Confgen, wrong: Wrong) -> None:
    port = () if "--port" in wrong.arguments else ("--port", "0")
    ran = confgen("shim", *wrong.arguments, *port, env=wrong.env)
    assert (ran.code, ran.out) == (wrong.code, "")
    first, *hint = ran.err.splitlines()
    assert first.startswith("confgen: error: ")
    assert wrong.message in first
    assert wrong.where in first
    assert wrong.hint in "".join(hint)
    assert KEY not in ran.err
    assert "Traceback" not in ran.err


def test_a_failure_as_json(confgen: Confgen) -> None:
    ran = confgen("shim", "--json")
    assert (ran.code, ran.err) == (1, "")
    [error] = ran.json["errors"]
    assert error["where"] == "$OPENROUTER_API_KEY"
    assert error["exit_code"] == 1


def test_a_call_that_cannot_serve_leaves_no_record(confgen: Confgen, home: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = str(other.getsockname()[1])
        assert confgen("shim", "--port", port, env=HAS_KEY).code == 1
    assert not [name for name in listing(home) if "shim/" in name or "ledger" in name]


def test_settings_that_are_wrong(confgen: Confgen, work: Path, tmp_path: Path) -> None:
    own = tmp_path / "confgen.toml"
    own.write_text("[shim]\nport = 'http'")
    ran = confgen("shim", env={**HAS_KEY, "CONFGEN_CONFIG": str(own)})
    assert ran.code == 5
    assert "shim.port" in ran.err
    (work / "confgen.toml").write_text("[shim]\nhost = '0.0.0.0'")
    ran = confgen("shim", env=HAS_KEY)
    assert ran.code == 5
    assert "a project's settings may not set 'shim'" in ran.err


@pytest.mark.parametrize("action", ["status", "stop"])
def test_no_shim_runs(confgen: Confgen, home: Path, action: str) -> None:
    ran = confgen("shim", action)
    assert (ran.code, ran.err) == (1 if action == "status" else 0, "")
    assert ran.out.startswith("No shim runs.")
    assert listing(home) == {}


def test_no_shim_runs_as_json(confgen: Confgen) -> None:
    ran = confgen("shim", "status", "--json")
    assert (ran.code, ran.json) == (1, {"version": 1, "shims": []})


def test_help(confgen: Confgen) -> None:
    ran = confgen("shim", "--help")
    assert ran.code == 0
    for option in ("--port", "--host", "--mode", "--token", "--retries", "--body-limit", "--order"):
        assert option in ran.out


HEAVY = {"aiohttp", "asyncio", "msgspec", "sqlite3", "yarl", "http", "ssl"}


def test_only_the_process_that_serves_pays_for_a_server(home: Path) -> None:
    code = (
        "import json, sys\n"
        "from confgen.cli import main\n"
        "main(['shim', 'status'])\n"
        "print(json.dumps([name.split('.')[0] for name in sys.modules]), file=sys.stderr)"
    )
    child = subprocess.run(
        (sys.executable, "-c", code), capture_output=True, text=True, timeout=60, check=True
    )
    found = set(json.loads(child.stderr))
    assert "confgen" in found
    assert not found & HEAVY
    assert listing(home) == {}
