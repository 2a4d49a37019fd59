import json
from typing import Any

import pytest

from confgen.shim.dialect import Dialect, dialect_of, error_body, error_event
from confgen.shim.stream import Watch
from confgen.shim.verdict import judge_error


@pytest.mark.parametrize(
    ("path", "dialect"),
    [
        ("/messages", "messages"),
        ("/chat/completions", "chat"),
        ("/responses", "responses"),
        ("/embeddings", "embeddings"),
        ("/messages/count_tokens", None),
        ("/chat/completions/", None),
        ("/completions", None),
        ("/v1/messages", None),
        ("", None),
    ],
)
def test_each_path_has_its_dialect(path: str, dialect: Dialect | None) -> None:
    assert dialect_of(path) == dialect


@pytest.mark.parametrize("dialect", ["chat", "responses", "embeddings"])
def test_openrouters_form_of_an_error(dialect: Dialect) -> None:
    body = json.loads(error_body(dialect, 429, "too many"))
    assert body == {"error": {"code": 429, "message": "too many"}}


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, "invalid_request_error"),
        (401, "authentication_error"),
        (402, "billing_error"),
        (403, "permission_error"),
        (404, "not_found_error"),
        (405, "invalid_request_error"),
        (408, "timeout_error"),
        (413, "request_too_large"),
        (422, "invalid_request_error"),
        (424, "invalid_request_error"),
        (429, "rate_limit_error"),
        (500, "api_error"),
        (502, "api_error"),
        (503, "api_error"),
        (504, "timeout_error"),
        (529, "overloaded_error"),
    ],
)
def test_anthropics_form_of_an_error(status: int, kind: str) -> None:
    body = json.loads(error_body("messages", status, "no"))
    assert body == {"type": "error", "error": {"type": kind, "message": "no"}}


ODD = 'she said "no"\n\x1b[31m \ud83d half a pair, 何'


@pytest.mark.parametrize("dialect", ["chat", "messages", "responses", "embeddings"])
def test_any_message_can_be_told(dialect: Dialect) -> None:
    body = error_body(dialect, 502, ODD)
    assert json.loads(body)["error"]["message"] == ODD
    assert judge_error(502, None, body).message.startswith('she said "no"')
    assert all(ODD in said for said in sayings(error_event(dialect, ODD)))


def events(spelt: bytes) -> list[tuple[str | None, Any]]:
    """The name and the content of each event, as SSE defines them."""
    found = []
    for event in spelt.decode().split("\n\n"):
        fields = dict(line.split(": ", 1) for line in event.splitlines())
        if "data" in fields:
            found.append((fields.get("event"), json.loads(fields["data"])))
    return found


def sayings(spelt: bytes) -> list[list[str]]:
    """All strings of each event."""

    def strings(value: Any) -> list[str]:
        if isinstance(value, dict | list):
            parts = value.values() if isinstance(value, dict) else value
            return [text for part in parts for text in strings(part)]
        return [value] if isinstance(value, str) else []

    return [strings(content) for _, content in events(spelt)]


def test_a_broken_chat_ends_as_openrouter_ends_it() -> None:
    [(name, chunk)] = events(error_event("chat", "cut"))
    assert name is None
    assert chunk["object"] == "chat.completion.chunk"
    assert chunk["error"] == {"code": 502, "message": "cut"}
    assert chunk["choices"] == [
        {"index": 0, "delta": {"content": ""}, "finish_reason": "error"},
    ]


def test_no_terminator_follows_the_error_of_a_chat() -> None:
    assert b"[DONE]" not in error_event("chat", "cut")


def test_a_broken_message_ends_with_anthropics_error_event() -> None:
    error = {"type": "error", "error": {"type": "api_error", "message": "cut"}}
    assert events(error_event("messages", "cut")) == [("error", error)]


def test_a_broken_response_ends_in_the_words_of_all_its_clients() -> None:
    failed, error = events(error_event("responses", "cut"))
    assert failed[0] == failed[1]["type"] == "response.failed"
    assert failed[1]["response"]["status"] == "failed"
    assert failed[1]["response"]["error"] == {"code": "server_error", "message": "cut"}
    assert error[0] == error[1]["type"] == "error"
    assert error[1]["message"] == error[1]["error"]["message"] == "cut"


CUTS = {
    "between events": b"",
    "after a line": b'data: {"half": 1}\n',
    "within a line": b'data: {"choices": [{"del',
    "within a letter": 'data: {"text": "何'.encode()[:-1],
    "within the name": b"event: content_bl",
    "within CRLF": b'data: {"half": 1}\r',
}


@pytest.mark.parametrize("cut", CUTS.values(), ids=CUTS)
@pytest.mark.parametrize("dialect", ["chat", "messages", "responses"])
def test_the_error_is_read_wherever_the_stream_broke_off(dialect: Dialect, cut: bytes) -> None:
    watch = Watch(dialect)
    watch.feed(cut + error_event(dialect, "cut"))
    assert watch.fault is not None
    assert (watch.fault.status, watch.fault.message) == (502, "cut")
    assert (watch.closed, watch.finished) == (True, False)
