"""Watching a streamed answer pass: whether it has begun, has ended well, and what it tells.

Almost every chunk of a stream says nothing of this. So each event is parsed only until there is
an answer, and later on only where one regular expression finds something worth it.
"""

import re
from collections.abc import Callable, Mapping
from typing import NamedTuple

from confgen.document import JsonValue
from confgen.document.values import at, items
from confgen.shim.content import (
    Content,
    in_block,
    in_block_delta,
    in_choices,
    in_item,
    in_output,
    in_stop,
)
from confgen.shim.dialect import Dialect
from confgen.shim.foreign import decode, text
from confgen.shim.seen import Fault, Seen, Sighting
from confgen.shim.verdict import error_in, fault_in

LARGEST = 1 << 20
"""Bytes of one event that are kept and read; a larger one is content, whatever it holds."""

_END = b"\n\n"
_FIELD = re.compile(rb"^(data|event):[ ]?(.*)$", re.MULTILINE)
_DONE = "[DONE]"

# A name that has a value, or is one.
_GIVEN = rb'"(?!\s*+:\s*+(?:null|""|\[\]|\{\}))'
_TELLING = (
    rb"(?:usage|error|openrouter_metadata|finish_reason)%b"
    rb'|(?:message_stop|response\.(?:completed|incomplete|failed|error))"' % _GIVEN
)
_SUBSTANCE: Mapping[Dialect, bytes] = {
    "chat": rb"(?:content|tool_calls|function_call|refusal|audio|images)%b" % _GIVEN,
    "messages": rb'content_block_start"|(?:text|partial_json)%b' % _GIVEN,
    "responses": rb"response\.(?!reasoning)",
}

Search = Callable[[bytes], re.Match[bytes] | None]


def _search(*names: bytes) -> Search:
    # Every name begins with its quote: an expression that begins so is three times as fast.
    return re.compile(b'"(?:%b)' % b"|".join(names)).search


_telling = _search(_TELLING)
"""Finds what may say anything new of a stream in which text or a tool call has come."""


class Sign(NamedTuple):
    """What one event says. `ends` tells the terminator of a whole answer.

    `understood` tells whether the clients of the dialect, too, take an error for one.
    """

    content: Content = Content.NONE
    ends: bool = False
    error: JsonValue = None
    understood: bool = False


class Watch:
    """What is known of a streamed answer, fed with its bytes as they pass, cut anywhere.

    `begun`: something that counts as an answer has come; a role, keep-alives, usage and the
    terminator do not. `substance`: text or a tool call has come. `finished`: the terminator of a
    whole answer has come. `closed`: finished, or broken off in a way that clients understand.
    `fault`: the first error event.
    """

    __slots__ = (
        "_oversized", "_rest", "_sighting", "_sign", "_telling", "begun", "closed", "fault",
        "finished", "substance",
    )  # fmt: skip

    def __init__(self, dialect: Dialect) -> None:
        self.begun = self.substance = self.finished = self.closed = False
        self.fault: Fault | None = None
        self._sign, self._telling = _DIALECTS[dialect]
        self._sighting = Sighting()
        self._rest = bytearray()
        self._oversized = False

    @property
    def seen(self) -> Seen:
        return self._sighting.seen

    def feed(self, chunk: bytes) -> None:
        whole = not self._rest and chunk.endswith(_END) and len(chunk) <= LARGEST
        if not (whole and self.begun) or self._tells(chunk):
            self._gather(chunk)

    def end(self) -> None:
        """Read an event that the end of the stream left without its blank line."""
        self._gather(_END)

    def _gather(self, chunk: bytes) -> None:
        """Read the events that are whole, and keep the rest."""
        rest = self._rest
        if rest.endswith(b"\r"):
            del rest[-1]
            chunk = b"\r" + chunk
        searched = max(0, len(rest) - 1)
        rest += chunk.replace(b"\r\n", b"\n")
        end = rest.rfind(_END, searched)
        if end >= 0:
            self._read(bytes(rest[:end]))
            del rest[: end + len(_END)]
        if len(rest) > LARGEST + 1:
            self._oversized = True
            self._hold(Content.SUBSTANCE)
            del rest[:-1]

    def _read(self, whole: bytes) -> None:
        events = whole.split(_END)
        if self._oversized:
            self._oversized = False
            del events[0]
        if self.begun and len(whole) <= LARGEST and not self._tells(whole):
            return
        for event in events:
            if len(event) > LARGEST:
                self._hold(Content.SUBSTANCE)
            elif not self.begun or self._tells(event):
                self._take(event)

    def _tells(self, events: bytes) -> bool:
        return self._telling(events) is not None or b"[DONE]" in events

    def _take(self, spelt: bytes) -> None:
        fields = _FIELD.findall(spelt)
        name = next((value for field, value in fields if field == b"event"), b"")
        content = b"\n".join(value for field, value in fields if field == b"data")
        event = _DONE if content.strip() == b"[DONE]" else decode(content)
        sign = self._sign(name.strip().decode("latin-1"), event)
        self._sighting.add(event)
        self._hold(sign.content)
        if sign.error is not None:
            self.fault = self.fault or fault_in(sign.error)
            self.closed = self.closed or sign.understood
        if sign.ends:
            self.finished = self.finished or self.fault is None
            self.closed = True

    def _hold(self, content: Content) -> None:
        self.begun = self.begun or content > Content.NONE
        if content is Content.SUBSTANCE and not self.substance:
            self.substance = True
            self._telling = _telling


def _read_chat(_name: str, event: JsonValue) -> Sign:
    if event == _DONE:
        return Sign(ends=True)
    reasons = [at(choice, "finish_reason") for choice in items(at(event, "choices"))]
    return Sign(
        in_choices(event),
        ends=any(reason and reason != "error" for reason in reasons),
        error=error_in(event),
        understood=bool(at(event, "error")),
    )


def _read_messages(name: str, event: JsonValue) -> Sign:
    kind = at(event, "type")
    return Sign(
        _in_messages(kind, event),
        ends=kind == "message_stop",
        error=at(event, "error") or (event if kind == "error" else None),
        # Anthropic's libraries go by the event's name, not by what is in it.
        understood=name == "error",
    )


def _in_messages(kind: JsonValue, event: JsonValue) -> Content:
    if kind == "content_block_start":
        return in_block(at(event, "content_block"))
    if kind == "content_block_delta":
        return in_block_delta(at(event, "delta"))
    return in_stop(at(event, "delta")) if kind == "message_delta" else Content.NONE


def _read_responses(_name: str, event: JsonValue) -> Sign:
    kind = text(at(event, "type")) or ""
    understood = kind in ("error", "response.failed")
    error = at(event, "error")
    if not error and (understood or kind == "response.error"):
        error = at(event, "response", "error") or event
    return Sign(
        _in_responses(kind, event),
        ends=kind in ("response.completed", "response.incomplete"),
        error=error or None,
        understood=understood,
    )


def _in_responses(kind: str, event: JsonValue) -> Content:
    if kind.startswith("response.") and kind.endswith(".delta") and at(event, "delta"):
        thought = kind.startswith("response.reasoning")
        return Content.BEGUN if thought else Content.SUBSTANCE
    if kind in ("response.output_item.added", "response.output_item.done"):
        return in_item(at(event, "item"))
    if kind == "response.incomplete":
        return max(Content.BEGUN, in_output(at(event, "response")))
    return in_output(at(event, "response")) if kind == "response.completed" else Content.NONE


_CHAT = (_read_chat, _search(_TELLING, _SUBSTANCE["chat"]))
_DIALECTS: Mapping[Dialect, tuple[Callable[[str, JsonValue], Sign], Search]] = {
    "chat": _CHAT,
    "embeddings": _CHAT,
    "messages": (_read_messages, _search(_TELLING, _SUBSTANCE["messages"])),
    "responses": (_read_responses, _search(_TELLING, _SUBSTANCE["responses"])),
}
