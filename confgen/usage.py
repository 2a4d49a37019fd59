"""What the ledger's rows add up to, by model, provider, harness, day or profile."""

import math
import re
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from confgen.errors import UsageError
from confgen.settings.suggest import did_you_mean

# The ledger brings SQLite along, which adding needs nothing of.
if TYPE_CHECKING:
    from confgen.shim.ledger import Entry

UNKNOWN = "(unknown)"
"""The key of requests that nobody answered for."""

_KEYS: Mapping[str, Callable[["Entry"], str]] = {
    "model": lambda entry: entry.model_served or entry.model_sent,
    "provider": lambda entry: entry.provider_served or UNKNOWN,
    "harness": lambda entry: entry.harness,
    "day": lambda entry: time.strftime("%Y-%m-%d", time.localtime(entry.time)),
    "profile": lambda entry: entry.profile,
}
BY = tuple(_KEYS)

_SECONDS = {"m": 60, "h": 3600, "d": 86400, "w": 7 * 86400}
_FINE = {"ok", "cancelled"}


@dataclass(slots=True)
class Total:
    """The sum of some requests. Tokens are counted, `cost` is in USD; None: no answer told it.

    `errors` counts the answers that were refused, failed, empty, or stopped before their end,
    unless the client left; `served` the requests that each provider answered.
    """

    requests: int = 0
    tokens_input: int | None = None
    tokens_cached: int | None = None
    tokens_output: int | None = None
    tokens_reasoning: int | None = None
    cost: float | None = None
    leaks: int = 0
    errors: int = 0
    served: Counter[str] = field(default_factory=Counter)
    _input_where_cached: int = 0
    _tokens_where_cost: int = 0
    _first_bytes: list[float] = field(default_factory=list)

    def add(self, entry: "Entry") -> None:
        self.requests += 1
        for name in ("tokens_input", "tokens_cached", "tokens_output", "tokens_reasoning", "cost"):
            if (value := getattr(entry, name)) is not None:
                setattr(self, name, (getattr(self, name) or 0) + value)
        if entry.tokens_cached is not None:
            self._input_where_cached += entry.tokens_input or 0
        if entry.cost is not None:
            self._tokens_where_cost += (entry.tokens_input or 0) + (entry.tokens_output or 0)
        if entry.first_byte_ms is not None:
            self._first_bytes.append(entry.first_byte_ms)
        if entry.provider_served:
            self.served[entry.provider_served] += 1
        self.leaks += entry.leak
        self.errors += entry.outcome not in _FINE

    @property
    def cache_hit_rate(self) -> float | None:
        """The share of the input tokens that came from a cache, where an answer told both."""
        if self.tokens_cached is None or not self._input_where_cached:
            return None
        return self.tokens_cached / self._input_where_cached

    @property
    def usd_per_million_tokens(self) -> float | None:
        """The blended price: the cost of input and output tokens together, where it is known."""
        if self.cost is None or not self._tokens_where_cost:
            return None
        return self.cost / self._tokens_where_cost * 1e6

    def first_byte_ms(self, share: float) -> float | None:
        """The milliseconds within which this share of the answers began."""
        if not self._first_bytes:
            return None
        return sorted(self._first_bytes)[math.ceil(share * len(self._first_bytes)) - 1]


def check_by(name: str) -> str:
    if name not in _KEYS:
        raise UsageError(f"no column '{name}'", where="--by", hint=did_you_mean(name, BY))
    return name


def parse_since(text: str, now: float) -> float:
    """The Unix time that `7d`, `all` or a local ISO date means. Raises UsageError."""
    if text == "all":
        return 0.0
    if span := re.fullmatch(r"([0-9]{1,9})([mhdw])", text):
        return max(0.0, now - int(span[1]) * _SECONDS[span[2]])
    try:
        return max(0.0, datetime.fromisoformat(text).timestamp())
    except (ValueError, OverflowError, OSError) as error:
        raise UsageError(
            f"'{text}' is no time span",
            where="--since",
            hint="write 30m, 24h, 7d, 2w, all, or a date such as 2026-11-24",
        ) from error


def add_up(entries: Iterable["Entry"], by: str) -> tuple[dict[str, Total], Total]:
    """A total for each key, the dearest first but days in their order; and the total of all."""
    rows: dict[str, Total] = {}
    total = Total()
    key_of = _KEYS[by]
    for entry in entries:
        rows.setdefault(key_of(entry), Total()).add(entry)
        total.add(entry)
    return dict(sorted(rows.items(), key=_by_name if by == "day" else _by_cost)), total


def _by_name(row: tuple[str, Total]) -> str:
    return row[0]


def _by_cost(row: tuple[str, Total]) -> tuple[float, int, str]:
    key, total = row
    return -(total.cost or 0), -total.requests, key


def shares(rows: Mapping[str, Total]) -> list[float]:
    """Each row's part of the cost, or of the requests where no cost is known: 0 to 1."""
    costs = [total.cost or 0.0 for total in rows.values()]
    sizes = costs if any(costs) else [total.requests for total in rows.values()]
    return [size / sum(sizes) for size in sizes]
