"""The harnesses that confgen knows. A new one is a package here and a folder in `templates/`."""

from collections.abc import Mapping

from confgen.errors import UsageError
from confgen.harnesses import claude_code, droid, opencode, openhands
from confgen.harnesses.contract import SCOPES, ConfigFile, Endpoint, Harness, Route, Scope
from confgen.settings.suggest import did_you_mean

__all__ = [
    "HARNESSES",
    "SCOPES",
    "ConfigFile",
    "Endpoint",
    "Harness",
    "Route",
    "Scope",
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
