"""The estimate of input tokens: never below what a tokenizer counts, and not far above."""

import json
import time
import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from confgen.shim.count_tokens import count_tokens

TEXTS = tomllib.loads(Path(__file__).with_name("token_counts.toml").read_text("utf-8"))["text"]
FRAME = 20
"""What stands around a single message."""

OTHER, CLAUDE = "moonshotai/kimi-k2.5", "anthropic/claude-opus-4.8"
USUAL = {"english", "technical english", "python", "typescript", "json", "markdown table", "log"}


def body(*content: Any, **rest: Any) -> bytes:
    return json.dumps(
        {"messages": [{"role": "user", "content": c} for c in content]} | rest
    ).encode()


def tokens_of(text: str, model: str = "") -> int:
    """The estimate for the text alone."""
    return count_tokens(body(text), model) - FRAME


def named(sample: dict[str, Any]) -> str:
    return str(sample["name"])


@pytest.mark.parametrize("sample", TEXTS, ids=named)
def test_no_tokenizer_counts_more(sample: dict[str, Any]) -> None:
    others, claude = max(sample["others"].values()), max(sample["claude"].values())
    assert tokens_of(sample["text"], OTHER) >= others
    assert tokens_of(sample["text"], CLAUDE) >= claude
    assert tokens_of(sample["text"]) >= max(others, claude)


@pytest.mark.parametrize("sample", [t for t in TEXTS if t["name"] in USUAL], ids=named)
def test_usual_text_is_not_far_above(sample: dict[str, Any]) -> None:
    assert tokens_of(sample["text"], OTHER) <= 2.1 * max(sample["others"].values())
    assert tokens_of(sample["text"], CLAUDE) <= 1.9 * max(sample["claude"].values())


@given(st.text(), st.text())
def test_more_text_is_never_fewer_tokens(one: str, two: str) -> None:
    assert tokens_of(f"{one}\n{two}") >= max(tokens_of(one), tokens_of(two)) - 1


TEXT = "What does this picture show?"
PIECES = {
    "a string": TEXT,
    "a text block": [{"type": "text", "text": TEXT}],
    "a cached block": [{"type": "text", "text": TEXT, "cache_control": {"type": "ephemeral"}}],
    "thinking": [{"type": "thinking", "thinking": TEXT, "signature": "c2ln" * 500}],
    "a tool's result": [{"type": "tool_result", "tool_use_id": "toolu_1", "content": TEXT}],
    "blocks in a result": [
        {"type": "tool_result", "tool_use_id": "t", "content": [{"type": "text", "text": TEXT}]}
    ],
    "a document of text": [
        {"type": "document", "source": {"type": "text", "media_type": "text/plain", "data": TEXT}}
    ],
    "a document of blocks": [
        {"type": "document", "source": {"type": "content", "content": TEXT}},
        {"type": "document", "source": {"type": "content", "content": [{"type": "text"}]}},
    ],
    "a block of no known type": [{"type": "novelty", "words": TEXT}],
    "no block at all": [TEXT, 7, None],
}  # fmt: skip


@pytest.mark.parametrize("content", PIECES.values(), ids=PIECES)
def test_a_text_counts_wherever_it_stands(content: Any) -> None:
    counted = count_tokens(body(content))
    assert 0 <= counted - count_tokens(body(TEXT)) < 120


FILE = "JVBERi0x" * 50_000
PRICED = {
    "an image": (
        [{"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": FILE}}],
        3_000,
        3_100,
    ),
    "an image in a result": (
        [{"type": "tool_result", "tool_use_id": "t", "content": [
            {"type": "image", "source": {"type": "url", "url": "https://example.com/a.png"}}]}],
        3_000,
        3_100,
    ),
    "a document": (
        [{"type": "document", "source": {"type": "base64", "media_type": "application/pdf",
                                         "data": FILE}}],
        60_000,
        80_000,
    ),
    "a document elsewhere": (
        [{"type": "document", "source": {"type": "file", "file_id": "file_1"}}],
        3_000,
        3_100,
    ),
    "a tool's arguments": (
        [{"type": "tool_use", "id": "t", "name": "write", "input": {"text": "word " * 1_000}}],
        1_000,
        3_000,
    ),
}  # fmt: skip


@pytest.mark.parametrize(("content", "least", "most"), PRICED.values(), ids=PRICED)
def test_what_else_stands_in_a_message(content: Any, least: int, most: int) -> None:
    assert least <= count_tokens(body(content)) <= most


def test_the_system_prompt_counts_in_both_forms() -> None:
    words = "Answer in one sentence. " * 40
    for system in (words, [{"type": "text", "text": words}]):
        assert count_tokens(body("hi", system=system)) >= count_tokens(body("hi")) + 200


def test_tools_count_with_their_schemas() -> None:
    tool = {"name": "read", "description": "Read a file. " * 40, "input_schema": {"type": "object"}}
    none, one, two = (count_tokens(body("hi", tools=[tool] * n)) for n in range(3))
    assert one - none > 700
    assert two - one > 160


def test_each_message_costs_something() -> None:
    alone, all_ten = count_tokens(body("a")), count_tokens(body(*"abcdefghij"))
    assert all_ten - alone >= 9 * 5


@pytest.mark.parametrize(
    "request_body",
    [b"{}", b'{"messages":null,"tools":{}}', b'{"messages":[1,"a",null]}',
     b'\xef\xbb\xbf{"messages":[]}', b'{"system":"\\ud800"}', b'{"system":NaN}'],
    ids=["empty", "wrong types", "wrong messages", "BOM", "lone surrogate", "NaN"],
)  # fmt: skip
def test_an_odd_request_still_has_a_count(request_body: bytes) -> None:
    assert 0 < count_tokens(request_body) < 100


@pytest.mark.parametrize(
    "request_body",
    [b"", b"{", b"[]", b'"text"', b"7", b'{"system":"\xff"}', b"[" * 100_000,
     b'{"messages":[{"content":' + b'[{"type":"tool_result","content":' * 5_000 + b"1"
     + b"}]" * 5_000 + b"}]}"],
    ids=["nothing", "cut", "array", "string", "number", "bad UTF-8", "deep", "deep blocks"],
)  # fmt: skip
def test_what_is_not_a_request_is_refused(request_body: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        count_tokens(request_body)


def test_a_long_prompt_is_counted_fast() -> None:
    """100 KB take 3 ms alone; the limit leaves room for a busy machine."""
    request = body("The quick brown fox jumps over 13 lazy dogs, and then?\n" * 1_900)
    spent = []
    for _ in range(5):
        began = time.process_time()
        count_tokens(request)
        spent.append(time.process_time() - began)
    assert min(spent) < 0.02
