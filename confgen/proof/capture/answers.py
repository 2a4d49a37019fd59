"""What the capture answers: text, a tool call or a refusal, in each of OpenRouter's dialects."""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from confgen.proof.capture.script import Call, Overflow, Reply

Answer = tuple[int, str, Sequence[bytes]]
"""Status, content type, and the pieces of the payload: the events of a stream, one by one."""

Turn = str | Call

METADATA = {
    "requested": "moonshotai/kimi-k2.5",
    "strategy": "direct",
    "attempt": 1,
    "is_byok": False,
    "endpoints": {"available": [{"provider": "Fireworks", "selected": True}]},
    "attempts": [{"provider": "Fireworks", "status": 200}],
}
"""What OpenRouter adds to an answer whose request asked for it."""

_TOO_LONG = (
    "This endpoint's maximum context length is 4096 tokens. However, you requested about 9000 "
    "tokens (9000 of text input). Please reduce the length of either one."
)


def answer(path: str, body: Mapping[str, Any], reply: Reply, *, metadata: bool = False) -> Answer:
    """What OpenRouter lacks is a 404, as with it. `metadata` tells who served in its own words."""
    told = {"openrouter_metadata": METADATA} if metadata else {}
    if isinstance(reply, Overflow):
        return _refusal(400, _TOO_LONG)
    for ending, (whole, events) in _DIALECTS.items():
        if path.endswith(ending):
            if body.get("stream"):
                return 200, "text/event-stream", tuple(events(body, reply, told))
            return 200, "application/json", (_dump({**whole(body, reply), **told}),)
    return _refusal(404, "Not Found")


def _refusal(status: int, message: str) -> Answer:
    return status, "application/json", (_dump({"error": {"code": status, "message": message}}),)


def _call_id(body: Mapping[str, Any]) -> str:
    """Another id in every turn, since harnesses match results to calls by it."""
    return f"call_{len(body.get('messages') or body.get('input') or ())}"


def _chat(body: Mapping[str, Any], reply: Turn) -> dict[str, Any]:
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


def _chat_call(body: Mapping[str, Any], call: Call) -> dict[str, Any]:
    function = {"name": call.name, "arguments": json.dumps(dict(call.arguments))}
    return {"index": 0, "id": _call_id(body), "type": "function", "function": function}


def _chat_finish(reply: Turn) -> str:
    return "tool_calls" if isinstance(reply, Call) else "stop"


def _chat_events(body: Mapping[str, Any], reply: Turn, told: dict[str, Any]) -> Iterable[bytes]:
    whole = _chat(body, reply)
    [choice] = whole["choices"]
    chunk = {**whole, "object": "chat.completion.chunk"}
    yield b": OPENROUTER PROCESSING\n\n"
    for delta, finish in ((choice["message"], None), ({}, choice["finish_reason"])):
        choices: list[object] = [{"index": 0, "delta": delta, "finish_reason": finish}]
        yield _event({**chunk, "choices": choices, **(told if finish else {})})
    yield b"data: [DONE]\n\n"


def _messages(body: Mapping[str, Any], reply: Turn) -> dict[str, Any]:
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


def _block(body: Mapping[str, Any], reply: Turn) -> dict[str, Any]:
    if isinstance(reply, Call):
        return {
            "type": "tool_use",
            "id": _call_id(body),
            "name": reply.name,
            "input": reply.arguments,
        }
    return {"type": "text", "text": reply}


def _messages_events(body: Mapping[str, Any], reply: Turn, told: dict[str, Any]) -> Iterable[bytes]:
    whole = _messages(body, reply)
    if isinstance(reply, Call):
        empty: dict[str, Any] = {**_block(body, reply), "input": {}}
        delta = {"type": "input_json_delta", "partial_json": json.dumps(dict(reply.arguments))}
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


def _responses(body: Mapping[str, Any], reply: Turn) -> dict[str, Any]:
    return {
        "id": "gen-1",
        "object": "response",
        "created_at": 0,
        "model": body.get("model"),
        "status": "completed",
        "output": [_item(body, reply)],
        "usage": {"input_tokens": 9, "output_tokens": 3, "total_tokens": 12},
    }


def _item(body: Mapping[str, Any], reply: Turn) -> dict[str, Any]:
    if isinstance(reply, Call):
        call = {
            "call_id": _call_id(body),
            "name": reply.name,
            "arguments": json.dumps(dict(reply.arguments)),
        }
        return {"type": "function_call", "id": "item_1", "status": "completed", **call}
    text = {"type": "output_text", "text": reply, "annotations": []}
    message = {"role": "assistant", "status": "completed", "content": [text]}
    return {"type": "message", "id": "item_1", **message}


def _responses_events(
    body: Mapping[str, Any], reply: Turn, told: dict[str, Any]
) -> Iterable[bytes]:
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
