"""The config files that OpenCode 1.18.33 merges, in its own order."""

from collections.abc import Iterator
from pathlib import PurePath

from confgen.document import JSONC
from confgen.harnesses.opencode import config_folder
from confgen.harnesses.view import Layer
from confgen.machine import Machine

_NAMES = ("opencode.json", "opencode.jsonc")
_PAGES = ("agent", "agents", "mode", "modes", "command", "commands")


def layers(machine: Machine, project: PurePath) -> tuple[Layer, ...]:
    """The weakest first. Of nested `.opencode` folders the outer one wins, unlike elsewhere."""
    return tuple(Layer(path, JSONC, label) for path, label in _paths(machine, project))


def _paths(machine: Machine, project: PurePath) -> Iterator[tuple[PurePath, str]]:
    user = config_folder(machine, "user", project)
    for name in ("config.json", *_NAMES):
        yield user / name, "user"
    if named := machine.env.get("OPENCODE_CONFIG"):
        yield machine.path(named), "$OPENCODE_CONFIG"
    if _reads_projects(machine):
        for folder in reversed(_upward(machine, project)):
            yield from ((folder / name, "project") for name in _NAMES)
    for folder, label in _dot_folders(machine, project):
        yield from ((folder / name, label) for name in _NAMES)
    for name in _NAMES:
        yield config_folder(machine, "system", project) / name, "managed"


def pages(machine: Machine, project: PurePath) -> tuple[tuple[PurePath, str], ...]:
    folders = [
        config_folder(machine, "user", project),
        *(folder for folder, _ in _dot_folders(machine, project)),
    ]
    return tuple((folder, f"{kind}/**/*.md") for folder in folders for kind in _PAGES)


def _dot_folders(machine: Machine, project: PurePath) -> Iterator[tuple[PurePath, str]]:
    if _reads_projects(machine):
        yield from ((folder / ".opencode", "project") for folder in _upward(machine, project))
    yield machine.home / ".opencode", "user"
    if named := machine.env.get("OPENCODE_CONFIG_DIR"):
        yield machine.path(named), "$OPENCODE_CONFIG_DIR"


def _upward(machine: Machine, project: PurePath) -> list[PurePath]:
    """The current folder and those above it, up to the root of its checkout."""
    cwd = machine.cwd
    around = [folder for folder in cwd.parents if folder.is_relative_to(project)]
    return [cwd, *around]


def _reads_projects(machine: Machine) -> bool:
    return machine.env.get("OPENCODE_DISABLE_PROJECT_CONFIG") not in ("1", "true")
