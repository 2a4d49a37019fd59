"""Every file that has a say in what Droid sends, as measured with 0.225.2."""

from collections.abc import Iterator
from pathlib import PurePath

from confgen.harnesses.contract import Scope
from confgen.harnesses.droid import DIALECT, folder_of
from confgen.harnesses.view import Layer
from confgen.machine import Machine

USER: Scope = "user"
PROJECT = "project"
MANAGED = "managed"
POLICY = "FACTORY_ORG_MANAGED_SETTINGS_LOCAL_PATH"


def layers(machine: Machine, project: PurePath) -> tuple[Layer, ...]:
    """As custom models of one id outrank each other: the nearest folder's, then the managed ones.

    The default model of a managed file counts only where nobody else names one. In a folder,
    `settings.json` outranks the legacy `config.json`, and what `settings.local.json` has at its top
    replaces the same in `settings.json`.
    """
    found = [*_three(folder_of(machine, USER, project), USER)]
    for folder in _around(machine, project):
        found += _three(folder / ".factory", PROJECT)
    if named := machine.env.get(POLICY):
        found.append(Layer(machine.path(named), DIALECT, MANAGED))
    found.append(Layer(folder_of(machine, "system", project) / "settings.json", DIALECT, MANAGED))
    return tuple(found)


def pages(machine: Machine, project: PurePath) -> tuple[tuple[PurePath, str], ...]:
    """The folders of custom droids, the user's first."""
    around = (folder / ".factory" for folder in _around(machine, project))
    return tuple((own / "droids", "*.md") for own in (folder_of(machine, USER, project), *around))


def _three(folder: PurePath, label: str) -> Iterator[Layer]:
    for name in ("config.json", "settings.json", "settings.local.json"):
        yield Layer(folder / name, DIALECT, label)


def _around(machine: Machine, project: PurePath) -> Iterator[PurePath]:
    """The folders from the project's root down to the current one, the user's own left out.

    Without version control the current folder alone counts.
    """
    root = machine.cwd if project == project.parent else project
    for folder in (*reversed(machine.cwd.parents), machine.cwd):
        if (folder == root or root in folder.parents) and folder != machine.home:
            yield folder
