"""What is to be proved of one harness: its profile and its route, as applied or as asked for."""

from collections.abc import Iterable
from pathlib import Path
from typing import Literal, NamedTuple

from confgen.applied import as_applied
from confgen.harnesses import Harness, Route
from confgen.machine import Machine
from confgen.manifest import FileRecord, Manifest
from confgen.settings import Profile, Settings
from confgen.target import choose_route

Mode = Literal["isolated", "live"]

PROMPT = "say hi"
TIMEOUT = 120.0
"""Seconds for all runs of one harness."""

_NEAREST_FIRST = ("project", "user", "system")


class Aim(NamedTuple):
    """One harness of `machine`, and what each of its requests is to carry.

    `tokens` are the shim's local ones, which a config file may hold.
    """

    harness: Harness
    machine: Machine
    settings: Settings
    profile: Profile
    route: Route
    mode: Mode
    tokens: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """The profile's key, "" where the environment does not have it."""
        return self.machine.env.get(self.profile.api_key_env, "").strip()


def take_aim(
    harness: Harness,
    machine: Machine,
    settings: Settings,
    manifest: Manifest,
    mode: Mode | None,
    tokens: Iterable[str] = (),
) -> Aim:
    """Live where something of ours is applied, unless `mode` says otherwise; isolated elsewhere.

    Raises SettingsError and UsageError, as applying would.
    """
    applied = _applied(harness, machine, manifest)
    chosen: Mode = mode or ("live" if applied else "isolated")
    if applied and chosen == "live":
        settings = as_applied(settings, applied)
    return Aim(
        harness=harness,
        machine=machine,
        settings=settings,
        profile=settings.profile_for(harness.NAME),
        route=choose_route(harness, settings.route_for(harness.NAME)),
        mode=chosen,
        tokens=tuple(tokens),
    )


def _applied(harness: Harness, machine: Machine, manifest: Manifest) -> FileRecord | None:
    """The file of ours that counts here: the project's before the user's."""
    found = [record for record in manifest.records if record.harness == harness.NAME]
    here = [r for r in found if r.scope != "project" or _is_above(Path(r.path), Path(machine.cwd))]
    return min(here, key=lambda record: _NEAREST_FIRST.index(record.scope), default=None)


def _is_above(file: Path, cwd: Path) -> bool:
    """Whether a project's file stands in a folder of the current one, or of one above it."""
    folders = {folder.resolve() for folder in (cwd, *cwd.parents)}
    return bool(folders & set(file.parents))
