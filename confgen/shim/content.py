"""Whether a piece of an answer holds anything, in the words of each dialect."""

from enum import IntEnum

from confgen.document import JsonValue
from confgen.document.values import at, items


class Content(IntEnum):
    """How much there is of an answer; of several pieces the most counts.

    BEGUN is reasoning, or an end with a reason of its own, such as `length`. SUBSTANCE is text or
    a tool call.
    """

    NONE = 0
    BEGUN = 1
    SUBSTANCE = 2


_SAID = ("content", "tool_calls", "function_call", "refusal", "audio", "images")
_THOUGHT = ("reasoning", "reasoning_content", "reasoning_details")


def in_choices(answer: JsonValue) -> Content:
    """What the choices of a chat answer hold, or those of one chunk of it."""
    return max(
        (_in_choice(choice) for choice in items(at(answer, "choices"))), default=Content.NONE
    )


def _in_choice(choice: JsonValue) -> Content:
    said = max(_in_message(at(choice, "delta")), _in_message(at(choice, "message")))
    return max(said, _in_end(at(choice, "finish_reason"), ("stop", "error")))


def _in_message(message: JsonValue) -> Content:
    if any(at(message, name) for name in _SAID):
        return Content.SUBSTANCE
    return _begun(any(at(message, name) for name in _THOUGHT))


def in_blocks(answer: JsonValue) -> Content:
    """What a whole answer of Messages holds."""
    blocks = max((in_block(block) for block in items(at(answer, "content"))), default=Content.NONE)
    return max(blocks, in_stop(answer))


def in_block(block: JsonValue) -> Content:
    """A content block of Messages; even an empty one is something, unless it is text."""
    kind = at(block, "type")
    if kind == "text":
        return Content.SUBSTANCE if at(block, "text") else Content.NONE
    if kind in ("thinking", "redacted_thinking"):
        return Content.BEGUN
    return Content.SUBSTANCE if kind else Content.NONE


def in_block_delta(delta: JsonValue) -> Content:
    if at(delta, "text") or at(delta, "partial_json"):
        return Content.SUBSTANCE
    return _begun(bool(at(delta, "thinking") or at(delta, "signature")))


def in_stop(ending: JsonValue) -> Content:
    """A `stop_reason` of Messages."""
    return _in_end(at(ending, "stop_reason"), ("end_turn",))


def in_output(response: JsonValue) -> Content:
    """What the output items of a Responses answer hold."""
    output = (in_item(item) for item in items(at(response, "output")))
    return max(*output, _begun(at(response, "status") == "incomplete"), Content.NONE)


def in_item(item: JsonValue) -> Content:
    kind = at(item, "type")
    if kind == "message":
        parts = items(at(item, "content"))
        said = any(at(part, "text") or at(part, "refusal") for part in parts)
        return Content.SUBSTANCE if said else Content.NONE
    if kind == "reasoning":
        return Content.BEGUN
    return Content.SUBSTANCE if kind else Content.NONE


def _in_end(reason: JsonValue, usual: tuple[str, ...]) -> Content:
    return _begun(bool(reason) and reason not in usual)


def _begun(has: bool) -> Content:
    return Content.BEGUN if has else Content.NONE
