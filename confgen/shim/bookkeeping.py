"""What an exchange leaves behind: its row in the ledger, and its line in the log."""

import time
import traceback

from confgen.shim.audit import meets_pin
from confgen.shim.exchange import Asked, Exchange
from confgen.shim.headers import Headers
from confgen.shim.ledger import Entry, harness_of
from confgen.shim.refusal import Refusal


def entry_of(exchange: Exchange, now: float) -> Entry:
    """The row of an exchange that ended at `now`, of the loop's clock."""
    asked, seen, pin = exchange.asked, exchange.seen, exchange.injected.pin
    first = exchange.first_byte
    return Entry(
        time=asked.time,
        harness=_harness(asked.headers),
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
        harness=_harness(asked.headers),
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
    served = entry.provider_served or "-"
    tries = f" after {entry.retries} retries" if entry.retries else ""
    return (
        f"{entry.harness} {entry.model_sent or '-'} by {served}: {entry.outcome} {entry.status} "
        f"in {entry.duration_ms / 1000:.1f} s{tries}"
    )


def leak_line(entry: Entry) -> str:
    return (
        f"LEAK: {entry.provider_served} served {entry.model_sent}, which the pin that was sent "
        f"for profile {entry.profile} does not allow"
    )


def refusal_line(headers: Headers, refusal: Refusal) -> str:
    return f"{_harness(headers)}: refused {refusal.status}: {refusal.message}"


def failure_line(error: Exception) -> str:
    """A failure of the shim itself: its kind and place, but not its words, which may hold any."""
    at = traceback.extract_tb(error.__traceback__)[-1]
    return f"the shim failed on a request: {type(error).__name__} at {at.filename}:{at.lineno}"


def _harness(headers: Headers) -> str:
    return harness_of(headers.first(b"user-agent") or "")
