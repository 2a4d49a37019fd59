"""Flags over project file over user file over built-in: one Profile, each value with its source."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from confgen.document.model import JsonValue
from confgen.errors import SettingsError
from confgen.settings.built_in import BUILT_IN
from confgen.settings.files import HarnessTable, ProfileTable, SettingsFile
from confgen.settings.preferences import ProviderPreferences, parse_preferences
from confgen.settings.profile import Profile
from confgen.settings.shim import ShimSettings
from confgen.settings.suggest import did_you_mean

FLAG = "flag"


class Overrides(NamedTuple):
    """What the call's own options say.

    `fields` holds profile fields, `provider` single preferences; `whole_provider` is `--provider`,
    which the single ones win over.
    """

    profile: str | None = None
    route: str | None = None
    fields: Mapping[str, str | int | bool] = MappingProxyType({})
    provider: Mapping[str, JsonValue] = MappingProxyType({})
    whole_provider: Mapping[str, JsonValue] | None = None

    def over(self, former: "Overrides") -> "Overrides":
        """These, laid over those of a former call."""
        whole = former.whole_provider if self.whole_provider is None else self.whole_provider
        return Overrides(
            self.profile or former.profile,
            self.route or former.route,
            {**former.fields, **self.fields},
            {**former.provider, **self.provider},
            whole,
        )

    def to_json(self) -> dict[str, JsonValue]:
        """What they say of the profile's values; which profile and route is not among it."""
        said = {
            "fields": self.fields,
            "provider": self.provider,
            "whole_provider": self.whole_provider,
        }
        return {name: dict(value) for name, value in said.items() if value}

    @classmethod
    def from_json(cls, said: Mapping[str, Any]) -> "Overrides":
        """The options of a former call. Raises SettingsError where a field cannot be one."""
        if unknown := set(said.get("fields", {})) - set(Profile._fields):
            raise SettingsError(f"no profile has a field '{min(unknown)}'")
        return cls(
            fields=said.get("fields", {}),
            provider=said.get("provider", {}),
            whole_provider=said.get("whole_provider"),
        )


class Settings(NamedTuple):
    """All that confgen was told: files strongest first (the built-in last), then the flags."""

    files: tuple[SettingsFile, ...]
    overrides: Overrides = Overrides()

    @property
    def layers(self) -> tuple[SettingsFile, ...]:
        return (*self.files, BUILT_IN)

    @property
    def default(self) -> tuple[str, str]:
        """The profile of a harness that names none, and the file that says so."""
        return next((f.profile, f.label) for f in self.layers if f.profile)

    @property
    def profile_names(self) -> tuple[str, ...]:
        """Every profile that some file has, or that is built in."""
        return tuple(dict.fromkeys(name for file in self.layers for name in file.profiles))

    def tables_of(self, name: str) -> list[tuple[str, ProfileTable]]:
        """What each file says of profile `name`, with the file's label, the strongest first."""
        return [(f.label, f.profiles[name]) for f in self.layers if name in f.profiles]

    def harness_table(self, harness: str) -> HarnessTable:
        """What the files say of one harness, the strongest of each value."""
        tables = [f.harnesses[harness] for f in self.files if harness in f.harnesses]
        values: dict[str, Any] = {}
        for table in reversed(tables):
            values |= table.values
        return HarnessTable(
            next((t.profile for t in tables if t.profile), None),
            next((t.route for t in tables if t.route), None),
            values,
        )

    def profile_for(self, harness: str) -> Profile:
        """The profile for a harness. Raises SettingsError where it is unknown or broken."""
        default, label = self.default
        named = self.harness_table(harness).profile
        if self.overrides.profile:
            return resolve_profile(self, self.overrides.profile, where="--profile")
        where = f"harness.{harness}.profile" if named else f"{label}: profile"
        return resolve_profile(self, named or default, where=where)

    @property
    def shim(self) -> ShimSettings:
        """How the shim serves: each value from the strongest file that has it."""
        given: dict[str, Any] = {}
        for file in reversed(self.files):
            given |= file.shim
        return ShimSettings(**given)

    def route_for(self, harness: str) -> str:
        return self.overrides.route or self.harness_table(harness).route or "auto"


def resolve_profile(settings: Settings, name: str, *, where: str) -> Profile:
    """Lay the layers of profile `name` over one another, the flags on top.

    `where` is what names the profile, for the SettingsError that there is none.
    """
    layers = settings.tables_of(name)
    if not layers:
        raise no_profile(settings, name, where=where)
    fields, sources = _fields(settings, layers)
    provider, provider_sources = _provider(settings.overrides, layers)
    if "model" not in fields:
        raise SettingsError(
            f"profile '{name}' names no model",
            where=f"{layers[0][0]}: profiles.{name}",
            hint='add model = "author/model"',
        )
    return Profile(
        name=name,
        model=fields["model"],
        small_model=fields.get("small_model", fields["model"]),
        provider=provider,
        context_tokens=fields.get("context_tokens"),
        output_tokens=fields.get("output_tokens"),
        images=fields.get("images", False),
        upstream=fields["upstream"],
        api_key_env=fields["api_key_env"],
        sources=sources | provider_sources,
        unknown_models=fields.get("unknown_models", "pin"),
        drop_parameters=fields.get("drop_parameters", ()),
        session_id=fields.get("session_id", False),
        drop_null_reasoning=fields.get("drop_null_reasoning", False),
        rules=fields.get("rules", ()),
    )


def no_profile(settings: Settings, name: str, *, where: str) -> SettingsError:
    """The error for a name that no file knows; a preset's is one step from being known."""
    # Imported here: only a mistake pays for it.
    from confgen.settings.presets import find_preset  # noqa: PLC0415

    hint = did_you_mean(name, settings.profile_names)
    if find_preset(name):
        hint = f"it is a preset: 'confgen profile add {name}' puts it into confgen.toml"
    return SettingsError(f"no profile '{name}'", where=where, hint=hint)


def _fields(
    settings: Settings, layers: list[tuple[str, ProfileTable]]
) -> tuple[dict[str, Any], dict[str, str]]:
    found: dict[str, tuple[Any, str]] = {}
    for file in reversed(settings.layers):
        if file.upstream:
            found["upstream"] = (file.upstream, file.label)
        if file.api_key_env:
            found["api_key_env"] = (file.api_key_env, file.label)
    for label, table in reversed(layers):
        found |= {key: (value, label) for key, value in table.fields.items()}
    found |= {key: (value, FLAG) for key, value in settings.overrides.fields.items()}
    values = {key: value for key, (value, _) in found.items()}
    return values, {key: source for key, (_, source) in found.items()}


def _provider(
    overrides: Overrides, layers: list[tuple[str, ProfileTable]]
) -> tuple[ProviderPreferences, dict[str, str]]:
    """The pin is one object: the strongest layer's replaces a weaker one whole."""
    label, preferences = next(
        ((label, table.provider) for label, table in layers if table.provider is not None),
        ("built-in", ProviderPreferences()),
    )
    if overrides.whole_provider is not None:
        label = FLAG
        preferences = parse_preferences(overrides.whole_provider, where="--provider")
    single = parse_preferences(overrides.provider, where="provider").fields
    sources = {f"provider.{key}": label for key in preferences.fields}
    return preferences.merged(single), sources | {f"provider.{key}": FLAG for key in single}
