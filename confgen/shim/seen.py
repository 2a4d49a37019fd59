"""What an answer tells of itself: who served it, what it used, what went wrong."""

from typing import NamedTuple

from confgen.document import JsonValue
from confgen.document.values import at, items
from confgen.shim.foreign import number, text

_SUCCESS = range(200, 300)


class Usage(NamedTuple):
    """Tokens, and the cost in USD; None is not known.

    `input` is the whole prompt, `cached` the part of it that came from the provider's cache, and
    `reasoning` the part of `output` that was thought.
    """

    input: int | None = None
    cached: int | None = None
    output: int | None = None
    reasoning: int | None = None
    cost: float | None = None


class Seen(NamedTuple):
    """Who served: the model as the provider calls it, and the provider's display name."""

    model: str | None = None
    provider: str | None = None
    usage: Usage = Usage()


class Fault(NamedTuple):
    """Why there is no answer: an HTTP status, a sentence, and when to try again (seconds).

    The sentence may hold a provider's own words about the request: for its client, for no log.
    """

    status: int
    message: str
    retryable: bool
    retry_after: float | None


NOTHING_SEEN = Seen()
EMPTY = Fault(503, "the provider sent an empty answer", retryable=True, retry_after=None)


class Sighting:
    """Gathers what the parts of an answer tell of it; what comes first stands, but for usage.

    A provider in OpenRouter's routing metadata beats the one that the answer itself names.
    """

    __slots__ = ("_model", "_named", "_routed", "_usage")

    def __init__(self) -> None:
        self._model: str | None = None
        self._named: str | None = None
        self._routed: str | None = None
        self._usage: dict[str, JsonValue] = {}

    def add(self, part: JsonValue) -> None:
        """Take in a whole answer or one event of it, of any dialect."""
        for holder in (part, at(part, "message"), at(part, "response")):
            if isinstance(holder, dict):
                self._model = self._model or text(holder.get("model"))
                self._named = self._named or text(holder.get("provider"))
                self._routed = self._routed or _routed_to(holder.get("openrouter_metadata"))
                self._add_usage(holder.get("usage"))

    def _add_usage(self, usage: JsonValue) -> None:
        """Messages tells the prompt's tokens at its start, and those of the answer at its end."""
        if isinstance(usage, dict):
            self._usage |= {name: value for name, value in usage.items() if value is not None}

    @property
    def seen(self) -> Seen:
        return Seen(self._model, self._routed or self._named, _usage_of(self._usage))


def _routed_to(metadata: JsonValue) -> str | None:
    """The provider that OpenRouter's router says has served."""
    for endpoint in items(at(metadata, "endpoints", "available")):
        if at(endpoint, "selected") is True:
            return text(at(endpoint, "provider"))
    for attempt in reversed(items(at(metadata, "attempts"))):
        if at(attempt, "status") in _SUCCESS:
            return text(at(attempt, "provider"))
    return None


def _usage_of(usage: JsonValue) -> Usage:
    return Usage(
        input=_input(usage),
        cached=_first(
            at(usage, "prompt_tokens_details", "cached_tokens"),
            at(usage, "input_tokens_details", "cached_tokens"),
            at(usage, "cache_read_input_tokens"),
        ),
        output=_first(at(usage, "completion_tokens"), at(usage, "output_tokens")),
        reasoning=_first(
            at(usage, "completion_tokens_details", "reasoning_tokens"),
            at(usage, "output_tokens_details", "reasoning_tokens"),
        ),
        cost=number(at(usage, "cost")),
    )


def _input(usage: JsonValue) -> int | None:
    """The whole prompt; Messages counts what is read from and put into the cache apart."""
    told = _first(at(usage, "prompt_tokens"))
    if told is not None:
        return told
    apart = (at(usage, "cache_read_input_tokens"), at(usage, "cache_creation_input_tokens"))
    told = _first(at(usage, "input_tokens"))
    return None if told is None else told + sum(_first(count) or 0 for count in apart)


def _first(*counts: JsonValue) -> int | None:
    for count in counts:
        if (known := number(count)) is not None and known >= 0:
            return int(known)
    return None
