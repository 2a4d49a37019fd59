"""What the capture has a client do: each step is played by the first request that can."""

from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from confgen.harnesses.session import TASK, Call, Overflow, Step

TEXT = "Hello from the capture."

Reply = str | Step
Moves = Step | tuple[Step, ...]
"""A step; or several ways to put it, of which the first that a request offers is played."""


def play(script: deque[Moves], body: Mapping[str, Any]) -> Reply:
    """The first step that the request can play, which is then taken off the script; else text.

    A sub-agent gets text at once: what is left of the script is for the one that sent it.
    """
    if _is_delegated(body):
        return TEXT
    offered = offered_tools(body)
    for step in script:
        for move in _moves_of(step):
            if _fits(move, body, offered):
                script.remove(step)
                return move
    return TEXT


def told(steps: Iterable[Moves]) -> tuple[str, ...]:
    """What steps are called: a tool with what it was to be called with, in short."""
    return tuple(_told(_moves_of(step)[0]) for step in steps)


def _told(step: Step) -> str:
    if isinstance(step, Overflow):
        return "the shortening of a long session"
    texts = (value for value in step.arguments.values() if isinstance(value, str))
    return f"{step.name}({', '.join(text for text in texts if TASK not in text)})"


def unheard(played: Iterable[Step], bodies: Sequence[Mapping[str, Any]]) -> Iterator[Step]:
    """The tasks of sub-agents that none of these requests brings before a model.

    One that was set to work may have failed before it asked, where its user's would not; or it
    asked where nobody looks.
    """
    # Whoever sums a session up sends its tasks along, among much else.
    heard = {text.strip() for body in bodies for text in _said(body)}
    for step in played:
        texts = step.arguments.values() if isinstance(step, Call) else ()
        tasks = [text for text in texts if isinstance(text, str) and TASK in text]
        if not heard.issuperset(tasks):
            yield step


def _moves_of(step: Moves) -> tuple[Step, ...]:
    return (step,) if isinstance(step, Call | Overflow) else step


def offered_tools(body: Mapping[str, Any]) -> frozenset[str]:
    """The tool names of a request, whichever dialect it speaks."""
    tools = ((tool, tool.get("function")) for tool in _objects(body, "tools"))
    found = (inner if isinstance(inner, Mapping) else tool for tool, inner in tools)
    return frozenset(str(tool.get("name")) for tool in found)


def _fits(move: Step, body: Mapping[str, Any], offered: frozenset[str]) -> bool:
    if isinstance(move, Overflow):
        return bool(offered) and len(_objects(body, "messages")) >= move.least
    return move.name in offered


def _is_delegated(body: Mapping[str, Any]) -> bool:
    """Whether a sub-agent asks: to its caller TASK is an argument, to itself the user's words."""
    return any(TASK in text for text in _said(body))


def _said(body: Mapping[str, Any]) -> Iterator[str]:
    """The texts of the user's messages."""
    for message in (*_objects(body, "messages"), *_objects(body, "input")):
        if message.get("role") == "user":
            yield from (str(block.get("text", "")) for block in _objects(message, "content"))
            if isinstance(content := message.get("content"), str):
                yield content


def _objects(body: Mapping[str, Any], name: str) -> Sequence[Mapping[str, Any]]:
    found = body.get(name)
    return [one for one in found if isinstance(one, Mapping)] if isinstance(found, list) else []
