"""Finds models and providers by what one has of a name."""

from collections.abc import Iterable

from confgen.openrouter.answers import Endpoint, Model, Provider
from confgen.openrouter.slugs import base_of, plain

_NEAR = 0.6
_MOST_NEAR = 8


def matching(query: str, models: Iterable[Model]) -> tuple[Model, ...]:
    """The models that have every word of `query` in their slug or name, the likeliest first.

    Case and marks do not count: `kimi k2.5` finds moonshotai/kimi-k2.5. Where nothing has them,
    the slugs that look most like it; without a query all, the newest first.
    """
    newest = sorted(models, key=_newest)
    words = [word for word in map(plain, query.split()) if word]
    if not words:
        return tuple(newest)
    found = [model for model in newest if all(word in _hay(model) for word in words)]
    if not found:
        return tuple(_near(query, newest))
    return tuple(sorted(found, key=lambda model: _rank(model, "".join(words))))


def near_slugs(wrong: str, slugs: Iterable[str], most: int = 3) -> list[str]:
    """Up to `most` slugs that look like a wrong one, whole or without their authors."""
    # Imported here: only a mistake pays for it.
    from difflib import get_close_matches  # noqa: PLC0415

    known = list(slugs)
    short = {slug.partition("/")[2] or slug: slug for slug in reversed(known)}
    close = get_close_matches(wrong.lower(), known, n=most, cutoff=_NEAR)
    part = wrong.lower().partition("/")[2] or wrong.lower()
    close += [short[name] for name in get_close_matches(part, short, n=most, cutoff=_NEAR)]
    return list(dict.fromkeys(close))[:most]


def provider_of(endpoint: Endpoint, providers: Iterable[Provider]) -> Provider | None:
    """The provider of an endpoint, by the slug in its tag or by its display name."""
    base, name = plain(base_of(endpoint.tag)), plain(endpoint.provider)
    return next((p for p in providers if plain(p.slug) == base or plain(p.name) == name), None)


def _near(query: str, models: list[Model]) -> list[Model]:
    by_slug = {model.id: model for model in models}
    return [by_slug[slug] for slug in near_slugs(query, by_slug, _MOST_NEAR)]


def _hay(model: Model) -> str:
    return plain(f"{model.id} {model.name}")


def _newest(model: Model) -> tuple[int, str]:
    return -(model.created or 0), model.id


def _rank(model: Model, wanted: str) -> int:
    """0 for the name itself, then what begins with it, holds it in one piece, or in several."""
    whole, name = plain(model.id), plain(model.id.partition("/")[2])
    if wanted in (whole, name):
        return 0
    if whole.startswith(wanted) or name.startswith(wanted):
        return 1
    return 2 if wanted in whole else 3
