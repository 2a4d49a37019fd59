"""A client's home and the capture that confgen points it at: what the wire tests have in common."""

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from clients import CLIENTS, REQUIRED
from home import KEY, Home, make_home

from confgen.harnesses.session import TASK
from confgen.proof.capture.request import Request
from confgen.proof.capture.server import Capture, serving
from confgen.proof.verdict import Expected, Judged, judge

UPSTREAM = "https://openrouter.ai/api"
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

    @property
    def root(self) -> str:
        """OpenRouter's address, in the capture."""
        return self.capture.stand_in(UPSTREAM)

    def apply(self, *options: str) -> None:
        self._confgen("apply", "--upstream", self.root, "--yes", *options)

    def assert_nothing_to_change(self) -> None:
        self._confgen("diff", "--upstream", self.root)

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
        assert self.capture.asked, output
        assert leaks(self.capture.asked, provider, models, key=key) == []
        assert not self.capture.script, output


def home_of(name: str, folder: Path) -> Home:
    """The home of a client, below `folder`; without the client the test is skipped, or fails."""
    client = BY_NAME[name]
    if not client.binary.exists():
        missing = pytest.fail if REQUIRED else pytest.skip
        missing(f"{name} is not at {client.binary}: run .ci/install-clients")
    return make_home(folder / "home", client)


@contextmanager
def wire_of(name: str, folder: Path) -> Iterator[Wire]:
    with serving() as capture:
        yield Wire(home_of(name, folder), capture)


def leaks(
    requests: Iterable[Request],
    provider: dict[str, Any] = PIN,
    models: frozenset[str] = frozenset({MODEL}),
    *,
    key: str = KEY,
) -> list[Judged]:
    """Those of the requests that are none of a pinned harness."""
    expected = Expected(lambda model: [provider] if model in models else [], UPSTREAM, key)
    return [one for one in (judge(request, expected) for request in requests) if not one.pinned]


def of(*names: str) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("wire", names or tuple(BY_NAME), indirect=True)


def task_was_given(capture: Capture) -> bool:
    """Whether a sub-agent asked its model: the caller's own requests hold TASK as an argument."""
    return any(
        message.get("role") == "user" and TASK in json.dumps(message)
        for post in capture.asked
        for message in post.body.get("messages", ())
    )
