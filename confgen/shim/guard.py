"""Stops a client that repeats one failing request without end.

Measured: OpenCode 1.18.33 asks again at once after an empty answer, 228 times in 22 s; OpenHands
1.16.0 215 times in 52 s. Both pay for every one.
"""

from collections import OrderedDict
from collections.abc import Hashable

from confgen.shim.refusal import Refusal

LIMIT = 20
WINDOW = 10.0  # seconds
_REMEMBERED = 256


class Guard:
    """Counts the failures of each request, known by a mark that equal bodies share.

    `now` is in seconds, on any clock that only rises. A request that is answered is forgotten.
    """

    __slots__ = ("_failures",)

    def __init__(self) -> None:
        self._failures: OrderedDict[Hashable, list[float]] = OrderedDict()

    @property
    def watches(self) -> bool:
        """Whether any request has failed at all: most of the time none has."""
        return bool(self._failures)

    def check(self, mark: Hashable, now: float) -> None:
        """Raises Refusal where this request has failed LIMIT times within WINDOW."""
        failures = self._failures.get(mark, ())
        recent = [at for at in failures if now - at < WINDOW]
        if len(recent) >= LIMIT:
            # 400 ends the turn in OpenCode, Claude Code, Droid and OpenHands alike.
            raise Refusal(
                400,
                f"the same request has failed {len(recent)} times in {WINDOW:.0f} s, so the shim "
                "holds it back: wait ten seconds, or send something else",
            )

    def failed(self, mark: Hashable, now: float) -> None:
        self._failures[mark] = [*self._failures.get(mark, ())[-LIMIT:], now]
        self._failures.move_to_end(mark)
        if len(self._failures) > _REMEMBERED:
            self._failures.popitem(last=False)

    def answered(self, mark: Hashable) -> None:
        self._failures.pop(mark, None)
