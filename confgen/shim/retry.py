"""Whether, and when, a failed request is tried again. Pure: time and chance come from outside."""

from typing import NamedTuple

from confgen.shim.seen import Fault

LONGEST_WAIT = 30.0
"""Seconds. An upstream that asks for more is not asked again, and no client is told to wait longer:
OpenCode 1.18.33 obeys any `Retry-After`, and hangs without a word for an hour."""

_FIRST, _LAST = 1.0, 8.0


class Retries(NamedTuple):
    """At most `limit` further tries, none of which begins later than `budget` seconds."""

    limit: int
    budget: float

    def pause(self, made: int, fault: Fault, spent: float, chance: float) -> float | None:
        """Seconds to wait after `made` failed tries, or None where the fault is to be passed on.

        `spent` is seconds since the first try began; `chance` in [0, 1) spreads the waits of
        clients that failed together by a quarter up or down.
        """
        if not fault.retryable or made > self.limit:
            return None
        asked = fault.retry_after or 0.0
        if asked > LONGEST_WAIT:
            return None
        wait = min(_LAST, _FIRST * 2.0 ** (made - 1)) * (0.75 + chance / 2)
        wait = max(wait, asked)
        return wait if spent + wait <= self.budget else None
