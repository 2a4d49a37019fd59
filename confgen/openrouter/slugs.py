"""The spellings of models and providers, and which of them mean the same.

Source: OpenRouter's guides to provider selection and to service tiers (2026-08-22, and a later
one of the latter that adds `fast`).
"""

import re
from collections.abc import Mapping

from confgen.settings.slugs import TIERS

_SAME_TIER = {"fast": "priority"}

SUFFIXES: Mapping[str, str | None] = {
    "nitro": "priority",
    "floor": "flex",
    "exacto": None,
    "online": None,
}
"""The suffixes of a model that change how it is routed, each with the tier that it lets in.

Others, such as `:free`, are part of the name of a model of its own.
"""

_MARKS = re.compile(r"[\W_]+")


def is_preset(model: str) -> bool:
    """Whether the model is said by a preset alone, which is at OpenRouter and cannot be read."""
    return model.startswith("@")


def listed_slug(model: str) -> str:
    """The slug under which a model is listed: without a preset, and without a routing suffix."""
    bare = model.partition("@")[0] or model
    base, _, suffix = bare.rpartition(":")
    return base if base and suffix in SUFFIXES else bare


def admitted_tier(model: str) -> str | None:
    """The service tier that the suffix of a model lets in beside the standard one."""
    return SUFFIXES.get(model.partition("@")[0].rpartition(":")[2])


def names_endpoint(slug: str, *, tag: str, provider: str) -> bool:
    """Whether `slug`, out of a provider object, means the endpoint of this tag.

    A base slug, or a display name, means all of a provider's endpoints but those of a service
    tier; one with a suffix means the endpoint of just that tag.
    """
    base, suffix = _parts(slug)
    own, own_suffix = _parts(tag)
    if suffix:
        return (base, suffix) == (own, own_suffix)
    return tier_of(tag) is None and plain(slug) in (plain(own), plain(provider))


def tier_of(tag: str) -> str | None:
    """The service tier that a tag names: `priority` for `openai/fast`."""
    suffix = _parts(tag)[1]
    return suffix if suffix in TIERS else None


def plain(name: str) -> str:
    """What a slug or a display name is compared as: "Moonshot AI" as `moonshotai`."""
    return _MARKS.sub("", name.lower())


def base_of(slug: str) -> str:
    return slug.partition("/")[0]


def _parts(slug: str) -> tuple[str, str]:
    base, _, suffix = slug.lower().partition("/")
    return base, _SAME_TIER.get(suffix, suffix)
