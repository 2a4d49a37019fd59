"""What is to be proved of one harness: its profile and its route, as applied or as asked for."""

from collections.abc import Iterable
from pathlib import Path
from typing import Literal, NamedTuple

from confgen.applied import as_applied
from confgen.errors import SettingsError, UsageError
from confgen.harnesses import Harness, Route
from confgen.machine import Machine
from confgen.manifest import FileRecord, Manifest
from confgen.proof.mirror import chain
from confgen.settings import Profile, Settings
from confgen.target import choose_route

Mode = Literal["isolated", "live"]

PROMPT = "say hi"
TIMEOUT = 120.0
"""Seconds for all runs of one harness."""

_NEAREST_FIRST = ("user", "system")


class Claim(NamedTuple):
    """One harness of `machine`, and what each of its requests is to carry.

    `tokens` are the shim's local ones, which a config file may hold. `is_applied` says whether
    something of confgen's stands in the harness's own files.
    """

    harness: Harness
    machine: Machine
    settings: Settings
    profile: Profile
    route: Route
    mode: Mode
    tokens: tuple[str, ...] = ()
    is_applied: bool = False

    @property
    def key(self) -> str:
        """The profile's key, "" where the environment does not have it."""
        return self.machine.env.get(self.profile.api_key_env, "").strip()


def make_claim(
    harness: Harness,
    machine: Machine,
    settings: Settings,
    manifest: Manifest,
    mode: Mode | None,
    tokens: Iterable[str] = (),
) -> Claim:
    """Live where something of ours is applied, unless `mode` says otherwise; isolated elsewhere.

    Raises SettingsError and UsageError, as applying would.
    """
    applied = _applied(harness, machine, manifest)
    chosen: Mode = mode or ("live" if applied else "isolated")
    if applied and chosen == "live":
        settings = as_applied(settings, applied)
    profile = settings.profile_for(harness.NAME)
    if not (profile.provider.fields or profile.rules):
        raise SettingsError(
            f"the profile '{profile.name}' pins nothing: its provider object is empty",
            where=f"profiles.{profile.name}.provider",
            hint="name providers in it, or by an option such as --order or --only",
        )
    return Claim(
        harness=harness,
        machine=machine,
        settings=settings,
        profile=profile,
        route=choose_route(harness, settings.route_for(harness.NAME)),
        mode=chosen,
        tokens=tuple(tokens),
        is_applied=applied is not None,
    )


def _applied(harness: Harness, machine: Machine, manifest: Manifest) -> FileRecord | None:
    """The file of ours that counts here: the nearest project's before the user's."""
    found = [record for record in manifest.records if record.harness == harness.NAME]
    for folder in chain(Path(machine.cwd))[::-1]:
        here = _project_files(harness, machine, folder)
        for record in found:
            if record.scope == "project" and Path(record.path) in here:
                return record
    elsewhere = (record for record in found if record.scope != "project")
    return min(elsewhere, key=lambda record: _NEAREST_FIRST.index(record.scope), default=None)


def _project_files(harness: Harness, machine: Machine, folder: Path) -> frozenset[Path]:
    """Where its files of this project may be, with every link followed."""
    try:
        files = harness.config_files(machine, "project", folder)
    except UsageError:
        # It has no such scope.
        return frozenset()
    return frozenset(Path(path).resolve() for file in files for path in file.candidates)
