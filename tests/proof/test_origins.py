"""Where in the user's files something stands that decides on a proof."""

import json
from pathlib import Path
from typing import Any

import pytest

from confgen.errors import ConfgenError
from confgen.harnesses import find_harness
from confgen.harnesses.reading import Reading
from confgen.machine import this_machine
from confgen.planner import Planner
from confgen.proof.capture.request import Request
from confgen.proof.claim import Claim, make_claim
from confgen.proof.origins import assignments, check_proxies, origins
from confgen.proof.verdict import Judged
from confgen.settings import Overrides, Settings, read_settings
from confgen.target import LocalShim
from confgen.write import State

OTHER: dict[str, Any] = {"only": ["together"]}


def claim(harness: str) -> Claim:
    machine = this_machine()
    manifest = Planner.read(State(Path(machine.state_folder))).manifest
    settings = Settings(read_settings(machine, Path(machine.cwd)), Overrides())
    shim = LocalShim("127.0.0.1:8787")
    return make_claim(find_harness(harness), machine, settings, manifest, "isolated", shim)


def reading(harness: str) -> Reading:
    return claim(harness).reading


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


@pytest.mark.parametrize(
    ("name", "value", "is_refused"),
    [
        ("HTTPS_PROXY", "http://a.b:1", True),
        ("https_proxy", "http://a.b:1", True),
        ("ALL_PROXY", "socks5://a.b", True),
        ("HTTP_PROXY", "", False),
        ("NO_PROXY", "openrouter.ai", True),
        ("no_proxy", "*", True),
        ("NO_PROXY", "localhost, 127.0.0.1,openrouter.ai", True),
        ("NO_PROXY", "localhost, 127.0.0.1", False),
        ("MY_PROXY", "http://a.b:1", False),
    ],
)
def test_proxies_that_a_config_sets(home: Path, name: str, value: str, is_refused: bool) -> None:
    file = write(home / ".claude/settings.json", json.dumps({"env": {"A": "b", name: value}}))
    found = reading("claude-code")
    if not is_refused:
        check_proxies(found)
        return
    with pytest.raises(ConfgenError, match="past whatever looks") as raised:
        check_proxies(found)
    assert raised.value.where == f"{file}:1:{file.read_text().index(json.dumps(value)) + 1}"
    assert name in str(raised.value)


@pytest.mark.parametrize(
    ("line", "column"),
    [
        ("HTTPS_PROXY=http://a.b:1", 1),
        ("  export https_proxy = 'http://a.b:1'", 10),
        ('NO_PROXY="openrouter.ai"', 1),
        ("# HTTPS_PROXY=http://a.b:1", 0),
        ("HTTPS_PROXY=", 0),
        ("NO_PROXY=localhost", 0),
    ],
)
def test_proxies_that_a_dotenv_sets(work: Path, line: str, column: int) -> None:
    file = write(work / ".env", f"A=b\n{line}\n")
    found = reading("openhands")
    if not column:
        check_proxies(found)
        return
    with pytest.raises(ConfgenError) as raised:
        check_proxies(found)
    assert raised.value.where == f"{file}:2:{column}"


def test_a_dotenv_that_the_harness_does_not_read(work: Path) -> None:
    write(work / ".env", "HTTPS_PROXY=http://a.b:1\n")
    assert list(assignments(reading("opencode"))) == []


def leaked(provider: object) -> Judged:
    body = {"model": "a/b", "provider": provider} if provider else {"model": "a/b"}
    return Judged(Request("POST", "https://openrouter.ai/api/v1/messages", (), body), "a leak")


def test_both_files_of_a_difference_are_named(home: Path, work: Path) -> None:
    """The pin that was sent, and the one that is asked for."""
    text = f'{{\n  "customModels": [\n    {{"extraArgs": {{"provider": {json.dumps(OTHER)}}}}}]}}'
    file = write(home / ".factory/settings.json", text)
    settings = write(
        work / "confgen.toml",
        'profile = "x"\n[profiles.x]\nmodel = "a/b"\nprovider = { only = ["c"] }\n',
    )
    found = list(origins(claim("droid"), (leaked(OTHER),)))
    assert found[0] == f"that stands in {file}:3:32"
    assert found[1].startswith(str(settings))
    assert found[1].endswith('asks for {"only": ["c"]}')


def test_a_pin_that_is_spelt_in_a_variable_is_found(home: Path) -> None:
    spelt = json.dumps(json.dumps({"provider": OTHER}))
    file = write(
        home / ".claude/settings.json", f'{{"env": {{"CLAUDE_CODE_EXTRA_BODY": {spelt}}}}}'
    )
    [first, _] = origins(claim("claude-code"), (leaked(OTHER),))
    assert first == f"that stands in {file}:1:36"


@pytest.mark.parametrize("provider", [None, {"only": ["nowhere"]}, "text"])
def test_a_pin_that_stands_nowhere(home: Path, provider: object) -> None:
    write(home / ".factory/settings.json", json.dumps({"x": {"provider": OTHER}, "y": "{"}))
    assert list(origins(claim("droid"), (leaked(provider),))) == []
