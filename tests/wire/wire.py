"""A client's home and the capture that confgen points it at: what the wire tests have in common."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from clients import CLIENTS
from home import KEY, Home

from confgen.capture.script import TASK
from confgen.capture.server import Capture
from confgen.verify.verdict import Expected, judge

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
        expected = Expected(lambda model: [provider] if model in models else [], UPSTREAM, key)
        assert self.capture.asked, output
        judged = [judge(request, expected) for request in self.capture.asked]
        assert [one for one in judged if not one.pinned] == []
        assert not self.capture.script, output


def of(*names: str) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("wire", names or tuple(BY_NAME), indirect=True)


def task_was_given(capture: Capture) -> bool:
    """Whether a sub-agent asked its model: the caller's own requests hold TASK as an argument."""
    return any(
        message.get("role") == "user" and TASK in json.dumps(message)
        for post in capture.asked
        for message in post.body.get("messages", ())
    )
