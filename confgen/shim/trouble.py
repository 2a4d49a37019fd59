"""What can become of a try that gives no whole answer."""

from typing import Literal, NamedTuple

from confgen.shim.seen import Fault
from confgen.shim.upstream import Unreachable

Trouble = Literal["empty", "error", "cut", "stalled"]

WORDS = {
    "cut": "the upstream broke off in the middle of the answer",
    "stalled": "the upstream sent nothing more of the answer",
    "error": "the provider failed in the middle of the answer",
}
"""What a client is told of an answer that had begun."""

STOPPING = Fault(503, "the shim is stopping", retryable=False, retry_after=None)


class Broken(Exception):  # noqa: N818 - what became of an answer, and no error of ours
    """The answer stopped before its end."""


class Stalled(Exception):  # noqa: N818 - likewise
    """The answer went on too long without a byte."""


class Stopping(Exception):  # noqa: N818 - likewise
    """The shim ends, and the grace that it gives to answers under way is over."""


class Failed(NamedTuple):
    """A try that gave nothing that a client could use. `answer` is the upstream's own JSON."""

    fault: Fault
    trouble: Trouble
    answer: bytes | None = None


def failed(error: Unreachable | Broken | Stalled) -> Failed:
    """A try whose answer never came, or stopped before the client had any of it."""
    if isinstance(error, Unreachable):
        return Failed(error.fault, "error")
    if isinstance(error, Stalled):
        return Failed(Fault(504, WORDS["stalled"], retryable=True, retry_after=None), "stalled")
    return Failed(Fault(502, WORDS["cut"], retryable=True, retry_after=None), "cut")
