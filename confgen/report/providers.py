"""The tables of `confgen providers`: who serves a model, at what price, and whom the pin allows."""

import json
import shutil
import textwrap
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import NamedTuple

from confgen.document import JsonValue
from confgen.openrouter.allow import Allowing, Answer, Verdict
from confgen.openrouter.answers import Listing, Provider
from confgen.openrouter.catalogue import Dated
from confgen.openrouter.find import provider_of
from confgen.openrouter.turn import Turn, cost
from confgen.openrouter.words import offers
from confgen.report.catalogue import note_age, print_foreign, rates, rates_json
from confgen.report.figures import NOTHING, print_numbers, short, width
from confgen.report.terminal import VERSION, hint, note, printable, write

_SHOWN: dict[Answer, str] = {"yes": "yes", "fallback": "fallback", "unknown": "maybe", "no": "no"}


class Offer(NamedTuple):
    """Who serves a model, the cheapest `turn` first, and what the pin says to each.

    `providers` are all that there are, none where they are not known.
    """

    known: Dated[Listing]
    pin: Allowing
    verdicts: tuple[Verdict, ...]
    turn: Turn
    providers: tuple[Provider, ...]

    @property
    def is_served(self) -> bool:
        return any(verdict.allowed != "no" for verdict in self.verdicts)


def print_providers(offer: Offer, *, offline: bool, as_json: bool) -> None:
    note_age(offer.known, offline=offline, now=time.time())
    if as_json:
        print_foreign(_document(offer))
    else:
        write("".join(f"{line}\n" for line in _title(offer)))
        if offer.verdicts:
            _print_tables(offer)
            write("".join(f"{line}\n" for line in _legend(offer)))
    if not offer.is_served:
        _warn(offer)


def _warn(offer: Offer) -> None:
    model = offer.pin.model
    if not offer.verdicts:
        note("warning", f"nobody serves {model} now: every request to it fails")
        return
    note("warning", f"the pin allows nobody who serves {model}: every request fails with 404")
    hint(f"it is served by {offers([verdict.endpoint for verdict in offer.verdicts])}")
    hint(f"to pin the cheapest: --only {offer.verdicts[0].endpoint.tag} --no-fallbacks")


def _title(offer: Offer) -> Iterator[str]:
    listing = offer.known.value
    name = f" ({listing.name})" if listing.name not in ("", offer.pin.model) else ""
    yield printable(f"{offer.pin.model}{name}")
    spelt = json.dumps(offer.pin.provider, separators=(",", ":"), ensure_ascii=False)
    yield printable(f"pin: {spelt}")
    yield ""


def _print_tables(offer: Offer) -> None:
    """One table where the terminal is wide enough, else one of prices and one of the service."""
    prices = ("pin", "provider", "turn", "in", "cached", "out", "context", "max out")
    service = ("based", "quant", "tools", "uptime", "latency", "tok/s")
    rows = [(_price(verdict, offer.turn), _service(verdict, offer)) for verdict in offer.verdicts]
    whole = [(*prices, *service), *((*price, *quality) for price, quality in rows)]
    if width(whole) <= shutil.get_terminal_size().columns:
        print_numbers(whole[0], whole[1:], before=2)
        return
    print_numbers(prices, [price for price, _ in rows], before=2)
    write("\n")
    print_numbers(("provider", *service), [(price[1], *quality) for price, quality in rows])


def _price(verdict: Verdict, turn: Turn) -> tuple[str, ...]:
    endpoint = verdict.endpoint
    return (
        _SHOWN[verdict.allowed],
        endpoint.tag,
        _turn(cost(endpoint.price, turn)),
        *rates(endpoint.price),
        short(endpoint.context),
        short(endpoint.max_output),
    )


def _turn(usd: float | None) -> str:
    """USD with as many digits as tell one provider's turn from another's."""
    return NOTHING if usd is None else f"${usd:.2f}" if usd >= 1 else f"${usd:.4f}"


def _service(verdict: Verdict, offer: Offer) -> tuple[str, ...]:
    endpoint = verdict.endpoint
    provider = provider_of(endpoint, offer.providers)
    return (
        (provider and provider.country) or NOTHING,
        endpoint.quantization or NOTHING,
        "yes" if endpoint.tools else "no",
        NOTHING if endpoint.uptime is None else f"{endpoint.uptime:.1f}%",
        NOTHING if endpoint.latency is None else f"{endpoint.latency:.1f}s",
        short(endpoint.throughput),
    )


def _legend(offer: Offer) -> Iterator[str]:
    yield ""
    yield f"USD per million tokens; a turn is {offer.turn}."
    for answer, words in (("no", "The pin rules out:"), ("unknown", "Not certain:")):
        why: dict[str, list[str]] = {}
        for verdict in offer.verdicts:
            if verdict.allowed == answer:
                why.setdefault("; ".join(verdict.reasons), []).append(verdict.endpoint.tag)
        if why:
            yield words
        for reasons, tags in why.items():
            said = printable(f"{', '.join(tags)}: {reasons}")
            columns = shutil.get_terminal_size().columns
            yield from textwrap.wrap(
                said, columns, initial_indent="  ", subsequent_indent="    ", break_on_hyphens=False
            )


def _document(offer: Offer) -> dict[str, JsonValue]:
    return {
        "version": VERSION,
        "model": offer.pin.model,
        "name": offer.known.value.name,
        "asked": datetime.fromtimestamp(offer.known.asked, UTC).isoformat(),
        "stale": offer.known.trouble is not None,
        "provider": dict(offer.pin.provider),
        "turn": {
            "tokens_input": offer.turn.input,
            "cached_share": offer.turn.cached,
            "tokens_output": offer.turn.output,
        },
        "served": offer.is_served,
        "endpoints": [_endpoint(verdict, offer) for verdict in offer.verdicts],
    }


def _endpoint(verdict: Verdict, offer: Offer) -> dict[str, JsonValue]:
    endpoint = verdict.endpoint
    provider = provider_of(endpoint, offer.providers)
    return {
        "tag": endpoint.tag,
        "provider_name": endpoint.provider,
        "country": provider and provider.country,
        "datacenters": list(provider.datacenters) if provider else [],
        "allowed": verdict.allowed,
        "reasons": list(verdict.reasons),
        "usd_per_million_tokens": rates_json(endpoint.price),
        "usd_per_turn": cost(endpoint.price, offer.turn),
        "context_tokens": endpoint.context,
        "output_tokens": endpoint.max_output,
        "quantization": endpoint.quantization,
        "service_tier": endpoint.tier,
        "tools": endpoint.tools,
        "uptime_percent": endpoint.uptime,
        "latency_seconds": endpoint.latency,
        "tokens_per_second": endpoint.throughput,
    }
