"""What one turn of a coding agent costs: a long prompt, most of it cached, and a short answer."""

import re
from typing import NamedTuple

from confgen.errors import UsageError
from confgen.openrouter.answers import Price, Rates

_UNITS = {"": 1, "k": 1_000, "m": 1_000_000}
_COUNT = r"([0-9]{1,9})(k|m|)"
_FORM = re.compile(rf"{_COUNT},([0-9]{{1,3}})%?,{_COUNT}", re.IGNORECASE)
_PERCENT = 100
_MILLION = 1e6
_DIGITS = 9  # after the point: none of a float's own noise


class Turn(NamedTuple):
    """Tokens of the prompt, the share of them that comes from a cache (0 to 1), of the answer.

    The default is a turn in the middle of a session; what a first turn costs is nobody's choice.
    """

    input: int = 60_000
    cached: float = 0.85
    output: int = 1_000

    def __str__(self) -> str:
        return f"{self.input:,} tokens in, {self.cached:.0%} cached, {self.output:,} out"


def parse_turn(text: str) -> Turn:
    """The turn that `60k,85%,1k` means. Raises UsageError."""
    found = _FORM.fullmatch(text.replace(" ", ""))
    if not found or int(found[3]) > _PERCENT:
        raise UsageError(
            f"'{text}' is no turn", where="--turn", hint="write tokens in, cached, out: 60k,85%,1k"
        )
    return Turn(
        int(found[1]) * _UNITS[found[2].lower()],
        int(found[3]) / _PERCENT,
        int(found[4]) * _UNITS[found[5].lower()],
    )


def cost(price: Price, turn: Turn) -> float | None:
    """USD for one turn; None where the price does not say.

    Without a price of its own what is cached costs as much as what is not.
    """
    rates = _rates(price, turn.input)
    if rates.input is None or rates.output is None:
        return None
    cached = rates.input if rates.cached is None else rates.cached
    tokens = turn.input * (turn.cached * cached + (1 - turn.cached) * rates.input)
    usd = (tokens + turn.output * rates.output) / _MILLION + (price.request or 0.0)
    return round(usd, _DIGITS)


def _rates(price: Price, tokens: int) -> Rates:
    """The rates for a prompt of that length: of those that apply, the last."""
    return next((rates for above, rates in reversed(price.longer) if tokens > above), price.rates)
