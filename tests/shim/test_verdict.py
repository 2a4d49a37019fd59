import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from confgen.shim.dialect import Dialect
from confgen.shim.seen import EMPTY, NOTHING_SEEN, Seen, Usage
from confgen.shim.verdict import judge_answer, judge_error

DIALECTS: tuple[Dialect, ...] = ("chat", "messages", "responses", "embeddings")


def chat(message: Any, finish: str | None = "stop", **more: Any) -> dict[str, Any]:
    return {
        "id": "gen-1",
        "provider": "Fireworks",
        "model": "moonshotai/kimi-k2.5-0127",
        "choices": [{"index": 0, "finish_reason": finish, "message": message, **more}],
    }


def messages(*blocks: Any, stop: str | None = "end_turn") -> dict[str, Any]:
    return {"type": "message", "role": "assistant", "content": list(blocks), "stop_reason": stop}


def responses(*output: Any, status: str = "completed", **more: Any) -> dict[str, Any]:
    return {"object": "response", "status": status, "error": None, "output": output, **more}


SPOKEN = {"type": "message", "content": [{"type": "output_text", "text": "Gre"}]}
CALL = {"id": "functions.Read:0", "type": "function", "function": {"name": "Read"}}
ANSWERS: dict[str, tuple[Dialect, Any]] = {
    "chat text": ("chat", chat({"content": "Green."})),
    "chat tool call": ("chat", chat({"content": None, "tool_calls": [CALL]}, "tool_calls")),
    "chat tool call that stops": ("chat", chat({"content": "", "tool_calls": [CALL]})),
    "chat reasoning": ("chat", chat({"content": "", "reasoning": "Hm."})),
    "chat reasoning_content": ("chat", chat({"content": None, "reasoning_content": "Hm."})),
    "chat refusal": ("chat", chat({"content": None, "refusal": "No."})),
    "chat cut by its limit": ("chat", chat({"content": ""}, "length")),
    "chat filtered": ("chat", chat({"content": None}, "content_filter")),
    "chat null error": ("chat", {**chat({"content": "Green."}), "error": None}),
    "messages text": ("messages", messages({"type": "text", "text": "Green."})),
    "messages tool": ("messages", messages({"type": "tool_use", "input": {}}, stop="tool_use")),
    "messages thinking": ("messages", messages({"type": "thinking", "thinking": "Hm."})),
    "messages cut by its limit": ("messages", messages(stop="max_tokens")),
    "responses text": (
        "responses",
        responses({"type": "message", "content": [{"type": "output_text", "text": "Green."}]}),
    ),
    "responses call": ("responses", responses({"type": "function_call", "arguments": "{}"})),
    "responses reasoning": ("responses", responses({"type": "reasoning", "summary": []})),
    "responses cut by its limit": ("responses", responses(status="incomplete")),
    "embeddings": ("embeddings", {"object": "list", "data": [{"embedding": [0.5, 1]}]}),
}


@pytest.mark.parametrize(("dialect", "body"), ANSWERS.values(), ids=ANSWERS)
def test_an_answer(dialect: Dialect, body: Any) -> None:
    assert judge_answer(dialect, json.dumps(body).encode())[0] is None


NO_ANSWERS: dict[str, tuple[Dialect, Any]] = {
    "chat no choices": ("chat", {"choices": []}),
    "chat null choices": ("chat", {"choices": None}),
    "chat null content": ("chat", chat({"content": None})),
    "chat empty content": ("chat", chat({"role": "assistant", "content": "", "tool_calls": []})),
    "chat no finish": ("chat", chat({"content": ""}, None)),
    "chat no message": ("chat", chat(None)),
    "messages no content": ("messages", messages()),
    "messages empty text": ("messages", messages({"type": "text", "text": ""})),
    "messages no stop": ("messages", messages(stop=None)),
    "responses no output": ("responses", responses()),
    "responses empty message": ("responses", responses({"type": "message", "content": []})),
    "embeddings no data": ("embeddings", {"object": "list", "data": []}),
    "another dialect's answer": ("messages", chat({"content": "Green."})),
}


@pytest.mark.parametrize(("dialect", "body"), NO_ANSWERS.values(), ids=NO_ANSWERS)
def test_an_empty_answer(dialect: Dialect, body: Any) -> None:
    assert judge_answer(dialect, json.dumps(body).encode())[0] == EMPTY


@pytest.mark.parametrize("body", [b"", b" \r\n ", b"{}"])
@pytest.mark.parametrize("dialect", DIALECTS)
def test_nothing_at_all(dialect: Dialect, body: bytes) -> None:
    assert judge_answer(dialect, body) == (EMPTY, NOTHING_SEEN)


@pytest.mark.parametrize(
    "body",
    [b"<html>502</html>", b'{"choices": [', b"[" * 100_000, b"[1]", b'"hello"', b"null", b"\xff"],
    ids=["html", "truncated", "deep", "array", "string", "null", "bytes"],
)
@pytest.mark.parametrize("dialect", DIALECTS)
def test_what_is_no_json_object(dialect: Dialect, body: bytes) -> None:
    fault, seen = judge_answer(dialect, body)
    assert fault is not None
    assert (fault.status, fault.retryable, seen) == (503, True, NOTHING_SEEN)
    assert "not JSON" in fault.message


def test_half_a_surrogate_pair_is_an_answer() -> None:
    body = b'{"model": "m", "choices": [{"message": {"content": "cut \\ud83d"}}]}'
    assert judge_answer("chat", body) == (None, Seen(model="m"))


def failing(dialect: Dialect, error: Any) -> dict[str, Any]:
    kind = {"type": "error"} if dialect == "messages" else {}
    return {**kind, "error": error}


@pytest.mark.parametrize(
    ("error", "status", "retryable"),
    [
        ({"code": 502, "message": "no"}, 503, True),
        ({"code": "529", "message": "no"}, 503, True),
        ({"code": 429, "message": "no"}, 503, True),
        ({"code": 500, "message": "no"}, 503, True),
        ({"code": "server_error", "message": "no"}, 503, True),
        ({"message": "no"}, 503, True),
        ("no", 503, True),
        ({"type": "overloaded_error", "message": "no"}, 503, True),
        ({"code": 400, "message": "no"}, 400, False),
        ({"code": 401, "message": "no"}, 401, False),
        ({"code": "402", "message": "no"}, 402, False),
        ({"code": 403, "message": "no"}, 403, False),
        ({"code": 404, "message": "no"}, 404, False),
        ({"code": 413, "message": "no"}, 413, False),
        ({"code": 422, "message": "no"}, 422, False),
        ({"type": "invalid_request_error", "message": "no"}, 400, False),
        ({"message": "no", "metadata": {"error_type": "payment_required"}}, 402, False),
        ({"code": 502, "message": "no", "availability": {"retryable": False}}, 503, False),
        ({"code": 404, "message": "no", "availability": {"retryable": True}}, 404, True),
    ],
)
@pytest.mark.parametrize("dialect", DIALECTS)
def test_an_error_within_a_200(dialect: Dialect, error: Any, status: int, retryable: bool) -> None:
    fault, _ = judge_answer(dialect, json.dumps(failing(dialect, error)).encode())
    assert fault is not None
    assert (fault.status, fault.message, fault.retryable) == (status, "no", retryable)


BROKEN: dict[str, tuple[Dialect, Any]] = {
    "chat finish": ("chat", chat({"content": "Gre"}, "error")),
    "chat choice": ("chat", chat({"content": "Gre"}, None, error={"code": 502})),
    **{
        f"responses {status}": ("responses", responses(SPOKEN, status=status))
        for status in ("failed", "cancelled", "in_progress", "queued")
    },
    "messages error alone": ("messages", {"type": "error"}),
}


@pytest.mark.parametrize(("dialect", "body"), BROKEN.values(), ids=BROKEN)
def test_a_broken_answer_is_none(dialect: Dialect, body: Any) -> None:
    fault, _ = judge_answer(dialect, json.dumps(body).encode())
    assert fault is not None
    assert fault != EMPTY
    assert (fault.status, fault.retryable) == (503, True)
    assert fault.message == "the provider failed while it answered"


CHAT_USAGE = {
    "prompt_tokens": 1000,
    "completion_tokens": 50,
    "prompt_tokens_details": {"cached_tokens": 900, "cache_write_tokens": 0},
    "completion_tokens_details": {"reasoning_tokens": 20},
    "cost": 0.0123,
}
MESSAGES_USAGE = {
    "input_tokens": 40,
    "cache_read_input_tokens": 900,
    "cache_creation_input_tokens": 60,
    "output_tokens": 50,
    "cost": 0.0123,
}
RESPONSES_USAGE = {
    "input_tokens": 1000,
    "input_tokens_details": {"cached_tokens": 900},
    "output_tokens": 50,
    "output_tokens_details": {"reasoning_tokens": 20},
    "cost": 0.0123,
}
FULL = Usage(input=1000, cached=900, output=50, reasoning=20, cost=0.0123)


@pytest.mark.parametrize(
    ("dialect", "usage", "expected"),
    [
        ("chat", CHAT_USAGE, FULL),
        ("messages", MESSAGES_USAGE, FULL._replace(reasoning=None)),
        ("responses", RESPONSES_USAGE, FULL),
        ("embeddings", {"prompt_tokens": 8, "total_tokens": 8}, Usage(input=8)),
        ("chat", {"prompt_tokens": 8, "cache_read_input_tokens": 5}, Usage(input=8, cached=5)),
        ("chat", {"prompt_tokens": 8, "cost": 0}, Usage(input=8, cost=0)),
        ("chat", {"prompt_tokens": "8", "cost": "1", "completion_tokens": True}, Usage()),
        ("chat", {"prompt_tokens": -1, "completion_tokens": 10**400}, Usage()),
        ("chat", {"prompt_tokens_details": None}, Usage()),
        ("chat", [8], Usage()),
    ],
)
def test_usage(dialect: Dialect, usage: Any, expected: Usage) -> None:
    assert judge_answer(dialect, json.dumps({"usage": usage}).encode())[1].usage == expected


def metadata(available: Any = (), attempts: Any = ()) -> dict[str, Any]:
    return {"endpoints": {"available": available}, "attempts": attempts}


CHOSEN = {"provider": "Moonshot AI", "model": "m", "selected": True}
LEFT = {"provider": "Chutes", "model": "m", "selected": False}


@pytest.mark.parametrize(
    ("routed", "provider"),
    [
        (metadata([LEFT, CHOSEN]), "Moonshot AI"),
        (metadata([LEFT]), "Fireworks"),
        (metadata(attempts=[{"provider": "Chutes", "status": 200}]), "Chutes"),
        (
            metadata(
                attempts=[
                    {"provider": "Chutes", "status": 200},
                    {"provider": "Nebius", "status": 200},
                    {"provider": "Together", "status": 503},
                ]
            ),
            "Nebius",
        ),
        (metadata([CHOSEN], [{"provider": "Chutes", "status": 200}]), "Moonshot AI"),
        (metadata(attempts=[{"provider": "Chutes", "status": 429}]), "Fireworks"),
        (metadata("odd", {"odd": 1}), "Fireworks"),
        ("odd", "Fireworks"),
        (None, "Fireworks"),
    ],
    ids=[
        "selected", "none selected", "one attempt", "the last success", "both", "no success",
        "odd lists", "odd metadata", "null",
    ],
)  # fmt: skip
def test_who_served(routed: Any, provider: str) -> None:
    body = {**chat({"content": "Green."}), "openrouter_metadata": routed}
    seen = Seen("moonshotai/kimi-k2.5-0127", provider)
    assert judge_answer("chat", json.dumps(body).encode()) == (None, seen)


ERRORS: dict[str, tuple[bytes, str]] = {
    "openrouter": (b'{"error": {"code": 502, "message": "Bad gateway"}}', "Bad gateway"),
    "anthropic": (
        b'{"type": "error", "error": {"type": "api_error", "message": "Bad gateway"}}',
        "Bad gateway",
    ),
    "a string": (b'{"error": "Bad gateway"}', "Bad gateway"),
    "a message alone": (b'{"message": "Bad gateway"}', "Bad gateway"),
    "a list of details": (b'{"detail": [{"msg": "Bad gateway", "input": "x"}]}', "Bad gateway"),
    "a nested message": (b'{"error": {"message": {"message": "Bad gateway"}}}', "Bad gateway"),
    "html": (b"<html><h1>Bad gateway</h1></html>", "the upstream answered 502"),
    "empty": (b"", "the upstream answered 502"),
    "no words": (b'{"error": {"code": 502}}', "the upstream answered 502"),
    "blank words": (b'{"error": {"message": "  "}}', "the upstream answered 502"),
    "several lines": (b'{"error": {"message": "Bad\\n\\u001b[31m  gateway"}}', "Bad [31m gateway"),
    "half a pair": (b'{"error": {"message": "Bad \\ud83d gateway"}}', "Bad gateway"),
    "a key": (
        b'{"error": {"message": "Wrong key sk-or-v1-0123456789abcdef"}}',
        "Wrong key ***",
    ),
}


@pytest.mark.parametrize(("body", "message"), ERRORS.values(), ids=ERRORS)
def test_the_message_of_an_error(body: bytes, message: str) -> None:
    assert judge_error(502, None, body).message == message


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        ("model is busy", "Provider returned error: model is busy"),
        ('{"error": {"message": "model is busy"}}', "Provider returned error: model is busy"),
        ('[{"error": {"message": "model is busy"}}]', "Provider returned error: model is busy"),
        ({"message": "model is busy"}, "Provider returned error: model is busy"),
        ({"prompt": "a secret plan"}, "Provider returned error"),
        ('{"prompt": "a secret plan"}', "Provider returned error"),
        ("Provider returned error", "Provider returned error"),
        ("so busy " * 100, "Provider returned error: " + ("so busy " * 100)[:300]),
        ("", "Provider returned error"),
        (None, "Provider returned error"),
        (7, "Provider returned error"),
    ],
    ids=[
        "text", "JSON text", "JSON list", "object", "an object without words",
        "JSON text without words", "the same again", "long", "empty", "null", "number",
    ],
)  # fmt: skip
def test_the_providers_own_words(raw: Any, message: str) -> None:
    error = {"code": 400, "message": "Provider returned error", "metadata": {"raw": raw}}
    fault = judge_error(400, None, json.dumps({"error": error}).encode())
    assert fault.message == message


@pytest.mark.parametrize(
    ("status", "retryable"),
    [
        (400, False), (401, False), (402, False), (403, False), (404, False), (408, True),
        (413, False), (422, False), (429, True), (500, False), (501, False), (502, True),
        (503, True), (504, True), (524, True), (529, True),
    ],
)  # fmt: skip
def test_what_may_be_tried_again(status: int, retryable: bool) -> None:
    fault = judge_error(status, None, b"")
    assert (fault.status, fault.retryable) == (status, retryable)


@pytest.mark.parametrize(
    ("status", "availability", "expected"),
    [
        (404, {"retryable": True, "retry_after": 7}, (True, 7)),
        (503, {"retryable": False}, (False, 3)),
        (503, {"retryable": "no", "retry_after": "7"}, (True, 3)),
        (503, {"retry_after": -1}, (True, 0)),
        (503, None, (True, 3)),
    ],
)
@pytest.mark.parametrize("dialect", ["chat", "messages"])
def test_openrouters_word_on_availability_decides(
    dialect: Dialect, status: int, availability: Any, expected: tuple[bool, float]
) -> None:
    body = failing(dialect, {"message": "no", "availability": availability})
    fault = judge_error(status, "3", json.dumps(body).encode())
    assert (fault.retryable, fault.retry_after) == expected


NOON = 1763985600.0  # Mon, 24 Nov 2025 12:00:00 GMT


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, None),
        ("3", 3),
        (" 3 ", 3),
        ("0.5", 0.5),
        ("3600", 3600),
        ("0", 0),
        ("-5", 0),
        ("Mon, 24 Nov 2025 12:00:30 GMT", 30),
        ("Monday, 24-Nov-25 12:00:30 GMT", 30),
        ("Mon, 24 Nov 2025 11:00:00 GMT", 0),
        ("", None),
        ("soon", None),
        ("nan", None),
        ("inf", None),
        ("1e9", None),
        ("1_000", None),
        ("٣", None),
        ("9" * 400, None),
    ],
)
def test_retry_after(header: str | None, seconds: float | None) -> None:
    assert judge_error(429, header, b"", now=NOON).retry_after == seconds


DATES = st.from_regex(
    r"\A(Mon, )?-?\d{1,6} (Nov|Foo|Jan) -?\d{1,9} \d{1,5}:\d{1,3}(:\d{1,4})?( GMT| [+-]\d{1,9})?\Z"
)


@given(st.text() | DATES)
def test_any_retry_after_is_a_time_or_nothing(header: str) -> None:
    wait = judge_error(429, header, b"", now=NOON).retry_after
    assert wait is None or wait >= 0


@given(st.binary() | st.text().map(str.encode), st.sampled_from(DIALECTS))
def test_any_body_is_judged(body: bytes, dialect: Dialect) -> None:
    fault, seen = judge_answer(dialect, body)
    assert fault is not None
    assert seen == NOTHING_SEEN
    assert judge_error(502, None, body).message.isprintable()
