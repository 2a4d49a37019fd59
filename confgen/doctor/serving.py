"""Whether OpenRouter has the models that the profiles ask for, and from whom they may come."""

from collections.abc import Iterator, Sequence
from contextlib import suppress

from confgen.doctor.pins import Pin, pins, place
from confgen.doctor.snapshot import Snapshot
from confgen.errors import ConfgenError
from confgen.finding import Found
from confgen.openrouter.allow import Allowing, Verdict, identity
from confgen.openrouter.answers import Endpoint
from confgen.openrouter.catalogue import is_unknown
from confgen.openrouter.find import near_slugs
from confgen.openrouter.slugs import base_of, is_preset, listed_slug, names_endpoint, plain
from confgen.openrouter.words import offers
from confgen.settings.suggest import did_you_mean

_NAMES = ("order", "only", "ignore", "allow_fallbacks")
_FAILING = 90.0  # percent of uptime


def model(snapshot: Snapshot) -> Iterator[Found]:
    """Models that OpenRouter does not have, or will not have for long."""
    for pin in pins(snapshot, with_presets=True):
        if is_preset(pin.model):
            words = f"{pin.model} is a preset, which is kept at OpenRouter and cannot be read"
            yield Found("skipped", words, pin.where)
            continue
        catalogue = snapshot.catalogue(pin.profile)
        known, slug = catalogue.models().value, listed_slug(pin.model)
        row = next((row for row in known if slug in (row.id, row.dated)), None)
        if row is None and _endpoints(snapshot, pin) is None:
            near = near_slugs(slug, (row.id for row in known))
            words = f"there is no model '{pin.model}': every request for it fails"
            words += f"; like it: {', '.join(near)}" if near else ""
            yield Found("error", words, pin.where, f"confgen models {base_of(slug)}")
        elif row and row.expires:
            words = f"OpenRouter may take {pin.model} away after {row.expires}"
            yield Found("warning", words, pin.where, f"confgen models {base_of(slug)}")


def providers(snapshot: Snapshot) -> Iterator[Found]:
    """Pinned providers that do not serve the model, which makes every request fail."""
    for pin, endpoints, named in _all_served(snapshot):
        fix = f"confgen providers {pin.model}"
        where = _where(pin, *_NAMES)
        if not endpoints:
            yield Found("error", f"nobody serves {pin.model} now", pin.where, fix)
            continue
        wanted = pin.slugs("order", "only")
        gone = [slug for slug in wanted if not any(_mean([slug], e) for e in endpoints)]
        absent = f"{', '.join(gone)} {'does' if len(gone) == 1 else 'do'} not serve {pin.model}"
        if not named:
            why = absent if gone else f"the pin leaves nobody who serves {pin.model}"
            served = f"it is served by {offers(sorted(endpoints, key=_price))}"
            yield Found("error", f"{why}: every request fails with 404; {served}", where, fix)
        elif gone:
            others = ", ".join(e.tag for e in named[:4])
            yield Found("warning", f"{absent}; the pin leaves {others}", where, fix)
        uptimes = [e.uptime for e in named if e.uptime is not None]
        if uptimes and len(uptimes) == len(named) and max(uptimes) < _FAILING:
            words = f"all whom the pin allows are failing: {max(uptimes):.0f} % of the time up"
            yield Found("warning", f"{pin.model}: {words}", where, fix)


def preferences(snapshot: Snapshot) -> Iterator[Found]:
    """Preferences that those who serve the model, and are named, do not meet."""
    for pin, _, named in _all_served(snapshot):
        # Where the names leave nobody, the check of those says so.
        if not named:
            continue
        verdicts = Allowing(pin.provider, pin.model, _zdr(snapshot, pin)).judge(named)
        shut_out = [verdict for verdict in verdicts if verdict.allowed == "no"]
        left = [verdict.endpoint for verdict in verdicts if verdict.allowed != "no"]
        where = _where(pin, *pin.provider)
        fix = f"confgen providers {pin.model}"
        if not left:
            words = f"the preferences leave nobody who serves {pin.model} (404): {_why(verdicts)}"
            yield Found("error", words, where, fix)
            continue
        slugs = pin.slugs("order", "only")
        if wanted := [verdict for verdict in shut_out if _mean(slugs, verdict.endpoint)]:
            yield Found("warning", f"not for {pin.model}: {_why(wanted)}", where, fix)
        if all(verdict.allowed != "yes" for verdict in verdicts):
            doubts = [verdict for verdict in verdicts if verdict.allowed == "unknown"]
            yield Found("info", f"not certain for {pin.model}: {_why(doubts)}", where)
        yield from _abilities(pin, left)


def names(snapshot: Snapshot) -> Iterator[Found]:
    """Provider slugs that OpenRouter does not know, and so never match."""
    said: set[tuple[str, str]] = set()
    for pin in pins(snapshot):
        known = snapshot.catalogue(pin.profile).providers().value
        spellings = {plain(name) for provider in known for name in (provider.slug, provider.name)}
        for slug in pin.slugs("order", "only", "ignore"):
            base = base_of(slug)
            if plain(base) in spellings or (pin.profile.name, slug) in said:
                continue
            said.add((pin.profile.name, slug))
            near = did_you_mean(base, (provider.slug for provider in known))
            hint = near if near.startswith("did") else f"confgen providers {pin.model}"
            words = f"'{slug}' is no provider that OpenRouter knows, and matches nobody"
            yield Found("warning", words, _where(pin, "order", "only", "ignore"), hint)


def _all_served(
    snapshot: Snapshot,
) -> Iterator[tuple[Pin, Sequence[Endpoint], Sequence[Endpoint]]]:
    """Who serves each model that there is, and those of them that the pin's names allow."""
    for pin in pins(snapshot):
        endpoints = _endpoints(snapshot, pin)
        if endpoints is not None:
            by_name = {field: pin.provider[field] for field in _NAMES if field in pin.provider}
            verdicts = Allowing(by_name, pin.model).judge(endpoints)
            named = [verdict.endpoint for verdict in verdicts if verdict.allowed != "no"]
            yield pin, endpoints, named


def _endpoints(snapshot: Snapshot, pin: Pin) -> tuple[Endpoint, ...] | None:
    """Who serves a model, be it nobody; None where there is none. Raises ConfgenError."""
    try:
        return snapshot.catalogue(pin.profile).endpoints(pin.model).value.endpoints
    except ConfgenError as error:
        if is_unknown(error):
            return None
        raise


def _zdr(snapshot: Snapshot, pin: Pin) -> set[tuple[str, str]] | None:
    # Where they are not known, that is said as what is not certain.
    with suppress(ConfgenError):
        if pin.provider.get("zdr") is True:
            return {identity(found) for found in snapshot.catalogue(pin.profile).zdr().value}
    return None


def _abilities(pin: Pin, left: Sequence[Endpoint]) -> Iterator[Found]:
    """What coding agents need, and nobody of those that are left has enough of."""
    fix = f"confgen providers {pin.model}"
    tags = ", ".join(endpoint.tag for endpoint in left[:4])
    if not any(endpoint.tools for endpoint in left):
        words = f"{tags}: no tools for {pin.model}, without which no coding agent gets an answer"
        yield Found("error", words, _where(pin, *pin.provider), fix)
    if pin.field != "model":
        return
    for field, name, has in (
        ("context_tokens", "of context", [endpoint.context for endpoint in left]),
        ("output_tokens", "of answer", [endpoint.max_output for endpoint in left]),
    ):
        told = getattr(pin.profile, field)
        most = max((tokens for tokens in has if tokens is not None), default=None)
        if told is not None and most is not None and told > most and None not in has:
            words = f"{tags}: at most {most:,} tokens {name}, and harnesses are told {told:,}"
            hint = f"set {field} = {most} in profile {pin.profile.name}"
            yield Found("warning", words, place(pin.profile, field), hint)


def _price(endpoint: Endpoint) -> tuple[float, str]:
    asked = endpoint.price.rates.input
    return (float("inf") if asked is None else asked, endpoint.tag)


def _why(verdicts: Sequence[Verdict]) -> str:
    """The reasons, each with those that it is for."""
    found: dict[str, list[str]] = {}
    for verdict in verdicts:
        found.setdefault(", ".join(verdict.reasons), []).append(verdict.endpoint.tag)
    return "; ".join(f"{', '.join(tags[:4])}: {why}" for why, tags in found.items())


def _mean(slugs: Sequence[str], endpoint: Endpoint) -> bool:
    """Whether one of them means the endpoint."""
    return any(names_endpoint(s, tag=endpoint.tag, provider=endpoint.provider) for s in slugs)


def _where(pin: Pin, *fields: str) -> str:
    """The first of the provider object's fields that the profile has."""
    if pin.field == "rules":
        return pin.where
    field = next((field for field in fields if field in pin.provider), None)
    return place(pin.profile, f"provider.{field}") if field else pin.where
