"""What the capture answers: plain text or a tool call, in each of OpenRouter's three dialects."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Call:
    """One tool call."""

    name: str
    arguments: dict[str, Any]


Reply = str | Call
Step = tuple[Call, ...]
"""One tool call as each harness knows it; the first that a request offers is played."""

Answer = tuple[int, str, Sequence[bytes]]
"""Status, content type, and the pieces of the payload: the events of a stream, one by one."""

METADATA = {
    "requested": "moonshotai/kimi-k2.5",
    "strategy": "direct",
    "attempt": 1,
    "is_byok": False,
    "endpoints": {"available": [{"provider": "Fireworks", "selected": True}]},
    "attempts": [{"provider": "Fireworks", "status": 200}],
}
"""What OpenRouter adds to an answer whose request asked for it."""

TASK = "count the notes and say so"

# OpenHands refuses a call that does not rate itself.
_RISK = {"security_risk": "LOW", "summary": "look around"}


def reading(path: Path) -> Step:
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


def offered_tools(body: dict[str, Any]) -> frozenset[str]:
    """The tool names of a request, whichever dialect it speaks."""
    return frozenset(
        str((tool.get("function") or tool).get("name")) for tool in body.get("tools") or ()
    )


def answer(path: str, body: dict[str, Any], reply: Reply, *, metadata: bool = False) -> Answer:
    """What OpenRouter lacks is a 404, as with it. `metadata` tells who served in its own words."""
    told = {"openrouter_metadata": METADATA} if metadata else {}
    for ending, (whole, events) in _DIALECTS.items():
        if path.endswith(ending):
            if body.get("stream"):
                return 200, "text/event-stream", tuple(events(body, reply, told))
            return 200, "application/json", (_dump({**whole(body, reply), **told}),)
    return 404, "application/json", (b'{"error": {"code": 404, "message": "Not Found"}}',)


def _call_id(body: dict[str, Any]) -> str:
    """Another id in every turn, since harnesses match results to calls by it."""
    return f"call_{len(body.get('messages') or body.get('input') or ())}"


def _chat(body: dict[str, Any], reply: Reply) -> dict[str, Any]:
    message: dict[str, Any] = {"role": "assistant", "content": reply}
    if isinstance(reply, Call):
        message |= {"content": "", "tool_calls": [_chat_call(body, reply)]}
    return {
        "id": "gen-1",
        "object": "chat.completion",
        "created": 0,
        "model": body.get("model"),
        "provider": "Fireworks",
        "choices": [{"index": 0, "message": message, "finish_reason": _chat_finish(reply)}],
        "usage": {"prompt_tokens": 9, "completion_tokens": 3, "total_tokens": 12},
    }


def _chat_call(body: dict[str, Any], call: Call) -> dict[str, Any]:
    function = {"name": call.name, "arguments": json.dumps(call.arguments)}
    return {"index": 0, "id": _call_id(body), "type": "function", "function": function}


def _chat_finish(reply: Reply) -> str:
    return "tool_calls" if isinstance(reply, Call) else "stop"


def _chat_events(body: dict[str, Any], reply: Reply, told: dict[str, Any]) -> Iterable[bytes]:
    whole = _chat(body, reply)
    [choice] = whole["choices"]
    chunk = {**whole, "object": "chat.completion.chunk"}
    yield b": OPENROUTER PROCESSING\n\n"
    for delta, finish in ((choice["message"], None), ({}, choice["finish_reason"])):
        choices: list[object] = [{"index": 0, "delta": delta, "finish_reason": finish}]
        yield _event({**chunk, "choices": choices, **(told if finish else {})})
    yield b"data: [DONE]\n\n"


def _messages(body: dict[str, Any], reply: Reply) -> dict[str, Any]:
    called = isinstance(reply, Call)
    return {
        "id": "gen-1",
        "type": "message",
        "role": "assistant",
        "model": body.get("model"),
        "provider": "Fireworks",
        "content": [_block(body, reply)],
        "stop_reason": "tool_use" if called else "end_turn",
        "stop_sequence": None,
        "usage": {"input_tokens": 9, "output_tokens": 3},
    }


def _block(body: dict[str, Any], reply: Reply) -> dict[str, Any]:
    if isinstance(reply, Call):
        return {
            "type": "tool_use",
            "id": _call_id(body),
            "name": reply.name,
            "input": reply.arguments,
        }
    return {"type": "text", "text": reply}


def _messages_events(body: dict[str, Any], reply: Reply, told: dict[str, Any]) -> Iterable[bytes]:
    whole = _messages(body, reply)
    if isinstance(reply, Call):
        empty: dict[str, Any] = {**_block(body, reply), "input": {}}
        delta = {"type": "input_json_delta", "partial_json": json.dumps(reply.arguments)}
    else:
        empty = {"type": "text", "text": ""}
        delta = {"type": "text_delta", "text": reply}
    ending = {"stop_reason": whole["stop_reason"], "stop_sequence": None}
    for event in (
        {"type": "message_start", "message": {**whole, "content": [], "stop_reason": None}},
        {"type": "content_block_start", "index": 0, "content_block": empty},
        {"type": "content_block_delta", "index": 0, "delta": delta},
        {"type": "content_block_stop", "index": 0},
        {"type": "message_delta", "delta": ending, "usage": whole["usage"]},
        {"type": "message_stop", **told},
    ):
        yield _event(event, name=True)


def _responses(body: dict[str, Any], reply: Reply) -> dict[str, Any]:
    return {
        "id": "gen-1",
        "object": "response",
        "created_at": 0,
        "model": body.get("model"),
        "status": "completed",
        "output": [_item(body, reply)],
        "usage": {"input_tokens": 9, "output_tokens": 3, "total_tokens": 12},
    }


def _item(body: dict[str, Any], reply: Reply) -> dict[str, Any]:
    if isinstance(reply, Call):
        call = {
            "call_id": _call_id(body),
            "name": reply.name,
            "arguments": json.dumps(reply.arguments),
        }
        return {"type": "function_call", "id": "item_1", "status": "completed", **call}
    text = {"type": "output_text", "text": reply, "annotations": []}
    message = {"role": "assistant", "status": "completed", "content": [text]}
    return {"type": "message", "id": "item_1", **message}


def _responses_events(body: dict[str, Any], reply: Reply, told: dict[str, Any]) -> Iterable[bytes]:
    whole = _responses(body, reply)
    [item] = whole["output"]
    begun = {**whole, "status": "in_progress", "output": []}
    for event in (
        {"type": "response.created", "response": begun},
        {"type": "response.output_item.added", "output_index": 0, "item": item},
        {"type": "response.output_item.done", "output_index": 0, "item": item},
        {"type": "response.completed", "response": {**whole, **told}},
    ):
        yield _event(event, name=True)


def _event(event: dict[str, Any], *, name: bool = False) -> bytes:
    head = f"event: {event['type']}\n".encode() if name else b""
    return head + b"data: " + _dump(event) + b"\n\n"


def _dump(value: object) -> bytes:
    return json.dumps(value).encode()


_DIALECTS = {
    "/chat/completions": (_chat, _chat_events),
    "/messages": (_messages, _messages_events),
    "/responses": (_responses, _responses_events),
}
