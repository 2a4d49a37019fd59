"""What the real clients send when `confgen run` starts them, and what is left of it afterwards."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from home import NOTE, PATIENCE, Home
from moves import reading
from wire import HOMES, PIN, Wire, leaks, of, wire_of

from confgen.proof.capture.request import Request
from confgen.proof.capture.server import Capture

OTHER_PIN: dict[str, Any] = {"only": ["fireworks"], "zdr": True}
STALE: dict[str, Any] = {"only": ["deepinfra"], "sort": "price", "allow_fallbacks": True}
"""What the user's own files hold when confgen comes: fields that would survive a deep merge."""

ROUTES = ("native", "shim")
REWRITTEN = frozenset({".claude.json"})
"""What the clients write themselves although it was there before."""

MADE_BY_ITSELF = frozenset({".config/opencode/opencode.jsonc"})
"""The config files that the clients make themselves when they start the first time."""


def _openhands_session(output: str) -> tuple[str, str]:
    found = re.search(r"--resume (\S+)", output)
    assert found, output
    return "--resume", found[1]


RESUMED: Mapping[str, Callable[[str], tuple[str, ...]]] = {
    "opencode": lambda _: ("--continue",),
    "claude-code": lambda _: ("--continue",),
    "openhands": _openhands_session,
}


@pytest.fixture
def wire(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Wire]:
    """The wire of the client that the test names, as an indirect parameter."""
    with wire_of(request.param, tmp_path) as wire:
        yield wire


def start(
    home: Home,
    upstream: str,
    *options: str,
    ask: str = "say hi",
    more: Sequence[str] = (),
    env: Mapping[str, str] | None = None,
) -> subprocess.Popen[str]:
    """`confgen run` with one prompt and `more` arguments of the client's own."""
    client = home.client
    routing = ("--upstream", upstream, *options)
    prompt = (ask if word == "say hi" else word for word in client.prompt)
    return subprocess.Popen(
        (sys.executable, "-m", "confgen", "run", client.name, *routing, "--", *prompt, *more),
        cwd=home.project,
        env={**home.environment(), **(env or {})},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def run(home: Home, upstream: str, *options: str, **how: Any) -> str:
    """One prompt by `confgen run`, which must succeed and leave no process behind."""
    child = start(home, upstream, *options, **how)
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


def everything(home: Home) -> dict[str, tuple[bytes, int]]:
    """Every file of the home, confgen's own aside: its bytes and its time in nanoseconds."""
    own = home.root / "confgen"
    files = (home.root / name for name in home.files())
    return {
        path.relative_to(home.root).as_posix(): (path.read_bytes(), path.stat().st_mtime_ns)
        for path in files
        if not path.is_relative_to(own)
    }


def asks(post: Request, words: str) -> bool:
    return words in json.dumps(post.body.get("messages"))


def scratch(home: Home) -> list[Path]:
    return sorted((home.root / "confgen" / "state" / "run").glob("*"))


def assert_pinned(capture: Capture, pin: dict[str, Any], output: str) -> None:
    assert capture.asked, output
    assert leaks(capture.asked, pin) == []


@of()
@pytest.mark.parametrize("route", ROUTES)
def test_a_rich_home_is_pinned_and_left_as_it_was(wire: Wire, route: str) -> None:
    shutil.copytree(HOMES / wire.home.client.name, wire.home.root, dirs_exist_ok=True)
    wire.apply("--provider", json.dumps(STALE))
    before = configs(wire.home)
    wire.capture.script.append(reading(wire.home.note))
    output = run(wire.home, wire.root, "--route", route)
    assert_pinned(wire.capture, PIN, output)
    assert NOTE in json.dumps(wire.capture.asked[-1].body), "the tool's result came back"
    assert configs(wire.home) == before
    assert scratch(wire.home) == []


@of()
@pytest.mark.parametrize("route", ROUTES)
def test_an_empty_home_gets_nothing_but_the_clients_own(wire: Wire, route: str) -> None:
    """Whatever stood there before keeps its bytes and its time; no config file is made."""
    before = everything(wire.home)
    output = run(wire.home, wire.root, "--route", route)
    assert_pinned(wire.capture, PIN, output)
    after = everything(wire.home)
    assert {name for name, entry in before.items() if after.get(name) != entry} <= REWRITTEN
    assert configs(wire.home).keys() <= MADE_BY_ITSELF


@of()
@pytest.mark.parametrize("route", ROUTES)
def test_two_runs_at_once_do_not_meet(wire: Wire, route: str) -> None:
    """Each sends its own prompt with its own pin, from one home."""
    if wire.home.client.name == "opencode":
        # Two that start for the first time at once quarrel over the making of its database.
        run(wire.home, wire.root)
        wire.capture.requests.clear()
    pins = {"say one": PIN, "say two": OTHER_PIN}
    children = [
        start(wire.home, wire.root, "--route", route, "--provider", json.dumps(pin), ask=ask)
        for ask, pin in pins.items()
    ]
    try:
        outputs = [child.communicate(timeout=PATIENCE)[0] for child in children]
        assert [child.returncode for child in children] == [0, 0], outputs
    finally:
        for child in children:
            if child.poll() is None:
                os.killpg(child.pid, signal.SIGKILL)
    sent = {
        ask: [post.body.get("provider") for post in wire.capture.asked if asks(post, ask)]
        for ask in pins
    }
    assert all(sent.values()), outputs
    assert all(found == pins[ask] for ask, pin in sent.items() for found in pin), sent
    assert sum(map(len, sent.values())) == len(wire.capture.asked)
    assert scratch(wire.home) == []


@of(*RESUMED)
def test_a_session_of_another_model_goes_on_pinned(wire: Wire) -> None:
    """What was begun without confgen, with another pin, is continued by a run."""
    go_on = RESUMED[wire.home.client.name]
    wire.apply("--model", "qwen/qwen3-8b", "--provider", json.dumps(STALE))
    first = wire.home.prompt()
    begun = len(wire.capture.asked)
    assert begun, first
    output = run(wire.home, wire.root, more=go_on(first))
    assert len(wire.capture.asked) > begun, output
    assert leaks(wire.capture.asked[begun:]) == []
    assert "say hi" in json.dumps(wire.capture.asked[-1].body["messages"][:-1]), "the same session"


@of("openhands")
def test_openhands_sees_its_mcp_servers(wire: Wire) -> None:
    started = wire.home.root / "mcp-started"
    server = {"command": "sh", "args": ["-c", f"touch {started}"], "transport": "stdio"}
    config = wire.home.root / ".openhands" / "mcp.json"
    config.parent.mkdir()
    config.write_text(json.dumps({"mcpServers": {"probe": server}}))
    run(wire.home, wire.root)
    assert started.exists()


@of("opencode")
def test_opencode_sends_nothing_to_a_model_that_is_not_pinned(wire: Wire) -> None:
    """Neither one that an option asks for, nor an agent's own."""
    agent = wire.home.root / ".config" / "opencode" / "agent" / "helper.md"
    agent.parent.mkdir(parents=True)
    agent.write_text("---\ndescription: helps\nmodel: openrouter/qwen/qwen3-8b\n---\nHelp.\n")
    other = ("-m", "openrouter/qwen/qwen3-8b")
    with start(wire.home, wire.root, more=other) as child:
        child.communicate(timeout=PATIENCE)
    assert child.returncode != 0
    assert wire.capture.asked == ()
    output = run(wire.home, wire.root, more=("--agent", "helper"))
    assert_pinned(wire.capture, PIN, output)


@of("claude-code")
def test_claude_code_with_other_credentials_in_the_shell(wire: Wire) -> None:
    stray = {
        "ANTHROPIC_API_KEY": "sk-ant-stray",
        "ANTHROPIC_AUTH_TOKEN": "stray",
        "CLAUDE_CODE_EXTRA_BODY": json.dumps({"provider": STALE}),
        "CLAUDE_CODE_USE_BEDROCK": "1",
    }
    output = run(wire.home, wire.root, env=stray)
    assert_pinned(wire.capture, PIN, output)


@of("opencode", "claude-code")
def test_what_env_prints_pins(wire: Wire) -> None:
    upstream = wire.root
    lines = wire.home.confgen("env", wire.home.client.name, "--shell", "sh", "--upstream", upstream)
    client = wire.home.client
    ran = subprocess.run(
        ("sh", "-c", f'{lines}\nexec "$@"', "sh", client.command, *client.prompt),
        cwd=wire.home.project,
        env=wire.home.environment(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert_pinned(wire.capture, PIN, ran.stdout + ran.stderr)
