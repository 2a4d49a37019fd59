"""Which models the profiles in use ask for, with which provider object."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from confgen.doctor.snapshot import Snapshot
from confgen.document import JsonValue
from confgen.openrouter.catalogue import Catalogue, Part
from confgen.openrouter.slugs import is_preset, listed_slug
from confgen.settings import Profile

_UNWRITTEN = ("built-in", "flag")


class Pin(NamedTuple):
    """A model that is asked for; `field` of the profile names it, under `key` in its file."""

    profile: Profile
    model: str
    provider: Mapping[str, JsonValue]
    field: str
    key: str

    @property
    def where(self) -> str:
        return place(self.profile, self.field, self.key)

    def slugs(self, *fields: str) -> list[str]:
        """The provider slugs that the object's lists hold, each once."""
        lists = (self.provider.get(field) for field in fields)
        found = (slug for slugs in lists if isinstance(slugs, list | tuple) for slug in slugs)
        return list(dict.fromkeys(map(str, found)))


def pins(snapshot: Snapshot, *, with_presets: bool = False) -> Iterator[Pin]:
    """What the profiles in use ask for, the shim's rules included. Raises ConfgenError."""
    for pin in (pin for profile in snapshot.profiles for pin in pins_of(profile)):
        if with_presets or not is_preset(pin.model):
            yield pin


def pins_of(profile: Profile) -> Iterator[Pin]:
    provider = profile.provider.fields
    fields = ("model", "small_model")
    # The small model is often the main one: `models` has each once.
    for model, field in zip(profile.models, fields, strict=False):
        yield Pin(profile, model, provider, field, field)
    for rule in profile.rules:
        if rule.model:
            own = provider if rule.provider is None else rule.provider
            yield Pin(profile, rule.model, own, "rules", f'models."{rule.pattern}"')


def place(profile: Profile, field: str, key: str | None = None) -> str:
    """Where a profile says something: its file and key, or its name."""
    label = profile.sources.get(field, _UNWRITTEN[0])
    if label in _UNWRITTEN:
        return f"profile {profile.name}"
    return f"{label}: profiles.{profile.name}.{key or field}"


def ask(snapshot: Snapshot, profile: Profile) -> Catalogue:
    """The catalogue of a profile's upstream, with all that the checks want of it on its way.

    Nothing is kept on this disk. Raises ConfgenError for a key that none can be.
    """
    name, env = profile.api_key_env, snapshot.machine.env
    catalogue = Catalogue.open(profile.upstream, env, name, None)
    same = [p for p in snapshot.profiles if (p.upstream, p.api_key_env) == (profile.upstream, name)]
    asked = [pin for profile in same for pin in pins_of(profile)]
    parts: list[Part] = ["models", "providers"]
    if any(pin.provider.get("zdr") is True for pin in asked):
        parts.append("zdr")
    if catalogue.client.has_key:
        parts += ["key", "open"]
    slugs = {listed_slug(pin.model) for pin in asked if not is_preset(pin.model)}
    catalogue.ask_for(parts, sorted(slug for slug in slugs if not slug.startswith("~")))
    return catalogue
