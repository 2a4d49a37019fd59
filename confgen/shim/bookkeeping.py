"""What an exchange leaves behind: its row in the ledger, and its line in the log."""

import time
import traceback
from collections.abc import Mapping

from confgen.shim.audit import meets_pin
from confgen.shim.exchange import Asked, Exchange
from confgen.shim.ledger import Entry
from confgen.shim.refusal import Refusal

_LONGEST = 100  # characters of a name in a line of the log


def entry_of(exchange: Exchange, now: float) -> Entry:
    """The row of an exchange that ended at `now`, of the loop's clock."""
    asked, seen, pin = exchange.asked, exchange.seen, exchange.injected.pin
    first = exchange.first_byte
    return Entry(
        time=asked.time,
        harness=asked.harness,
        profile=asked.service.profile,
        dialect=asked.route.dialect,
        model_asked=exchange.injected.asked,
        model_sent=pin.model,
        model_served=seen.model,
        provider_served=seen.provider,
        tokens_input=seen.usage.input,
        tokens_cached=seen.usage.cached,
        tokens_output=seen.usage.output,
        tokens_reasoning=seen.usage.reasoning,
        cost=seen.usage.cost,
        first_byte_ms=None if first is None else (first - exchange.started) * 1000,
        duration_ms=(now - exchange.started) * 1000,
        status=exchange.status,
        retries=max(0, exchange.tries - 1),
        outcome=exchange.outcome,
        leak=seen.provider is not None and not meets_pin(seen.provider, pin.provider),
    )


def refused_entry(asked: Asked, status: int) -> Entry:
    """The row of a request that had no pin put into it, so that it went nowhere."""
    return Entry(
        time=asked.time,
        harness=asked.harness,
        profile=asked.service.profile,
        dialect=asked.route.dialect,
        model_asked="",
        model_sent="",
        model_served=None,
        provider_served=None,
        tokens_input=None,
        tokens_cached=None,
        tokens_output=None,
        tokens_reasoning=None,
        cost=None,
        first_byte_ms=None,
        duration_ms=(time.time() - asked.time) * 1000,
        status=status,
        retries=0,
        outcome="refused",
        leak=False,
    )


def log_line(entry: Entry) -> str:
    harness, model, served = map(_plain, (entry.harness, entry.model_sent, entry.provider_served))
    word = "retry" if entry.retries == 1 else "retries"
    tries = f" after {entry.retries} {word}" if entry.retries else ""
    return (
        f"{harness} {model} by {served}: {entry.outcome} {entry.status} "
        f"in {entry.duration_ms / 1000:.1f} s{tries}"
    )


def leak_line(entry: Entry) -> str:
    return (
        f"LEAK: {_plain(entry.provider_served)} served {_plain(entry.model_sent)}, which the pin "
        f"that was sent for profile {entry.profile} does not allow"
    )


def refusal_line(harness: str, refusal: Refusal) -> str:
    return f"{_plain(harness)}: refused {refusal.status}: {refusal.message}"


def failure_line(error: Exception) -> str:
    """A failure of the shim itself: its kind and place, but not its words, which may hold any."""
    at = traceback.extract_tb(error.__traceback__)[-1]
    return f"the shim failed on a request: {type(error).__name__} at {at.filename}:{at.lineno}"


def trouble_line(context: Mapping[str, object]) -> str:
    """What went wrong outside of requests, of an event loop's `context` for it.

    Its message may tell with which arguments something was called.
    """
    error = context.get("exception")
    reason = getattr(error, "strerror", None) or type(error).__name__
    return f"the shim met trouble outside of requests: {reason}"


def _plain(name: str | None) -> str:
    """A name that someone else chose, in a line of ours: it must not begin another line."""
    return "".join(char if char.isprintable() else "?" for char in (name or "-")[:_LONGEST])
