"""The settings files that Factory Droid 0.225.2 merges, in its own order."""

from pathlib import PurePath

from confgen.harnesses.contract import Scope
from confgen.harnesses.droid import DIALECT, config_folder
from confgen.harnesses.view import Layer
from confgen.machine import Machine

_FOLDERS: tuple[tuple[Scope, str], ...] = (("user", "user"), ("project", "project"))


def layers(machine: Machine, project: PurePath) -> tuple[Layer, ...]:
    """The weakest first; a `settings.local.json` goes over the file beside it."""
    return (
        *(
            Layer(config_folder(machine, scope, project) / name, DIALECT, label)
            for scope, label in _FOLDERS
            for name in ("config.json", "settings.json", "settings.local.json")
        ),
        Layer(config_folder(machine, "system", project) / "settings.json", DIALECT, "managed"),
    )


def pages(machine: Machine, project: PurePath) -> tuple[tuple[PurePath, str], ...]:
    scopes = (scope for scope, _ in _FOLDERS)
    return tuple((config_folder(machine, scope, project) / "droids", "*.md") for scope in scopes)
