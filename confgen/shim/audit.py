"""Whether the provider that served is one that the pin allows.

Answers name it by its display name ("Moonshot AI"), pins mostly by its slug (`moonshotai`), and
OpenRouter ships no table from the one to the other. Without case, spaces and marks the two are the
same for all but a few of the names in the `openrouter` package 1.3.84, and for most earlier ones;
the others are listed here.
"""

import re
from collections.abc import Mapping
from functools import lru_cache

from confgen.document import JsonValue

_MARKS = re.compile(r"[\W_]+")
_SLUGS: Mapping[str, tuple[str, ...]] = {
    "claudeplatformonaws": ("claudeonaws", "amazonbedrock"),
    "google": ("googlevertex",),
    "mancer2": ("mancer",),
    "nebiusaistudio": ("nebius",),
    "novitaai": ("novita",),
    "sakanaai": ("sakana",),
    "voyageaibymongodb": ("voyageai",),
}


def meets_pin(served: str, provider: Mapping[str, JsonValue]) -> bool:
    """Whether `provider`, the pin's object, lets the provider of this display name serve.

    A slug with a suffix (`deepinfra/turbo`) stands for its provider, since an answer names no more;
    so one in `ignore` shuts nobody out.
    """
    names = _names(served)
    ignored = [slug for slug in _slugs(provider, "ignore") if "/" not in slug]
    if names & _named(ignored):
        return False
    allowed = _allowed(provider)
    return allowed is None or bool(names & allowed)


def _allowed(provider: Mapping[str, JsonValue]) -> set[str] | None:
    """The names that may serve; None where all may."""
    only = _named(_slugs(provider, "only")) if provider.get("only") is not None else None
    if not provider.get("order") or provider.get("allow_fallbacks") is not False:
        return only
    order = _named(_slugs(provider, "order"))
    return order if only is None else (only & order) or only


def _slugs(provider: Mapping[str, JsonValue], field: str) -> list[str]:
    slugs = provider.get(field)
    return [str(slug) for slug in slugs] if isinstance(slugs, list | tuple) else []


def _named(slugs: list[str]) -> set[str]:
    return {name for slug in slugs for name in _names(slug.partition("/")[0])}


@lru_cache(maxsize=256)
def _names(spelt: str) -> frozenset[str]:
    """All that a slug or a display name may be compared as."""
    name = _MARKS.sub("", spelt.lower())
    return frozenset((name, *_SLUGS.get(name, ())))
