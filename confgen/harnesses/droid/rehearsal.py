"""How Factory Droid is made to show what it sends, as measured with 0.225.2.

`droid exec` offers no tool that would set a sub-agent to work, and asks no second model.
"""

from collections.abc import Iterator
from pathlib import PurePath

from confgen.harnesses.droid import config_files
from confgen.harnesses.stage import Part, Shelf, Stage
from confgen.machine import Machine

QUIET = {"FACTORY_DROID_AUTO_UPDATE_ENABLED": "false", "FACTORY_DISABLE_KEYRING": "1"}
# Flags, the organisation's settings and telemetry: asked for at every start, login or not.
CHATTER = frozenset({"api.factory.ai", "telemetry.factory.ai", "app.factory.ai"})

_OWN = ("settings.json", "settings.local.json", "config.json")
PROJECT = tuple(f".factory/{name}" for name in _OWN)

STARTERS = (("hooks",), ("enabledPlugins",), ("extraKnownMarketplaces",))

_ORGANISATION = "FACTORY_ORG_MANAGED_SETTINGS_LOCAL_PATH"


def shelves(machine: Machine) -> Iterator[Shelf]:
    yield Shelf(machine.home / ".factory", _OWN, "home/.factory")
    if named := machine.env.get(_ORGANISATION):
        path = machine.path(named)
        yield Shelf(path.parent, (path.name,), "named/organisation", (_ORGANISATION, path.name))


def managed(machine: Machine) -> tuple[PurePath, ...]:
    return config_files(machine, "system", machine.cwd)[0].candidates


def part(_stage: Stage, prompt: str) -> Part:
    return Part(runs=(("exec", prompt),), environment={})
