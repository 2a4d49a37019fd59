"""What an answer that has come whole is: an answer, or a fault and whether it may pass."""

import re
import time
from collections.abc import Callable, Mapping
from email.utils import mktime_tz, parsedate_tz

from confgen.document import JsonValue
from confgen.document.values import at, items
from confgen.redact import redact_message
from confgen.shim.content import Content, in_blocks, in_choices, in_output
from confgen.shim.dialect import ERROR_TYPES, Dialect
from confgen.shim.foreign import decode, number, text
from confgen.shim.seen import EMPTY, NOTHING_SEEN, Fault, Seen, Sighting

_TRY_AGAIN = frozenset({408, 429, 502, 503, 504, 524, 529})
_UNFINISHED = ("failed", "cancelled", "in_progress", "queued")  # of a whole Responses answer
_FINAL = frozenset({400, 401, 402, 403, 404, 413, 422})
_BAD_GATEWAY, _UNAVAILABLE = 502, 503
_ERRORS = range(400, 600)

_STATUSES: Mapping[str, int] = {
    **{kind: status for status, kind in ERROR_TYPES.items()},
    # OpenRouter's own names (`metadata.error_type`) and OpenAI's, where they say more than 502.
    "authentication": 401,
    "content_policy_violation": 403,
    "context_length_exceeded": 400,
    "insufficient_quota": 402,
    "invalid_prompt": 400,
    "invalid_request": 400,
    "not_found": 404,
    "payload_too_large": 413,
    "payment_required": 402,
    "permission_denied": 403,
    "provider_overloaded": 529,
    "provider_unavailable": 503,
    "rate_limit_exceeded": 429,
    "timeout": 504,
    "unprocessable": 422,
}
_UNREADABLE = EMPTY._replace(message="the provider's answer is not JSON")

_WORDS = ("message", "error", "detail", "msg")
_DEEPEST = 6
_LONGEST_OWN = 300  # characters of a provider's own words
_LONGEST = 1000
_SECONDS = re.compile(r"-?\d{1,12}(?:\.\d*)?", re.ASCII)


def judge_answer(dialect: Dialect, body: bytes) -> tuple[Fault | None, Seen]:
    """What a whole body that came with status 200 is; no fault is an answer.

    An error in it that trying again may mend counts as 503.
    """
    answer = decode(body)
    if not isinstance(answer, dict):
        return (_UNREADABLE if body.strip() else EMPTY), NOTHING_SEEN
    sighting = Sighting()
    sighting.add(answer)
    return _fault_of(dialect, answer), sighting.seen


def _fault_of(dialect: Dialect, answer: JsonValue) -> Fault | None:
    error = error_in(answer)
    if error is not None:
        fault = fault_in(error)
        return fault if fault.status in _FINAL else fault._replace(status=_UNAVAILABLE)
    return None if _CONTENT[dialect](answer) else EMPTY


def judge_error(
    status: int, retry_after: str | None, body: bytes, *, now: float | None = None
) -> Fault:
    """What an answer with an error status says, in whatever shape.

    `retry_after` is its header: seconds, or a date that is held against `now` (unix seconds).
    """
    answer = decode(body)
    error = at(answer, "error")
    error = error if isinstance(error, dict) else answer
    fault = _fault(status, error, f"the upstream answered {status}", status in _TRY_AGAIN)
    if fault.retry_after is None and retry_after is not None:
        wait = _seconds(retry_after.strip(), time.time() if now is None else now)
        return fault._replace(retry_after=wait)
    return fault


def fault_in(error: JsonValue) -> Fault:
    """What an error object within an answer says: `{code, message, metadata}` and its like."""
    status = _status_of(error)
    return _fault(status, error, "the provider failed while it answered", status not in _FINAL)


def error_in(answer: JsonValue) -> JsonValue:
    """The error that an answer, or a chunk of a chat, has in it; None where there is none."""
    error: JsonValue = at(answer, "error")
    if error:
        return error
    for choice in items(at(answer, "choices")):
        if at(choice, "error") or at(choice, "finish_reason") == "error":
            return at(choice, "error") or {}
    failed = at(answer, "type") == "error" or at(answer, "status") in _UNFINISHED
    return {} if failed else None


def _fault(status: int, error: JsonValue, otherwise: str, retryable: bool) -> Fault:
    told = at(error, "availability", "retryable")
    wait = number(at(error, "availability", "retry_after"))
    return Fault(
        status,
        _message(error) or otherwise,
        told if isinstance(told, bool) else retryable,
        None if wait is None else max(0.0, float(wait)),
    )


def _status_of(error: JsonValue) -> int:
    code = at(error, "code")
    if isinstance(code, str) and re.fullmatch("[45][0-9]{2}", code):
        return int(code)
    if isinstance(code, int) and code in _ERRORS:
        return code
    for word in (at(error, "type"), at(error, "metadata", "error_type"), code):
        if isinstance(word, str) and word in _STATUSES:
            return _STATUSES[word]
    return _BAD_GATEWAY


def _message(error: JsonValue) -> str:
    """One line for the client: OpenRouter's sentence, and the provider's own words after it."""
    said = _line(_sentence(error), _LONGEST)
    raw = at(error, "metadata", "raw")
    if isinstance(raw, str):
        raw = decode(raw.encode("utf-8", "replace")) or raw
    own = _line(_sentence(raw), _LONGEST_OWN)
    return f"{said}: {own}" if said and own not in said else said or own


def _sentence(value: JsonValue) -> str:
    """The words in an error of whatever shape; not all of it, since some repeat the request."""
    for _ in range(_DEEPEST):
        if isinstance(value, dict):
            value = next((value[name] for name in _WORDS if value.get(name)), None)
        elif isinstance(value, list) and value:
            value = value[0]
    return text(value) or ""


def _line(words: str, longest: int) -> str:
    shown = "".join(char if char.isprintable() else " " for char in words[: 2 * longest])
    return redact_message(" ".join(shown.split()))[:longest]


def _seconds(header: str, now: float) -> float | None:
    if _SECONDS.fullmatch(header):
        return max(0.0, float(header))
    try:
        date = parsedate_tz(header)
        return None if date is None else max(0.0, mktime_tz(date) - now)
    except (ValueError, OverflowError):
        return None


def _in_embeddings(answer: JsonValue) -> Content:
    return Content.SUBSTANCE if items(at(answer, "data")) else Content.NONE


_CONTENT: Mapping[Dialect, Callable[[JsonValue], Content]] = {
    "chat": in_choices,
    "messages": in_blocks,
    "responses": in_output,
    "embeddings": _in_embeddings,
}
