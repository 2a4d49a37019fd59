"""The profile that `confgen profile add` is to write: something to start from, and the options."""

from typing import Any

from confgen.errors import UsageError
from confgen.settings import Overrides, ProviderPreferences, Settings
from confgen.settings.files import ProfileTable
from confgen.settings.preferences import parse_preferences
from confgen.settings.presets import find_preset, load_presets
from confgen.settings.resolve import no_profile

_OF_MODEL = {"context_tokens", "output_tokens", "images"}


def new_profile(
    settings: Settings, name: str, source: str | None, overrides: Overrides
) -> ProfileTable:
    """A copy of `source`, or of the preset `name`, or nothing, with the options laid over it.

    Raises UsageError where that makes no profile, SettingsError for a source that is not there.
    """
    check_name(name)
    if overrides.route:
        raise UsageError(
            "a profile has no route",
            where=f"--route {overrides.route}",
            hint='write route = "shim" below [harness.NAME] in confgen.toml',
        )
    table = laid_over(copied(settings, name, source or overrides.profile), overrides)
    if "model" not in table.fields:
        known = (*settings.profile_names, *(preset.name for preset in load_presets()))
        raise UsageError(
            f"the profile '{name}' needs a model",
            where="--model",
            hint=f"give --model SLUG, or --from one of: {', '.join(dict.fromkeys(known))}",
        )
    return table


def check_name(name: str) -> None:
    if not name or name != name.strip() or not name.isprintable():
        raise UsageError(
            "this is no name for a profile", where=repr(name), hint="give a plain word"
        )


def copied(settings: Settings, name: str, source: str | None) -> ProfileTable:
    """What `source` says in all files together; without one, the preset `name`, if there is one."""
    tables = [table for _, table in settings.tables_of(source)] if source else []
    if tables:
        fields = {key: value for table in reversed(tables) for key, value in table.fields.items()}
        pins = (table.provider for table in tables if table.provider is not None)
        return ProfileTable(fields, next(pins, None))
    preset = find_preset(source or name)
    if source and not preset:
        raise no_profile(settings, source, where="--from")
    return preset.table if preset else ProfileTable({}, None)


def laid_over(base: ProfileTable, overrides: Overrides) -> ProfileTable:
    """A profile with the options over it. What its model can do goes with its model."""
    fields: dict[str, Any] = {**base.fields, **overrides.fields}
    if fields.get("model") != base.fields.get("model"):
        for name in _OF_MODEL - overrides.fields.keys():
            fields.pop(name, None)
    pin = base.provider
    if overrides.whole_provider is not None:
        pin = parse_preferences(overrides.whole_provider, where="--provider")
    if overrides.provider:
        single = parse_preferences(overrides.provider, where="provider").fields
        pin = (pin or ProviderPreferences()).merged(single)
    return ProfileTable(fields, pin)
