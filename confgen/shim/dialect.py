"""The dialects in which clients ask, and how each is told of an error."""

import json
from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal

Dialect = Literal["chat", "messages", "responses", "embeddings"]

_PATHS: Mapping[str, Dialect] = MappingProxyType(
    {
        "/chat/completions": "chat",
        "/messages": "messages",
        "/responses": "responses",
        "/embeddings": "embeddings",
    }
)

ERROR_TYPES: Mapping[int, str] = MappingProxyType(
    {
        400: "invalid_request_error",
        401: "authentication_error",
        402: "billing_error",
        403: "permission_error",
        404: "not_found_error",
        408: "timeout_error",
        413: "request_too_large",
        429: "rate_limit_error",
        504: "timeout_error",
        529: "overloaded_error",
    }
)
"""Anthropic's names of errors, by HTTP status, where it has one of its own."""

_FIRST_SERVER_STATUS = 500
_BROKEN = 502
_SERVER_ERROR = "server_error"  # OpenAI's code for it


def dialect_of(path: str) -> Dialect | None:
    """The dialect of a path below `/v1`, without its query."""
    return _PATHS.get(path)


def error_body(dialect: Dialect, status: int, message: str) -> bytes:
    """The JSON of an error answer, as the dialect's own server writes it."""
    if dialect == "messages":
        return _dump(_messages_error(_type_of(status), message))
    return _dump({"error": {"code": status, "message": message}})


def error_event(dialect: Dialect, message: str) -> bytes:
    """The SSE events that end a broken stream as an error.

    It begins with a blank line, since the stream may have broken off within a line.
    """
    if dialect == "messages":
        # A cut says nothing of the provider's load: this is no overloaded_error.
        return b"\n\n" + _event("error", _messages_error("api_error", message))
    if dialect == "responses":
        return b"\n\n" + _response_failed(message) + _response_error(message)
    return b"\n\n" + _chat_error(message)


def _chat_error(message: str) -> bytes:
    """The chunk with which OpenRouter itself says it; OpenCode 1.18.33 and Droid 0.215 try again.

    No `[DONE]` follows: to a client that overlooks the error, it would be a good end.
    """
    chunk = {
        "id": "",
        "object": "chat.completion.chunk",
        "created": 0,
        "model": "",
        "choices": [{"index": 0, "delta": {"content": ""}, "finish_reason": "error"}],
        "error": {"code": _BROKEN, "message": message},
    }
    return b"data: " + _dump(chunk) + b"\n\n"


def _response_failed(message: str) -> bytes:
    """What Codex reads, by its source, and Droid 0.225.2."""
    response = {
        "id": "",
        "object": "response",
        "created_at": 0,
        "model": "",
        "status": "failed",
        "output": [],
        "error": {"code": _SERVER_ERROR, "message": message},
    }
    failed = {"type": "response.failed", "sequence_number": 0, "response": response}
    return _event("response.failed", failed)


def _response_error(message: str) -> bytes:
    """What OpenAI's libraries and the AI SDK read, some in the event and some in its `error`."""
    said = {"code": _SERVER_ERROR, "message": message, "param": None}
    error = {
        "type": "error",
        "sequence_number": 0,
        **said,
        "error": {"type": _SERVER_ERROR, **said},
    }
    return _event("error", error)


def _messages_error(kind: str, message: str) -> dict[str, object]:
    return {"type": "error", "error": {"type": kind, "message": message}}


def _type_of(status: int) -> str:
    rest = "api_error" if status >= _FIRST_SERVER_STATUS else "invalid_request_error"
    return ERROR_TYPES.get(status, rest)


def _event(name: str, content: object) -> bytes:
    return b"event: " + name.encode() + b"\ndata: " + _dump(content) + b"\n\n"


def _dump(content: object) -> bytes:
    """ASCII, so that a message with half a surrogate pair can be told too."""
    return json.dumps(content).encode("ascii")
