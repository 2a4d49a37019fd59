"""Whether OpenRouter has the models that the profiles ask for, and from whom they may come."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from confgen.doctor.pins import Pin, pins, place
from confgen.doctor.snapshot import Snapshot
from confgen.errors import ConfgenError
from confgen.finding import Found, Level
from confgen.openrouter.allow import Allowing, Verdict, identity
from confgen.openrouter.answers import Endpoint
from confgen.openrouter.catalogue import is_unknown
from confgen.openrouter.find import near_slugs
from confgen.openrouter.slugs import base_of, is_preset, listed_slug, names_endpoint, plain
from confgen.openrouter.words import offers
from confgen.settings.suggest import did_you_mean

__all__ = ["Level", "model", "names", "preferences", "providers"]

_NAMES = ("order", "only", "ignore", "allow_fallbacks")
_FAILING = 90.0  # percent of uptime


class Served(NamedTuple):
    """A pin, all who serve its model, and those of them that its names allow."""

    pin: Pin
    endpoints: tuple[Endpoint, ...]
    named: tuple[Endpoint, ...]


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
        if row is None and not _is_served(snapshot, pin):
            near = near_slugs(slug, (row.id for row in known))
            message = f"there is no model '{pin.model}': every request for it fails"
            told = f"{message}; like it: {', '.join(near)}" if near else message
            yield Found("error", told, pin.where, f"confgen models {base_of(slug)}")
        elif row and row.expires:
            words = f"OpenRouter may take {pin.model} away after {row.expires}"
            yield Found("warning", words, pin.where, f"confgen models {base_of(slug)}")


def providers(snapshot: Snapshot) -> Iterator[Found]:
    """Pinned providers that do not serve the model, which makes every request fail."""
    for pin, endpoints, named in _all_served(snapshot):
        mend = f"confgen providers {pin.model}"
        where = _where(pin, *_NAMES)
        if not endpoints:
            yield Found("error", f"nobody serves {pin.model} now", pin.where, mend)
            continue
        wanted = pin.slugs("order", "only")
        gone = [slug for slug in wanted if not any(_means(slug, e) for e in endpoints)]
        absent = f"{', '.join(gone)} {'does' if len(gone) == 1 else 'do'} not serve {pin.model}"
        if not named:
            why = absent if gone else f"the pin leaves nobody who serves {pin.model}"
            served = f"it is served by {offers(_cheapest(endpoints))}"
            yield Found("error", f"{why}: every request fails with 404; {served}", where, mend)
        elif gone:
            others = ", ".join(e.tag for e in named[:4])
            yield Found("warning", f"{absent}; the pin leaves {others}", where, mend)
        uptimes = [e.uptime for e in named if e.uptime is not None]
        if uptimes and len(uptimes) == len(named) and max(uptimes) < _FAILING:
            words = f"all whom the pin allows are failing: {max(uptimes):.0f} % of the time up"
            yield Found("warning", f"{pin.model}: {words}", where, mend)


def preferences(snapshot: Snapshot) -> Iterator[Found]:
    """Preferences that those who serve the model, and are named, do not meet."""
    for pin, _, named in _all_served(snapshot):
        # Where the names leave nobody, the check of those says so.
        if not named:
            continue
        verdicts = Allowing(pin.provider, pin.model, _zdr(snapshot, pin)).judge(named)
        left = [verdict.endpoint for verdict in verdicts if verdict.allowed != "no"]
        where = _where(pin, *pin.provider)
        mend = f"confgen providers {pin.model}"
        if not left:
            words = f"the preferences leave nobody who serves {pin.model} (404): {_why(verdicts)}"
            yield Found("error", words, where, mend)
            continue
        shut_out = [verdict for verdict in verdicts if verdict.allowed == "no"]
        if wanted := [v for v in shut_out if _is_named(pin, v.endpoint)]:
            yield Found("warning", f"not for {pin.model}: {_why(wanted)}", where, mend)
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


def _all_served(snapshot: Snapshot) -> Iterator[Served]:
    """Who serves each model that there is."""
    for pin in pins(snapshot):
        if _is_served(snapshot, pin):
            endpoints = snapshot.catalogue(pin.profile).endpoints(pin.model).value.endpoints
            by_name = {field: pin.provider[field] for field in _NAMES if field in pin.provider}
            verdicts = Allowing(by_name, pin.model).judge(endpoints)
            named = tuple(verdict.endpoint for verdict in verdicts if verdict.allowed != "no")
            yield Served(pin, endpoints, named)


def _is_served(snapshot: Snapshot, pin: Pin) -> bool:
    """Whether OpenRouter tells of endpoints, be they none. Raises ConfgenError."""
    try:
        snapshot.catalogue(pin.profile).endpoints(pin.model)
    except ConfgenError as error:
        if is_unknown(error):
            return False
        raise
    return True


def _zdr(snapshot: Snapshot, pin: Pin) -> set[tuple[str, str]] | None:
    if pin.provider.get("zdr") is not True:
        return None
    try:
        listed = snapshot.catalogue(pin.profile).zdr().value
    except ConfgenError:
        # Said as what is not certain.
        return None
    return {identity(endpoint) for endpoint in listed}


def _abilities(pin: Pin, left: Sequence[Endpoint]) -> Iterator[Found]:
    """What coding agents need, and nobody of those that are left has enough of."""
    mend = f"confgen providers {pin.model}"
    tags = ", ".join(endpoint.tag for endpoint in left[:4])
    if not any(endpoint.tools for endpoint in left):
        words = f"{tags}: no tools for {pin.model}, without which no coding agent gets an answer"
        yield Found("error", words, _where(pin, *pin.provider), mend)
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


def _cheapest(endpoints: Sequence[Endpoint]) -> list[Endpoint]:
    def price(endpoint: Endpoint) -> tuple[float, str]:
        asked = endpoint.price.rates.input
        return (float("inf") if asked is None else asked, endpoint.tag)

    return sorted(endpoints, key=price)


def _why(verdicts: Sequence[Verdict]) -> str:
    """The reasons, each with those that it is for."""
    found: dict[str, list[str]] = {}
    for verdict in verdicts:
        found.setdefault(", ".join(verdict.reasons), []).append(verdict.endpoint.tag)
    return "; ".join(f"{', '.join(tags[:4])}: {why}" for why, tags in found.items())


def _is_named(pin: Pin, endpoint: Endpoint) -> bool:
    return any(_means(slug, endpoint) for slug in pin.slugs("order", "only"))


def _means(slug: str, endpoint: Endpoint) -> bool:
    return names_endpoint(slug, tag=endpoint.tag, provider=endpoint.provider)


def _where(pin: Pin, *fields: str) -> str:
    """The first of the provider object's fields that the profile has."""
    if pin.field == "rules":
        return pin.where
    field = next((field for field in fields if field in pin.provider), None)
    return place(pin.profile, f"provider.{field}") if field else pin.where
