"""What the capture answers: as OpenRouter in each of its dialects, or as whoever is not there."""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from confgen.harnesses.session import Call, Overflow
from confgen.proof.capture.record import Capture
from confgen.proof.capture.request import Request

Answer = tuple[int, str, Sequence[bytes]]
"""Status, content type, and the pieces of the payload: the events of a stream, one by one."""

Fields = dict[str, Any]
Spelt = tuple[Fields, Iterable[Fields]]
"""An answer in one dialect: whole, and as the events of a stream."""

_JSON = "application/json"
_LISTS = ("/models", "/model/info")
_METADATA = {
    "requested": "moonshotai/kimi-k2.5",
    "strategy": "direct",
    "attempt": 1,
    "is_byok": False,
    "endpoints": {"available": [{"provider": "Fireworks", "selected": True}]},
    "attempts": [{"provider": "Fireworks", "status": 200}],
}
"""What OpenRouter adds to an answer whose request asked for it: who served, in its own words."""

_TOO_LONG = (
    "This endpoint's maximum context length is 4096 tokens. However, you requested about 9000 "
    "tokens (9000 of text input). Please reduce the length of either one."
)


def answer(request: Request, capture: Capture, *, known: bool) -> Answer:
    """The answer to a request that has been recorded. What OpenRouter lacks is a 404, as with it.

    `known` says that the capture stands for whoever the request is going to.
    """
    if request.names:
        return refusal(421, f"this is not {request.names}")
    if not known:
        return _elsewhere()
    if request.method != "POST":
        return 200 if request.path.endswith(_LISTS) else 404, _JSON, (b'{"data": []}',)
    if not request.readable:
        return refusal(400, "the body is no JSON object")
    if request.path.endswith("/count_tokens"):
        return 200, _JSON, (b'{"input_tokens": 9}',)
    if capture.refusal:
        status, error = capture.refusal
        return status, _JSON, (error,)
    ending = next((ending for ending in _DIALECTS if request.path.endswith(ending)), None)
    return _in_dialect(ending, request, capture) if ending else refusal(404, "Not Found")


def refusal(status: int, message: str) -> Answer:
    """An error in OpenRouter's words."""
    return status, _JSON, (_dump({"error": {"code": status, "message": message}}),)


def _elsewhere() -> Answer:
    """What is told of another host, in words that each dialect knows.

    At a 403 Claude Code goes on for minutes; at a 404 each client gives up.
    """
    error = {"type": "not_found_error", "code": 404, "message": "nothing leaves this machine"}
    return 404, _JSON, (_dump({"type": "error", "error": error}),)


def _in_dialect(ending: str, request: Request, capture: Capture) -> Answer:
    body = request.body
    reply = capture.reply(body)
    if isinstance(reply, Overflow):
        return refusal(400, _TOO_LONG)
    wants = ("x-openrouter-metadata", "enabled") in request.headers
    told = {"openrouter_metadata": _METADATA} if wants else {}
    # Another id in every turn, since harnesses match results to calls by it.
    call_id = f"call_{len(body.get('messages') or body.get('input') or ())}"
    whole, events = _DIALECTS[ending](body.get("model"), reply, call_id, told)
    if not body.get("stream"):
        return 200, _JSON, (_dump({**whole, **told}),)
    stream = [_event(event) for event in events]
    if ending == _CHAT:
        stream = [b": OPENROUTER PROCESSING\n\n", *stream, b"data: [DONE]\n\n"]
    return 200, "text/event-stream", stream


def _chat(model: object, reply: str | Call, call_id: str, told: Fields) -> Spelt:
    message: Fields = {"role": "assistant", "content": reply}
    finish = "stop"
    if isinstance(reply, Call):
        function = {"name": reply.name, "arguments": _arguments(reply)}
        call = {"index": 0, "id": call_id, "type": "function", "function": function}
        message |= {"content": "", "tool_calls": [call]}
        finish = "tool_calls"
    head = {"id": "gen-1", "created": 0, "model": model, "provider": "Fireworks"}
    usage = {"prompt_tokens": 9, "completion_tokens": 3, "total_tokens": 12}
    choice = {"index": 0, "message": message, "finish_reason": finish}
    whole = {**head, "object": "chat.completion", "choices": [choice], "usage": usage}

    def chunk(delta: Fields, end: str | None, **more: Any) -> Fields:
        choices = [{"index": 0, "delta": delta, "finish_reason": end}]
        return {**head, "object": "chat.completion.chunk", "choices": choices, **more}

    # The finish once more, beside what it came to, as OpenRouter does it.
    last = chunk({"role": "assistant", "content": ""}, finish, usage=usage, **told)
    return whole, (chunk(message, None), chunk({}, finish), last)


def _messages(model: object, reply: str | Call, call_id: str, told: Fields) -> Spelt:
    block: Fields = {"type": "text", "text": reply}
    begun: Fields = {"type": "text", "text": ""}
    delta = {"type": "text_delta", "text": reply}
    stop = "end_turn"
    if isinstance(reply, Call):
        begun = {"type": "tool_use", "id": call_id, "name": reply.name, "input": {}}
        block = {**begun, "input": dict(reply.arguments)}
        delta = {"type": "input_json_delta", "partial_json": _arguments(reply)}
        stop = "tool_use"
    head = {"id": "gen-1", "type": "message", "role": "assistant", "model": model}
    usage = {"input_tokens": 9, "output_tokens": 3}
    rest = {"provider": "Fireworks", "stop_sequence": None, "usage": usage}
    end = {"stop_reason": stop, "stop_sequence": None}
    start = {**head, **rest, "content": [], "stop_reason": None}
    return {**head, **rest, "content": [block], "stop_reason": stop}, (
        {"type": "message_start", "message": start},
        {"type": "content_block_start", "index": 0, "content_block": begun},
        {"type": "content_block_delta", "index": 0, "delta": delta},
        {"type": "content_block_stop", "index": 0},
        {"type": "message_delta", "delta": end, "usage": usage},
        {"type": "message_stop", **told},
    )


def _responses(model: object, reply: str | Call, call_id: str, told: Fields) -> Spelt:
    item: Fields = {"id": "item_1", "status": "completed"}
    if isinstance(reply, Call):
        call = {"call_id": call_id, "name": reply.name, "arguments": _arguments(reply)}
        item |= {"type": "function_call", **call}
    else:
        text = {"type": "output_text", "text": reply, "annotations": []}
        item |= {"type": "message", "role": "assistant", "content": [text]}
    head = {"id": "gen-1", "object": "response", "created_at": 0, "model": model}
    usage = {"input_tokens": 9, "output_tokens": 3, "total_tokens": 12}
    whole = {**head, "status": "completed", "output": [item], "usage": usage}
    begun = {**head, "status": "in_progress", "output": [], "usage": None}
    return whole, (
        {"type": "response.created", "response": begun},
        {"type": "response.output_item.added", "output_index": 0, "item": item},
        {"type": "response.output_item.done", "output_index": 0, "item": item},
        {"type": "response.completed", "response": {**whole, **told}},
    )


def _arguments(call: Call) -> str:
    return json.dumps(dict(call.arguments))


def _event(event: Fields) -> bytes:
    """With its name before it, where it has one."""
    name = f"event: {event['type']}\n" if "type" in event else ""
    return name.encode() + b"data: " + _dump(event) + b"\n\n"


def _dump(value: Mapping[str, object]) -> bytes:
    return json.dumps(value).encode()


_CHAT = "/chat/completions"
_DIALECTS = {_CHAT: _chat, "/messages": _messages, "/responses": _responses}
