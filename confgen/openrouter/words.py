"""Prices and endpoints in words, for whoever tells of them."""

from collections.abc import Sequence

from confgen.openrouter.answers import Endpoint

_CENTS = 0.1
_THOUSAND = 1_000
_MOST = 4


def rate(usd: float | None) -> str | None:
    """USD per million tokens, with three digits after the point below ten cents."""
    if usd is None:
        return None
    return "free" if usd == 0 else f"{usd:.2f}" if usd >= _CENTS else f"{usd:.3f}"


def offers(endpoints: Sequence[Endpoint]) -> str:
    """The first few of them: `novita/fp8 ($0.45 in, $2.25 out, 262k); and 3 more`."""
    said = [_offer(endpoint) for endpoint in endpoints[:_MOST]]
    more = len(endpoints) - _MOST
    return "; ".join([*said, *([f"and {more} more"] if more > 0 else [])])


def _offer(endpoint: Endpoint) -> str:
    rates = endpoint.price.rates
    told = [_priced(rates.input, "in"), _priced(rates.output, "out")]
    if endpoint.context is not None:
        told.append(f"{endpoint.context / _THOUSAND:.0f}k")
    known = ", ".join(filter(None, told))
    return f"{endpoint.tag} ({known})" if known else endpoint.tag


def _priced(usd: float | None, what: str) -> str | None:
    return None if usd is None else f"{what} free" if usd == 0 else f"${rate(usd)} {what}"
