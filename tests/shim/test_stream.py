import json
import tracemalloc
from typing import Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from confgen.document import JsonValue
from confgen.shim.dialect import Dialect
from confgen.shim.seen import NOTHING_SEEN, Fault, Seen, Usage
from confgen.shim.stream import LARGEST, Watch

COMMENT = b": OPENROUTER PROCESSING\n\n"
DONE = b"data: [DONE]\n\n"


def event(content: Any, name: str | None = None) -> bytes:
    head = f"event: {name}\n".encode() if name else b""
    return head + b"data: " + json.dumps(content, ensure_ascii=False).encode() + b"\n\n"


def chunk(delta: Any = None, finish: str | None = None, **more: Any) -> bytes:
    """A chunk as OpenRouter sends it, compact."""
    choice = {"index": 0, "delta": delta or {}, "finish_reason": finish, "logprobs": None}
    whole = {
        "id": "gen-1",
        "provider": "Chutes",
        "model": "moonshotai/kimi-k2.5-0127",
        "object": "chat.completion.chunk",
        "choices": [choice],
        **more,
    }
    return b"data: " + json.dumps(whole, separators=(",", ":")).encode() + b"\n\n"


def named(kind: str, **content: Any) -> bytes:
    """An event of Messages or Responses."""
    return event({"type": kind, **content}, kind)


class State(NamedTuple):
    begun: bool = False
    substance: bool = False
    finished: bool = False
    closed: bool = False
    fault: Fault | None = None
    seen: Seen = NOTHING_SEEN


def state(watch: Watch) -> State:
    return State(
        watch.begun, watch.substance, watch.finished, watch.closed, watch.fault, watch.seen
    )


def watched(dialect: Dialect, *chunks: bytes) -> State:
    watch = Watch(dialect)
    for part in chunks:
        watch.feed(part)
    watch.end()
    return state(watch)


NOTHING = State()
BEGUN = State(begun=True)
HALF = State(begun=True, substance=True)
THOUGHT = State(begun=True, finished=True, closed=True)
WHOLE = State(begun=True, substance=True, finished=True, closed=True)
EMPTY_END = State(finished=True, closed=True)


def broken(status: int, words: str, *, begun: bool = False, closed: bool = True) -> State:
    fault = Fault(status, words, retryable=status not in (400, 402, 404), retry_after=None)
    return State(begun=begun, substance=begun, closed=closed, fault=fault)


ROLE = chunk({"role": "assistant", "content": "", "reasoning": None, "reasoning_details": []})
USAGE = {
    "prompt_tokens": 1000,
    "completion_tokens": 50,
    "prompt_tokens_details": {"cached_tokens": 900},
    "completion_tokens_details": {"reasoning_tokens": 20},
    "cost": 0.0123,
}
HM = chunk({"reasoning": "Hm."})
GREEN = chunk({"content": "Green."})
SPACED = b'data:{"choices" : [ {"delta" : {"reasoning" : "Hm."}} ]}\n\n'
SPACED_END = b'data:{"choices" : [ {"delta" : {"content" : "a"} , "finish_reason" :\t"stop"} ]}\n\n'
ERROR = {"code": 502, "message": "Provider disconnected"}

START = named("message_start", message={"role": "assistant", "content": [], "stop_reason": None})
PING = named("ping")
TEXT_START = named("content_block_start", index=0, content_block={"type": "text", "text": ""})
STOP = named("message_stop")


def block(kind: str, **content: Any) -> bytes:
    return named("content_block_start", index=0, content_block={"type": kind, **content})


def block_delta(kind: str, **content: Any) -> bytes:
    return named("content_block_delta", index=0, delta={"type": kind, **content})


def stop_for(reason: str | None) -> bytes:
    usage = {"output_tokens": 50}
    return named("message_delta", delta={"stop_reason": reason}, usage=usage)


OPEN: dict[str, Any] = {
    "id": "resp_1",
    "status": "in_progress",
    "output": [],
    "error": None,
    "usage": None,
}
CREATED = named("response.created", response=OPEN) + named("response.in_progress", response=OPEN)
EMPTY_MESSAGE = {"type": "message", "role": "assistant", "content": []}
MESSAGE = {"type": "message", "content": [{"type": "output_text", "text": "Green."}]}


def completed(*output: Any, kind: str = "completed", **more: Any) -> bytes:
    response = {**OPEN, "status": kind, "output": output, **more}
    return named(f"response.{kind}", response=response)


CHAT: dict[str, tuple[list[bytes], State]] = {
    "nothing": ([], NOTHING),
    "comments": ([COMMENT, COMMENT], NOTHING),
    "done alone": ([COMMENT, DONE], EMPTY_END),
    "a role": ([ROLE], NOTHING),
    "a role, then the end": ([ROLE, chunk({"content": ""}, "stop"), DONE], EMPTY_END),
    "usage alone": ([ROLE, event({"choices": [], "usage": {"cost": 0}}), DONE], EMPTY_END),
    "text": ([COMMENT, ROLE, chunk({"content": "Gre"}), chunk({"content": "en."})], HALF),
    "text and done": ([ROLE, GREEN, DONE], WHOLE),
    "text and stop": ([ROLE, GREEN, chunk({}, "stop")], WHOLE),
    "all in one": ([chunk({"role": "assistant", "content": "Green."}, "stop")], WHOLE),
    "a message for a delta": (
        [event({"choices": [{"message": {"content": "Green."}, "finish_reason": "stop"}]})],
        WHOLE,
    ),
    "tool call": (
        [ROLE, chunk({"tool_calls": [{"index": 0, "id": "functions.Read:0"}]}), chunk({}, "stop")],
        WHOLE,
    ),
    "tool_calls and no call": ([ROLE, chunk({"tool_calls": []}, "tool_calls"), DONE], THOUGHT),
    "refusal": ([ROLE, chunk({"content": None, "refusal": "No."})], HALF),
    "audio": ([ROLE, chunk({"audio": {"data": "AAAA"}})], HALF),
    "images": ([ROLE, chunk({"images": [{"type": "image_url"}]})], HALF),
    "done with spaces": ([GREEN, b"data:  [DONE] \n\n"], WHOLE),
    "reasoning": ([ROLE, chunk({"content": "", "reasoning": "Hm."})], BEGUN),
    "reasoning_content": ([ROLE, chunk({"reasoning_content": "Hm."})], BEGUN),
    "reasoning_details": ([chunk({"reasoning_details": [{"text": "Hm."}]})], BEGUN),
    "reasoning alone": ([ROLE, HM, chunk({}, "stop"), DONE], THOUGHT),
    "reasoning and done": ([ROLE, HM, DONE], THOUGHT),
    "reasoning, then text": (
        [HM, chunk({"content": "", "reasoning": "So."}), GREEN, DONE],
        WHOLE,
    ),
    "cut by its limit": ([ROLE, chunk({"content": ""}, "length"), DONE], THOUGHT),
    "filtered": ([ROLE, chunk({}, "content_filter")], THOUGHT),
    "error first": ([COMMENT, chunk({"content": ""}, "error", error=ERROR)],
                    broken(502, "Provider disconnected")),
    "error alone": ([event({"error": ERROR})], broken(502, "Provider disconnected")),
    "error later": (
        [chunk({"content": "Gre"}), chunk({"content": ""}, "error", error=ERROR)],
        broken(502, "Provider disconnected", begun=True),
    ),
    "error, then done": ([event({"error": ERROR}), DONE], broken(502, "Provider disconnected")),
    "two errors": (
        [event({"error": ERROR}), event({"error": {"code": 400}})],
        broken(502, "Provider disconnected"),
    ),
    "an error that clients overlook": (
        [chunk({"content": "Gre"}), chunk({}, "error")],
        broken(502, "the provider failed while it answered", begun=True, closed=False),
    ),
    "error code as digits": (
        [event({"error": {"code": "429", "message": "Slow down"}})],
        broken(429, "Slow down"),
    ),
    "error code as a word": (
        [event({"error": {"code": "rate_limit_exceeded", "message": "Slow down"}})],
        broken(429, "Slow down"),
    ),
    "error code of nowhere": ([event({"error": {"code": 7, "message": "?"}})], broken(502, "?")),
    "error that is final": (
        [event({"error": {"code": 402, "message": "Broke"}})],
        broken(402, "Broke"),
    ),
    "null error": ([event({"error": None, "choices": [{"delta": {"content": "a"}}]})], HALF),
    "talk of errors": (
        [chunk({"content": '{"error": {"code": 400}} [DONE'}), chunk({"content": '"usage": 1'})],
        HALF,
    ),
    "talk of the end": ([chunk({"content": 'data: [DONE]\n\n"finish_reason": "stop"'})], HALF),
    "spaces between": (
        [SPACED, SPACED_END],
        WHOLE,
    ),
    "data in several lines": (
        [HM, b'data: {"choices":\ndata: [{"delta": {"content": "a"}}]}\n\n'],
        HALF,
    ),
    "half a surrogate pair": ([b'data: {"choices":[{"delta":{"content":"\\ud83d"}}]}\n\n'], HALF),
    "no JSON": ([b"data: <html>\n\n", b"data: {\n\n", b"hello\n\n", b"data\n\n"], NOTHING),
    "odd JSON": ([event([1]), event("a"), event({"choices": {"a": 1}, "usage": []})], NOTHING),
    "no blank line at the end": ([GREEN, DONE[:-2]], WHOLE),
    "blank lines": ([b"\n\n\n", ROLE, b"\n", GREEN, b"\n\n", DONE], WHOLE),
    "2000 events": ([ROLE, *[chunk({"content": "何"})] * 2000, chunk({}, "stop"), DONE], WHOLE),
}  # fmt: skip
MESSAGES: dict[str, tuple[list[bytes], State]] = {
    "start and pings": ([COMMENT, START, PING, PING], NOTHING),
    "an empty end": ([START, TEXT_START, stop_for("end_turn"), STOP], EMPTY_END),
    "an empty delta": ([START, TEXT_START, block_delta("text_delta", text="")], NOTHING),
    "text": ([START, TEXT_START, block_delta("text_delta", text="Gre")], HALF),
    "text in its start": ([START, block("text", text="Green.")], HALF),
    "whole": (
        [START, TEXT_START, block_delta("text_delta", text="Green."), stop_for("end_turn"), STOP],
        WHOLE,
    ),
    "no message_stop": (
        [START, TEXT_START, block_delta("text_delta", text="Green."), stop_for("end_turn"), DONE],
        HALF,
    ),
    "tool": (
        [START, block("tool_use", id="call_00.Read:0"), stop_for("tool_use"), STOP],
        WHOLE,
    ),
    "tool input": ([START, block_delta("input_json_delta", partial_json="{")], HALF),
    "unknown block": ([START, block("server_tool_use")], HALF),
    "thinking": ([START, block("thinking", thinking="")], BEGUN),
    "redacted thinking": ([START, block("redacted_thinking", data="x")], BEGUN),
    "thinking delta": ([START, block_delta("thinking_delta", thinking="Hm.")], BEGUN),
    "signature": ([START, block_delta("signature_delta", signature="x")], BEGUN),
    "thinking alone": (
        [
            START,
            block("thinking"),
            block_delta("thinking_delta", thinking="Hm."),
            stop_for("end_turn"),
            STOP,
        ],
        THOUGHT,
    ),
    "thinking, then text": (
        [
            START,
            block("thinking"),
            block_delta("thinking_delta", thinking="Hm."),
            TEXT_START,
            block_delta("text_delta", text="Green."),
            stop_for("end_turn"),
            STOP,
            DONE,
        ],
        WHOLE,
    ),
    "thinking, then a tool": (
        [
            START,
            block("thinking"),
            block_delta("thinking_delta", thinking="Hm."),
            block("tool_use"),
            stop_for("tool_use"),
            STOP,
        ],
        WHOLE,
    ),
    "cut by its limit": ([START, stop_for("max_tokens"), STOP], THOUGHT),
    "no reason": ([START, stop_for(None)], NOTHING),
    "error first": (
        [START, named("error", error={"type": "overloaded_error", "message": "Busy"})],
        broken(529, "Busy"),
    ),
    "error later": (
        [
            START,
            block("text", text="Gre"),
            named("error", error={"type": "rate_limit_error", "message": "Slow down"}),
        ],
        broken(429, "Slow down", begun=True),
    ),
    "final error": (
        [START, named("error", error={"type": "invalid_request_error", "message": "Too long"})],
        broken(400, "Too long"),
    ),
    "error without an error": (
        [START, named("error")],
        broken(502, "the provider failed while it answered"),
    ),
    "OpenAI's error": (
        [START, block("text", text="Gre"), event({"error": ERROR})],
        broken(502, "Provider disconnected", begun=True, closed=False),
    ),
    "error without a name": (
        [event({"type": "error", "error": {"type": "api_error", "message": "Oops"}})],
        broken(502, "Oops", closed=False),
    ),
}
RESPONSES: dict[str, tuple[list[bytes], State]] = {
    "created": ([COMMENT, CREATED], NOTHING),
    "an empty message": (
        [CREATED, named("response.output_item.added", item=EMPTY_MESSAGE)],
        NOTHING,
    ),
    "an empty end": ([CREATED, completed()], EMPTY_END),
    "an empty message's end": ([CREATED, completed(EMPTY_MESSAGE)], EMPTY_END),
    "text": ([CREATED, named("response.output_text.delta", delta="Gre")], HALF),
    "an empty delta": ([CREATED, named("response.output_text.delta", delta="")], NOTHING),
    "item": ([CREATED, named("response.output_item.done", item=MESSAGE)], HALF),
    "refusal item": (
        [
            named(
                "response.output_item.done",
                item={"type": "message", "content": [{"refusal": "No."}]},
            )
        ],
        HALF,
    ),
    "call": ([CREATED, named("response.output_item.added", item={"type": "function_call"})], HALF),
    "arguments": ([CREATED, named("response.function_call_arguments.delta", delta="{")], HALF),
    "refusal": ([CREATED, named("response.refusal.delta", delta="No.")], HALF),
    "whole": ([CREATED, named("response.output_text.delta", delta="a"), completed(MESSAGE)], WHOLE),
    "whole at once": ([CREATED, completed(MESSAGE)], WHOLE),
    "reasoning": ([CREATED, named("response.reasoning_text.delta", delta="Hm.")], BEGUN),
    "reasoning summary": (
        [CREATED, named("response.reasoning_summary_text.delta", delta="Hm.")],
        BEGUN,
    ),
    "reasoning item": (
        [CREATED, named("response.output_item.added", item={"type": "reasoning"})],
        BEGUN,
    ),
    "reasoning alone": (
        [
            CREATED,
            named("response.reasoning_text.delta", delta="Hm."),
            completed({"type": "reasoning", "summary": []}),
        ],
        THOUGHT,
    ),
    "reasoning, then text": (
        [CREATED, named("response.reasoning_text.delta", delta="Hm.")] * 2
        + [named("response.output_text.delta", delta="Green."), completed(MESSAGE)],
        WHOLE,
    ),
    "reasoning, then a call": (
        [
            named("response.reasoning_text.delta", delta="Hm."),
            named("response.output_item.done", item={"type": "function_call"}),
            completed(),
        ],
        WHOLE,
    ),
    "cut by its limit": ([CREATED, completed(kind="incomplete")], THOUGHT),
    "done is no end": (
        [CREATED, named("response.output_text.delta", delta="a"), DONE],
        HALF,
    ),
    "failed": (
        [CREATED, completed(kind="failed", error={"code": "server_error", "message": "Oops"})],
        broken(502, "Oops"),
    ),
    "failed later": (
        [
            CREATED,
            named("response.output_text.delta", delta="a"),
            completed(kind="failed", error={"code": "rate_limit_exceeded", "message": "Slow down"}),
        ],
        broken(429, "Slow down", begun=True),
    ),
    "failed without an error": (
        [completed(kind="failed")],
        broken(502, "the provider failed while it answered"),
    ),
    "error": (
        [CREATED, named("error", code="404", message="No such model", param=None)],
        broken(404, "No such model"),
    ),
    "error later": (
        [named("response.output_text.delta", delta="a"), named("error", code=None, message="Oops")],
        broken(502, "Oops", begun=True),
    ),
    "response.error": (
        [named("response.output_text.delta", delta="a"), named("response.error", error=ERROR)],
        broken(502, "Provider disconnected", begun=True, closed=False),
    ),
    "response.error without an error": (
        [named("response.output_text.delta", delta="a"), named("response.error", message="Oops")],
        broken(502, "Oops", begun=True, closed=False),
    ),
    "OpenAI's error": (
        [named("response.output_text.delta", delta="a"), event({"error": ERROR})],
        broken(502, "Provider disconnected", begun=True, closed=False),
    ),
}
STREAMS: dict[str, tuple[Dialect, list[bytes], State]] = {
    **{f"chat: {name}": ("chat", *rest) for name, rest in CHAT.items()},
    **{f"messages: {name}": ("messages", *rest) for name, rest in MESSAGES.items()},
    **{f"responses: {name}": ("responses", *rest) for name, rest in RESPONSES.items()},
}


@pytest.mark.parametrize(("dialect", "chunks", "expected"), STREAMS.values(), ids=STREAMS)
def test_what_is_known_at_the_end(dialect: Dialect, chunks: list[bytes], expected: State) -> None:
    assert watched(dialect, *chunks)._replace(seen=NOTHING_SEEN) == expected


def cuts(text: bytes) -> st.SearchStrategy[list[bytes]]:
    """The same bytes in pieces, cut anywhere."""
    places = st.lists(st.integers(0, len(text)), max_size=12).map(sorted)
    return places.map(
        lambda at: [text[i:j] for i, j in zip([0, *at], [*at, len(text)], strict=True)]
    )


SPLITS = st.sampled_from(sorted(STREAMS)).flatmap(
    lambda name: st.tuples(st.just(name), cuts(b"".join(STREAMS[name][1])))
)


@given(SPLITS)
def test_it_is_all_the_same_where_a_stream_is_cut(split: tuple[str, list[bytes]]) -> None:
    name, chunks = split
    dialect, whole, _ = STREAMS[name]
    assert watched(dialect, *chunks) == watched(dialect, b"".join(whole))


@given(SPLITS, st.data())
def test_lines_may_end_in_crlf(split: tuple[str, list[bytes]], data: st.DataObject) -> None:
    dialect, whole, _ = STREAMS[split[0]]
    spelt = b"".join(whole).replace(b"\n", b"\r\n")
    assert watched(dialect, *data.draw(cuts(spelt))) == watched(dialect, *whole)


@pytest.mark.parametrize("ending", [b"\n", b"\r\n"], ids=["LF", "CRLF"])
@pytest.mark.parametrize("name", [name for name in STREAMS if "2000" not in name])
def test_byte_by_byte(name: str, ending: bytes) -> None:
    dialect, chunks, _ = STREAMS[name]
    text = b"".join(chunks)
    spelt = text.replace(b"\n", ending)
    assert watched(dialect, *(spelt[i : i + 1] for i in range(len(spelt)))) == watched(
        dialect, text
    )


BEGINNINGS: dict[Dialect, tuple[bytes, bytes]] = {
    "chat": (HM, chunk({"content": "a"})),
    "messages": (block("thinking"), block("tool_use")),
    "responses": (
        named("response.reasoning_text.delta", delta="Hm."),
        named("response.output_text.delta", delta="a"),
    ),
}
NAMES = (
    "type", "choices", "delta", "message", "finish_reason", "error", "usage", "content", "text",
    "tool_calls", "reasoning", "response", "output", "item", "status", "content_block", "thinking",
    "partial_json", "stop_reason", "code", "refusal", "audio", "metadata", "availability",
    "openrouter_metadata", "endpoints", "available", "attempts",
)  # fmt: skip
WORDS = (
    "", "error", "stop", "length", "[DONE]", "text", "message", "tool_use", "thinking", "failed",
    "message_start", "message_delta", "message_stop", "content_block_start", "content_block_delta",
    "response.created", "response.completed", "response.incomplete", "response.failed",
    "response.error", "response.output_text.delta", "response.reasoning_text.delta",
    "response.output_item.added", "502", "null",
)  # fmt: skip
VALUES: st.SearchStrategy[JsonValue] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.sampled_from(WORDS),
    lambda inner: st.lists(inner, max_size=2)
    | st.dictionaries(st.sampled_from(NAMES), inner, max_size=4),
    max_leaves=12,
)
EVENTS = st.builds(
    lambda value, name, compact: event(value, name).replace(*compact),
    VALUES,
    st.none() | st.sampled_from([word for word in WORDS if word]),
    st.sampled_from([(b'": ', b'":'), (b'": ', b'" :  '), (b"", b"")]),
)
DIALECTS = st.sampled_from(sorted(BEGINNINGS))


def assert_says_the_same_later(dialect: Dialect, part: bytes) -> None:
    """Later on only what looks telling is parsed: nothing may get lost by that."""
    alone = watched(dialect, part)
    for beginning in BEGINNINGS[dialect]:
        before, after = watched(dialect, beginning), watched(dialect, beginning, part)
        assert after.substance == (alone.substance or before.substance)
        assert (after.finished, after.closed) == (alone.finished, alone.closed)
        assert after.fault == alone.fault
        assert after.seen.usage == alone.seen.usage


@pytest.mark.parametrize("name", STREAMS)
def test_an_event_says_the_same_whatever_came_before(name: str) -> None:
    dialect, chunks, _ = STREAMS[name]
    for part in dict.fromkeys(chunks):
        assert_says_the_same_later(dialect, part)


@given(DIALECTS, EVENTS)
def test_any_event_says_the_same_whatever_came_before(dialect: Dialect, part: bytes) -> None:
    assert_says_the_same_later(dialect, part)


@given(DIALECTS, st.lists(EVENTS | st.binary(max_size=40)), st.data())
def test_any_stream_is_read_the_same_however_it_is_cut(
    dialect: Dialect, parts: list[bytes], data: st.DataObject
) -> None:
    text = b"".join(parts)
    assert watched(dialect, *data.draw(cuts(text))) == watched(dialect, text)


GIANT = b"data: " + b"x" * 3 * LARGEST
GIANTS: dict[str, tuple[Dialect, bytes, bytes, State]] = {
    "chat": ("chat", ROLE, GIANT + b"\n\n" + chunk({}, "stop") + DONE, WHOLE),
    "messages": ("messages", START, GIANT + b"\n\n" + STOP, WHOLE),
    "responses": ("responses", CREATED, GIANT + b"\n\n" + completed(), WHOLE),
    "after reasoning": ("chat", HM, GIANT + b"\n\n", HALF),
    "after reasoning, and more": (
        "chat",
        HM,
        GIANT + b"\n\n" + COMMENT[:-1],
        HALF,
    ),
    "to its end": ("chat", ROLE, GIANT, HALF),
    "with a line that tells": ("chat", ROLE, GIANT + b"\n" + DONE, HALF),
    "before an error": (
        "chat",
        b"",
        GIANT + b"\n\n" + event({"error": ERROR}),
        broken(502, "Provider disconnected", begun=True),
    ),
}


@pytest.mark.parametrize("size", [1 << 10, 1 << 16, 1 << 30], ids=["1 KB", "64 KB", "at once"])
@pytest.mark.parametrize(("dialect", "before", "text", "expected"), GIANTS.values(), ids=GIANTS)
def test_a_giant_event_is_content(
    dialect: Dialect, before: bytes, text: bytes, expected: State, size: int
) -> None:
    pieces = (text[i : i + size] for i in range(0, len(text), size))
    assert watched(dialect, before, *pieces)._replace(seen=NOTHING_SEEN) == expected


def test_a_giant_event_is_not_kept() -> None:
    watch = Watch("chat")
    part = b"x" * (1 << 16)
    tracemalloc.start()
    try:
        for _ in range(200):
            watch.feed(part)
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most < 3 * LARGEST


def test_an_answer_has_begun_with_its_first_whole_event() -> None:
    watch, first = Watch("chat"), GREEN
    for part in (COMMENT, ROLE, first[:-1]):
        watch.feed(part)
        assert not watch.begun
    watch.feed(first[-1:])
    assert watch.begun


ROUTED = {"endpoints": {"available": [{"provider": "Moonshot AI", "selected": True}]}}
SERVED = Seen("moonshotai/kimi-k2.5-0127", "Chutes")
USED = Usage(input=1000, cached=900, output=50, reasoning=20, cost=0.0123)


def started(**message: Any) -> bytes:
    return named("message_start", message={"model": "kimi", "provider": "Fireworks", **message})


TELLING: dict[str, tuple[Dialect, list[bytes], Seen]] = {
    "chat: who served": ("chat", [ROLE], SERVED),
    "chat: usage": (
        "chat",
        [ROLE, chunk({"content": "a"}), chunk({}, "stop"), chunk({}, "stop", usage=USAGE), DONE],
        SERVED._replace(usage=USED),
    ),
    "chat: usage without choices": (
        "chat",
        [chunk({"content": "a"}), event({"choices": [], "usage": USAGE}), DONE],
        SERVED._replace(usage=USED),
    ),
    "chat: null usage": ("chat", [ROLE, chunk({"content": "a"}, usage=None), DONE], SERVED),
    "chat: metadata": (
        "chat",
        [ROLE, GREEN, event({"choices": [], "openrouter_metadata": ROUTED}), DONE],
        SERVED._replace(provider="Moonshot AI"),
    ),
    "chat: the first model stands": (
        "chat",
        [ROLE, chunk({"content": "a"}), chunk({}, "stop", model="x", provider="y")],
        SERVED,
    ),
    "messages: who served": ("messages", [started()], Seen("kimi", "Fireworks")),
    "messages: usage at both ends": (
        "messages",
        [
            started(usage={"input_tokens": 40, "cache_read_input_tokens": 900,
                           "cache_creation_input_tokens": 60, "output_tokens": 1}),
            block_delta("text_delta", text="Green."),
            named("message_delta", delta={"stop_reason": "end_turn"},
                  usage={"input_tokens": 40, "cache_read_input_tokens": None, "output_tokens": 50}),
            STOP,
        ],
        Seen("kimi", "Fireworks", Usage(input=1000, cached=900, output=50)),
    ),
    "messages: usage at the end": (
        "messages",
        [
            started(usage={"input_tokens": 0, "output_tokens": 0}),
            block_delta("text_delta", text="Green."),
            named("message_delta", usage={"input_tokens": 7, "output_tokens": 50, "cost": 0.5}),
        ],
        Seen("kimi", "Fireworks", Usage(input=7, output=50, cost=0.5)),
    ),
    "messages: metadata in the stop": (
        "messages",
        [started(), block_delta("text_delta", text="a"),
         named("message_stop", openrouter_metadata=ROUTED)],
        Seen("kimi", "Moonshot AI"),
    ),
    "responses: model": ("responses", [named("response.created", response={"model": "kimi"})],
                         Seen("kimi")),
    "responses: the end": (
        "responses",
        [
            named("response.output_text.delta", delta="a"),
            completed(MESSAGE, model="kimi", openrouter_metadata=ROUTED,
                      usage={"input_tokens": 1000, "input_tokens_details": {"cached_tokens": 900},
                             "output_tokens": 50, "output_tokens_details": {"reasoning_tokens": 20},
                             "cost": 0.0123}),
        ],
        Seen("kimi", "Moonshot AI", USED),
    ),
    "responses: metadata of an event": (
        "responses",
        [named("response.created", response={"model": "kimi"}, openrouter_metadata=ROUTED)],
        Seen("kimi", "Moonshot AI"),
    ),
}  # fmt: skip


@pytest.mark.parametrize(("dialect", "chunks", "expected"), TELLING.values(), ids=TELLING)
def test_what_a_stream_tells_of_itself(
    dialect: Dialect, chunks: list[bytes], expected: Seen
) -> None:
    assert watched(dialect, *chunks).seen == expected
