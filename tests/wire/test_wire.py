"""What the real clients send once confgen has been at their files: every request, every field."""

import json
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from answers import TASK, delegating, offered_tools, reading
from capture import Capture, Expected, serving
from clients import CLIENTS, REQUIRED
from home import KEY, NOTE, Home, make_home

MODEL = "moonshotai/kimi-k2.5"
SMALL_MODEL = "qwen/qwen3-8b"
PIN: dict[str, Any] = {"order": ["fireworks"], "allow_fallbacks": False}
EVERY_FIELD: dict[str, Any] = {
    "order": ["fireworks", "deepinfra/turbo"],
    "only": ["fireworks", "deepinfra"],
    "ignore": ["novita"],
    "allow_fallbacks": False,
    "require_parameters": True,
    "data_collection": "deny",
    "zdr": True,
    "enforce_distillable_text": False,
    "quantizations": ["fp8", "bf16"],
    "sort": {"by": "throughput", "partition": "none"},
    "preferred_min_throughput": {"p50": 40, "p90": 12.5},
    "preferred_max_latency": {"p50": 1, "p99": 8.25},
    "max_price": {"prompt": "0.6", "completion": "3.00"},
}
HOMES = Path(__file__).with_name("homes")
BY_NAME = {client.name: client for client in CLIENTS}
SUB_AGENT = {
    "opencode": "general",
    "claude-code": "general-purpose",
    "openhands": "general-purpose",
}


@dataclass(frozen=True, slots=True)
class Wire:
    """A client's home and the capture that confgen points it at."""

    home: Home
    capture: Capture

    def apply(self, *options: str) -> None:
        self._confgen("apply", "--upstream", self.capture.root, "--yes", *options)

    def assert_nothing_to_change(self) -> None:
        self._confgen("diff", "--upstream", self.capture.root)

    def remove(self, *options: str) -> None:
        self._confgen("remove", "--yes", *options)

    def _confgen(self, command: str, *options: str) -> None:
        self.home.confgen(command, self.home.client.name, *options)

    def assert_pinned(
        self,
        provider: dict[str, Any] = PIN,
        models: frozenset[str] = frozenset({MODEL}),
        *,
        key: str = KEY,
        arguments: tuple[str, ...] = (),
        environment: Mapping[str, str] | None = None,
    ) -> None:
        """Run one prompt: something was sent, all of it pinned, and the script was played."""
        output = self.home.prompt(*arguments, environment=environment)
        expected = Expected(models, provider, key)
        assert self.capture.posts, output
        assert [post.gist for post in self.capture.posts if not expected.met_by(post)] == []
        assert not self.capture.script, output


@pytest.fixture
def capture() -> Iterator[Capture]:
    with serving() as capture:
        yield capture


@pytest.fixture
def wire(request: pytest.FixtureRequest, tmp_path: Path, capture: Capture) -> Wire:
    """The wire of the client that the test names, as an indirect parameter."""
    client = BY_NAME[request.param]
    if not client.binary.exists():
        missing = pytest.fail if REQUIRED else pytest.skip
        missing(f"{client.name} is not at {client.binary}: run .ci/install-clients")
    return Wire(make_home(tmp_path / "home", client), capture)


def of(*names: str) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("wire", names or tuple(BY_NAME), indirect=True)


def task_was_given(capture: Capture) -> bool:
    """Whether a sub-agent asked its model: the caller's own requests hold TASK as an argument."""
    return any(
        message.get("role") == "user" and TASK in json.dumps(message)
        for post in capture.posts
        for message in post.body.get("messages", ())
    )


@of()
def test_fresh_home(wire: Wire) -> None:
    before = wire.home.files()
    wire.apply()
    created = {path for path in wire.home.files() - before if not path.startswith("confgen/")}
    assert created == set(wire.home.configs())
    wire.capture.script.append(reading(wire.home.note))
    wire.assert_pinned()
    assert NOTE in json.dumps(wire.capture.posts[-1].body), "the tool's result came back"
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
    assert any(not offered_tools(post.body) for post in wire.capture.posts), "the condenser"


@of("opencode")
def test_opencode_title_goes_to_the_small_model(wire: Wire) -> None:
    wire.apply("--small-model", SMALL_MODEL)
    wire.assert_pinned(models=frozenset({MODEL, SMALL_MODEL}))
    assert {bool(offered_tools(post.body)): post.body["model"] for post in wire.capture.posts} == {
        True: MODEL,
        False: SMALL_MODEL,
    }


@of("opencode")
def test_opencode_model_that_its_catalog_lacks(wire: Wire) -> None:
    limits = ("--context-tokens", "131072", "--output-tokens", "4321")
    wire.apply("--model", "acme/new-model", "--provider", '{"only": ["acme"]}', *limits)
    wire.assert_pinned({"only": ["acme"]}, frozenset({"acme/new-model"}))
    assert {post.body["max_tokens"] for post in wire.capture.posts} == {4321}


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
