"""What the capture has a client do: call tools, set sub-agents to work, and shorten its story.

Each step is spelt in every harness's own words; the first that a request offers is played.
"""

import json
from collections import deque
from collections.abc import Mapping, Sequence
from pathlib import PurePath
from typing import Any, NamedTuple

TASK = "count the notes and say so"
TEXT = "Hello from the capture."


class Call(NamedTuple):
    """One tool call."""

    name: str
    arguments: Mapping[str, Any]


class Overflow(NamedTuple):
    """The refusal of a request that is longer than the model's window, as OpenRouter words it.

    `least` is how many messages the request must have: a client shortens no less than that.
    """

    least: int


Reply = str | Call | Overflow
Step = tuple[Call | Overflow, ...]

# OpenHands refuses a call that does not rate itself.
_RISK = {"security_risk": "LOW", "summary": "look around"}


def reading(path: PurePath) -> Step:
    """Have the harness read a file."""
    file = str(path)
    return (
        Call("read", {"filePath": file}),
        Call("Read", {"file_path": file}),
        Call("file_editor", {"command": "view", "path": file, **_RISK}),
    )


def delegating(agent: str) -> Step:
    """Have the harness give TASK to the sub-agent of that name."""
    task = {"description": "look around", "prompt": TASK, "subagent_type": agent}
    return Call("Agent", task), Call("task", task | _RISK)


def play(script: deque[Step], body: Mapping[str, Any]) -> Reply:
    """The first step that the request can play, which is then taken off the script; else text.

    A sub-agent gets text at once: what is left of the script is for the one that sent it.
    """
    if _is_delegated(body):
        return TEXT
    offered = offered_tools(body)
    for step in script:
        for move in step:
            if _fits(move, body, offered):
                script.remove(step)
                return move
    return TEXT


def offered_tools(body: Mapping[str, Any]) -> frozenset[str]:
    """The tool names of a request, whichever dialect it speaks."""
    tools = (tool for tool in _list(body.get("tools")) if isinstance(tool, Mapping))
    return frozenset(str(_mapping(tool.get("function"), tool).get("name")) for tool in tools)


def _fits(move: Call | Overflow, body: Mapping[str, Any], offered: frozenset[str]) -> bool:
    if isinstance(move, Overflow):
        return bool(offered) and len(_list(body.get("messages"))) >= move.least
    return move.name in offered


def _is_delegated(body: Mapping[str, Any]) -> bool:
    """Whether a sub-agent asks: to its caller TASK is an argument, to itself the user's words."""
    messages = (m for m in _list(body.get("messages")) if isinstance(m, Mapping))
    return any(m.get("role") == "user" and TASK in json.dumps(m) for m in messages)


def _list(value: object) -> Sequence[Any]:
    return value if isinstance(value, list) else []


def _mapping(value: object, otherwise: Mapping[str, Any]) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else otherwise
