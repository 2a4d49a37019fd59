"""The harnesses that confgen knows. A new one is a package here and a folder in `templates/`."""

from collections.abc import Mapping

from confgen.errors import SettingsError, UsageError
from confgen.harnesses import claude_code, droid, opencode, openhands
from confgen.harnesses.contract import SCOPES, ConfigFile, Endpoint, Harness, Route, Scope
from confgen.settings import Settings
from confgen.settings.suggest import did_you_mean

__all__ = [
    "HARNESSES",
    "SCOPES",
    "ConfigFile",
    "Endpoint",
    "Harness",
    "Route",
    "Scope",
    "check_tables",
    "find_harness",
]

HARNESSES: Mapping[str, Harness] = {
    "opencode": opencode,
    "claude-code": claude_code,
    "droid": droid,
    "openhands": openhands,
}


def find_harness(name: str) -> Harness:
    if name in HARNESSES:
        return HARNESSES[name]
    raise UsageError(f"no harness '{name}'", where=name, hint=did_you_mean(name, HARNESSES))


def check_tables(settings: Settings) -> Settings:
    """The settings themselves; SettingsError where one of them is for a harness that is none."""
    for file in settings.files:
        for name in file.harnesses:
            if name not in HARNESSES:
                raise SettingsError(
                    f"no harness '{name}'",
                    where=f"{file.label}: harness.{name}",
                    hint=did_you_mean(name, HARNESSES),
                )
    return settings
