"""What the real clients send once confgen has been at their files: every request, every field."""

import json
import shutil
import subprocess
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from between import shim_of
from home import KEY, NOTE
from moves import delegating, reading
from wire import (
    EVERY_FIELD,
    HOMES,
    MODEL,
    PIN,
    SMALL_MODEL,
    SUB_AGENT,
    Wire,
    of,
    task_was_given,
    wire_of,
)

from confgen.proof.capture.script import offered_tools

# The clients do not have the upstream's key, so only the shim can have sent it.
WITHOUT_KEY = {"OPENROUTER_API_KEY": ""}
TITLES = {"opencode": 1}
RULES = f"""
[profiles."kimi-k2.5".models."*haiku*"]
model = "{SMALL_MODEL}"
provider = {{ only = ["fireworks"] }}
"""


@pytest.fixture
def wire(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Wire]:
    """The wire of the client that the test names, as an indirect parameter."""
    with wire_of(request.param, tmp_path) as wire:
        yield wire


@pytest.fixture
def routed(wire: Wire) -> Iterator[Wire]:
    """The client's wire, with the shim running and the client pointed at it."""
    with shim_of(wire.home, wire.root):
        wire.home.confgen("apply", wire.home.client.name, "--route", "shim", "--yes")
        yield wire


@of()
def test_fresh_home(wire: Wire) -> None:
    before = wire.home.files()
    wire.apply()
    created = {path for path in wire.home.files() - before if not path.startswith("confgen/")}
    assert created == set(wire.home.configs())
    wire.capture.script.append(reading(wire.home.note))
    wire.assert_pinned()
    assert NOTE in json.dumps(wire.capture.asked[-1].body), "the tool's result came back"
    wire.remove()
    assert wire.home.configs() == {}


@of()
def test_rich_home(wire: Wire) -> None:
    shutil.copytree(HOMES / wire.home.client.name, wire.home.root, dirs_exist_ok=True)
    before = wire.home.configs()
    wire.apply()
    assert wire.home.configs() != before
    wire.capture.script.append(reading(wire.home.note))
    wire.assert_pinned()
    wire.assert_nothing_to_change()
    wire.remove()
    assert wire.home.configs() == before


@of()
def test_every_field_arrives(wire: Wire) -> None:
    wire.apply("--provider", json.dumps(EVERY_FIELD))
    wire.assert_pinned(EVERY_FIELD)


@of("opencode", "claude-code", "droid")
def test_project_scope(wire: Wire) -> None:
    wire.apply("--scope", "project")
    assert all(path.startswith("project/") for path in wire.home.configs())
    wire.assert_pinned()
    wire.remove("--scope", "project")
    assert not any(path.startswith("project/") for path in wire.home.configs())


@of("opencode", "claude-code", "droid")
def test_key_of_another_name(wire: Wire) -> None:
    settings = wire.home.root / "confgen" / "confgen.toml"
    settings.parent.mkdir()
    settings.write_text('api_key_env = "TEAM_KEY"\n')
    wire.apply()
    wire.assert_pinned(key="sk-or-v1-team", environment={"TEAM_KEY": "sk-or-v1-team"})


@of(*SUB_AGENT)
def test_sub_agent(wire: Wire) -> None:
    wire.apply()
    wire.capture.script.append(delegating(SUB_AGENT[wire.home.client.name]))
    wire.assert_pinned()
    assert task_was_given(wire.capture)


@of("openhands")
def test_openhands_profile_and_condenser(wire: Wire) -> None:
    shutil.copytree(HOMES / "openhands", wire.home.root, dirs_exist_ok=True)
    wire.apply()
    wire.capture.script.extend([reading(wire.home.note), delegating("helper")])
    wire.assert_pinned()
    assert task_was_given(wire.capture), "a sub-agent with a profile"
    assert any(not offered_tools(post.body) for post in wire.capture.asked), "the condenser"


@of("opencode")
def test_opencode_title_goes_to_the_small_model(wire: Wire) -> None:
    wire.apply("--small-model", SMALL_MODEL)
    wire.assert_pinned(models=frozenset({MODEL, SMALL_MODEL}))
    assert {bool(offered_tools(post.body)): post.body["model"] for post in wire.capture.asked} == {
        True: MODEL,
        False: SMALL_MODEL,
    }


@of("opencode")
def test_opencode_model_that_its_catalog_lacks(wire: Wire) -> None:
    limits = ("--context-tokens", "131072", "--output-tokens", "4321")
    wire.apply("--model", "acme/new-model", "--provider", '{"only": ["acme"]}', *limits)
    wire.assert_pinned({"only": ["acme"]}, frozenset({"acme/new-model"}))
    assert {post.body["max_tokens"] for post in wire.capture.asked} == {4321}


@of("claude-code")
def test_claude_code_with_other_credentials_in_the_shell(wire: Wire) -> None:
    wire.apply()
    stray = {"ANTHROPIC_API_KEY": "sk-ant-stray", "ANTHROPIC_AUTH_TOKEN": "stray"}
    wire.assert_pinned(environment=stray)


@of("claude-code")
@pytest.mark.parametrize(
    ("alias", "model"),
    [("haiku", SMALL_MODEL), ("sonnet", MODEL), ("opus", MODEL), ("fable", MODEL)],
)
def test_claude_code_alias_is_a_pinned_model(wire: Wire, alias: str, model: str) -> None:
    wire.apply("--small-model", SMALL_MODEL)
    wire.assert_pinned(models=frozenset({model}), arguments=("--model", alias))


@of()
def test_a_prompt_and_a_tool_through_the_shim(routed: Wire) -> None:
    routed.capture.script.append(reading(routed.home.note))
    routed.assert_pinned(environment=WITHOUT_KEY)
    assert NOTE in json.dumps(routed.capture.asked[-1].body), "the tool's result came back"
    assert routed.home.holding(KEY) == []
    turns = Counter(bool(offered_tools(post.body)) for post in routed.capture.asked)
    assert turns == Counter({True: 2, False: TITLES.get(routed.home.client.name, 0)})


@of()
def test_a_rich_home_goes_to_the_shim_and_back(wire: Wire) -> None:
    shutil.copytree(HOMES / wire.home.client.name, wire.home.root, dirs_exist_ok=True)
    before = wire.home.configs()
    with shim_of(wire.home, wire.root):
        wire.apply()
        wire.home.confgen("apply", wire.home.client.name, "--route", "shim", "--yes")
        wire.assert_pinned(environment=WITHOUT_KEY)
    wire.remove()
    assert wire.home.configs() == before


@of(*SUB_AGENT)
def test_a_sub_agent_through_the_shim(routed: Wire) -> None:
    routed.capture.script.append(delegating(SUB_AGENT[routed.home.client.name]))
    routed.assert_pinned(environment=WITHOUT_KEY)
    assert task_was_given(routed.capture)


@of("opencode", "claude-code")
def test_what_no_provider_serves_is_told_through_the_shim(routed: Wire) -> None:
    """Claude Code hides what a 404 says, and blames the model's name."""
    told = "No allowed providers are available for the selected model."
    error = {"error": {"code": 404, "message": told}}
    routed.capture.refusal = 404, json.dumps(error).encode()
    assert told in routed.home.prompt(environment=WITHOUT_KEY)
    turns = Counter(bool(offered_tools(post.body)) for post in routed.capture.asked)
    assert turns[True] == 1


@of("claude-code")
def test_models_that_the_shim_pins_each_by_itself(wire: Wire) -> None:
    """What Claude Code cannot do natively: its one pin goes with every model."""
    small = {"only": ["fireworks"]}
    with shim_of(wire.home, wire.root, settings=RULES):
        wire.home.confgen("apply", "claude-code", "--route", "shim", "--yes")
        output = wire.home.prompt("--model", "claude-haiku-4-5", environment=WITHOUT_KEY)
        output += wire.home.prompt(environment=WITHOUT_KEY)
    sent = [(post.body["model"], post.body["provider"]) for post in wire.capture.asked]
    assert sent == [(SMALL_MODEL, small), (MODEL, PIN)], output


@of("claude-code")
def test_text_appears_while_it_streams(routed: Wire) -> None:
    """The capture holds the end of its answer back until the client has printed the beginning."""
    routed.capture.gate.clear()
    printing = ("--output-format", "stream-json", "--verbose", "--include-partial-messages")
    client = routed.home.client
    with subprocess.Popen(
        (client.binary, "-p", "say hi", *printing),
        env={**routed.home.environment(), **WITHOUT_KEY},
        cwd=routed.home.project,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
    ) as child:
        assert child.stdout is not None
        lines = []
        for line in child.stdout:
            lines.append(line)
            if "Hello from the capture." in line and not routed.capture.gate.is_set():
                assert "text_delta" in line
                routed.capture.gate.set()
    assert routed.capture.gate.is_set(), lines
    assert child.returncode == 0
    assert len(routed.capture.asked) == 1
