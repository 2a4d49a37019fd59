"""A local answer to `/v1/messages/count_tokens`, which OpenRouter does not have.

An estimate from above. Each kind of character and each start of a word has a cost, found by a
linear programme over 580 texts of 300 to 6 000 characters (prose, code, JSON, 130 languages,
numbers, base64, white space, random letters): the sum over a text is at least 5 % above the dearest
tokenizer, and otherwise as low as can be over prose, code and JSON. The tokenizers were cl100k,
o200k, Llama 3, Qwen (two vocabularies), DeepSeek V4, Gemma 3 and Mistral's Tekken; and, priced
apart because they need half as much again for English, Claude 3 to 4.8 as ctok 1.3.0 rebuilds them.

In the median the estimate is 1.6 times what the dearest tokenizer of its kind counts for prose, and
1.5 times for code and JSON: English looks like Welsh or Swahili here, which cost more. Of 484 other
texts and those of the tests none is counted too low, after some costs were raised for a few of
them. Not covered are random characters of a rare script, and random mixtures of tabs, line ends
and spaces.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple


class _Cost(NamedTuple):
    """Tokens for each one: with Claude's tokenizers, and with all others."""

    claude: float
    others: float


_LOWER = b"abcdefghijklmnopqrstuvwxyz"

# Bytes that cost the same, under the one that stands for them: for a character beyond ASCII its
# first byte, which tells the script.
_KINDS = {
    b"a": (b"acdehilmnorstu", _Cost(0.18, 0.09)),
    b"k": (b"bfgkpvwy", _Cost(1.1, 0.6)),
    b"q": (b"jqxz", _Cost(2.2, 2.8)),
    b"A": (_LOWER.upper(), _Cost(1.1, 0.72)),
    b"0": (b"0123456789", _Cost(0.75, 1.35)),
    b".": (b"!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~", _Cost(1.08, 0.75)),
    b" ": (b" ", _Cost(0.1, 0.12)),
    b"\n": (b"\t\r\n", _Cost(0.6, 0.8)),
    b"\0": (bytes((*range(9), 11, 12, *range(14, 32), 127)), _Cost(1.0, 1.9)),
    b"\xc2": (b"\xc2", _Cost(1.5, 1.5)),
    b"\xc3": (b"\xc3", _Cost(2.0, 1.9)),  # Western Europe
    b"\xc4": (bytes(range(0xC4, 0xCA)), _Cost(1.75, 1.8)),  # Eastern Europe, Turkish
    b"\xca": (bytes((*range(0xCA, 0xCE), *range(0xDC, 0xE0))), _Cost(2.5, 2.2)),
    b"\xce": (b"\xce\xcf", _Cost(1.0, 1.15)),  # Greek
    b"\xd0": (b"\xd0\xd1\xd2\xd3", _Cost(0.95, 0.95)),  # Cyrillic
    b"\xd4": (b"\xd4\xd5\xd6", _Cost(2.0, 2.4)),  # Armenian, Hebrew vowels
    b"\xd7": (b"\xd7", _Cost(1.1, 1.35)),  # Hebrew
    b"\xd8": (b"\xd8\xd9\xda\xdb", _Cost(1.4, 1.25)),  # Arabic
    b"\xe0": (b"\xe0", _Cost(2.6, 2.15)),  # India, Thai
    b"\xe1": (b"\xe1\xee\xef", _Cost(3.2, 3.15)),
    b"\xe2": (b"\xe2", _Cost(2.85, 3.2)),  # arrows, boxes, dashes
    b"\xe3": (b"\xe3", _Cost(2.0, 2.2)),  # kana
    b"\xe4": (bytes(range(0xE4, 0xEA)), _Cost(1.25, 1.6)),  # Chinese
    b"\xea": (bytes(range(0xEA, 0xEE)), _Cost(1.6, 1.5)),  # Korean
    b"\xf0": (bytes(range(0xF0, 0x100)), _Cost(4.0, 4.3)),  # emoji
}
_PAIRS = {b" .": _Cost(0.47, 0.23), b" 0": _Cost(1.15, 1.0)}
"""What follows a space without becoming one token with it, by kind."""

_SHAPES = {b".a": _Cost(0.9, 0.9), b"Aa": _Cost(2.35, 1.3), b"a" * 12: _Cost(10.8, 5.45)}
"""A word's start, small or capital, and twelve letters on end, which are seldom a word."""

_RULES = b"-=*#./_"
"""Characters that come in lines; four of them are never dearer than one costs here."""

_REQUEST, _ITEM = 12, 8
"""What stands around the prompt, and around each message, block and tool: Claude 4.7 has 11."""

_TOOLS = 600
"""The instructions that come with the first tool: up to 530 for Claude."""

_IMAGE = 3000
"""A full HD screenshot: 2 700 by 28 x 28 pixels a token (Kimi, Qwen), or Claude's 750 in all."""

_CHARS_OF_FILE, _FILE = 6, 3000
"""Base64 characters of a document that make a token, and what any document has."""


def _translation(classes: Mapping[bytes, bytes], rest: bytes) -> bytes:
    table = bytearray(rest * 256)
    for name, members in classes.items():
        for member in members:
            table[member] = name[0]
    return bytes(table)


# A byte within a character counts for nothing.
_TO_KIND = _translation({name: members for name, (members, _) in _KINDS.items()}, b"\x80")
_TO_SHAPE = _translation({b"a": _LOWER, b"A": _LOWER.upper()}, b".")


def count_tokens(body: bytes | bytearray, model: str = "") -> int:
    """The input tokens of a count_tokens request: an estimate that no text exceeds.

    `model` is the one that would serve, by its slug, whose kind of tokenizer decides; without it
    the dearer kind does. An image has a fixed price, a document one by its length: neither is a
    bound. Raises ValueError for a body that is not a JSON object, or nested too deeply.
    """
    try:
        request = json.loads(body)
        if not isinstance(request, dict):
            raise ValueError("the body is not a JSON object")  # noqa: TRY004 - one error for all
        parts = list(_parts(request))
    except RecursionError as error:
        raise ValueError("the body is nested too deeply") from error
    fixed = sum(part for part in parts if isinstance(part, int))
    return _REQUEST + fixed + _tokens("\n".join(p for p in parts if isinstance(p, str)), model)


def _parts(request: Mapping[str, Any]) -> Iterator[str | int]:
    """The texts of a request, and the tokens of whatever else it has."""
    yield from _content(request.get("system"))
    messages = request.get("messages")
    for message in messages if isinstance(messages, list) else ():
        yield _ITEM
        yield from _content(message.get("content") if isinstance(message, dict) else message)
    tools = request.get("tools")
    if tools and isinstance(tools, list):
        yield _TOOLS
        for tool in tools:
            yield _ITEM
            yield _json(tool)


def _content(content: Any) -> Iterator[str | int]:
    if isinstance(content, str):
        yield content
    elif isinstance(content, list):
        for block in content:
            yield _ITEM
            yield from _block(block)
    elif content is not None:
        yield _json(content)


def _block(block: Any) -> Iterator[str | int]:
    match block:
        case {"type": "text", "text": str(text)} | {"type": "thinking", "thinking": str(text)}:
            yield text
        case {"type": "tool_use", "name": name, "input": arguments}:
            yield _json([name, arguments])
        case {"type": "tool_result"}:
            yield from _content(block.get("content"))
        case {"type": "image"}:
            yield _IMAGE
        case {"type": "document", "source": {"type": "content", "content": content}}:
            yield from _content(content)
        case {"type": "document", "source": {"type": "base64", "data": str(file)}}:
            yield _FILE + len(file) // _CHARS_OF_FILE
        case {"type": "document", "source": {"type": "url" | "file"}}:
            yield _FILE
        case _:
            yield _json(block)


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _tokens(text: str, model: str) -> int:
    raw = text.encode("utf-8", "surrogatepass")
    for rule in _RULES:
        raw = raw.replace(bytes((rule,)) * 4, bytes((rule,)))
    kinds, shapes = raw.translate(_TO_KIND), b"." + raw.translate(_TO_SHAPE)
    counted = [(kinds.count(name), cost) for name, (_, cost) in _KINDS.items()]
    counted += [(kinds.count(pair), cost) for pair, cost in _PAIRS.items()]
    counted += [(shapes.count(shape), cost) for shape, cost in _SHAPES.items()]
    claude = sum(count * cost.claude for count, cost in counted)
    others = sum(count * cost.others for count, cost in counted)
    if model:
        return round(claude if "claude" in model else others)
    return round(max(claude, others))
