"""What is to be proven of one harness: its profile, its route, and in which mode it is run."""

from pathlib import Path
from typing import Literal, NamedTuple

from confgen.applied import as_applied
from confgen.errors import ConfgenError, SettingsError, UsageError
from confgen.harnesses import Harness, Route
from confgen.harnesses.packages import rivals_of
from confgen.harnesses.reading import Reading
from confgen.machine import Machine
from confgen.manifest import FileRecord, Manifest
from confgen.reading import read_harness
from confgen.redact import is_secret_name
from confgen.settings import Profile, Settings
from confgen.target import LocalShim, choose_route

Mode = Literal["isolated", "live"]

PROMPT = "say hi"
TIMEOUT = 120.0
"""Seconds for all runs of one harness."""

_NEAREST_FIRST = ("user", "system")


class Claim(NamedTuple):
    """That each request of one harness of `machine` carries the pin of `profile`.

    `reading` is what the harness finds when it starts in the current folder, and `in_reach` whether
    anything of that decides on its requests. `is_applied` says whether something that confgen wrote
    stands in its files.
    """

    harness: Harness
    machine: Machine
    settings: Settings
    profile: Profile
    route: Route
    mode: Mode
    reading: Reading
    in_reach: bool
    shim: LocalShim
    is_applied: bool = False

    @property
    def state_folder(self) -> Path:
        return Path(self.machine.state_folder)

    @property
    def key(self) -> str:
        """The profile's key, "" where the environment does not have it, or is not the user's."""
        if self.mode == "isolated":
            return ""
        return self.machine.env.get(self.profile.api_key_env, "").strip()


def make_claim(
    harness: Harness,
    machine: Machine,
    settings: Settings,
    manifest: Manifest,
    mode: Mode | None,
    shim: LocalShim,
) -> Claim:
    """Live where anything is in reach of the harness, unless `mode` says otherwise.

    Raises SettingsError and UsageError, as applying would, and ConfgenError where there is nothing
    to prove.
    """
    applied = _applied(harness, machine, manifest)
    if applied and mode != "isolated":
        settings = _as_applied(settings, applied, machine)
    profile = settings.profile_for(harness.NAME)
    if not (profile.provider.fields or profile.rules):
        raise SettingsError(
            f"the profile '{profile.name}' pins nothing: its provider object is empty",
            where=f"profiles.{profile.name}.provider",
            hint="name providers in it, or by an option such as --order or --only",
        )
    reading = read_harness(harness, settings, machine, Path(machine.cwd), shim)
    told = any(machine.env.get(rival.name) for rival in rivals_of(harness).RIVALS)
    in_reach = told or has_config(harness, reading) or any(file.profiles for file in settings.files)
    if mode == "live" and not in_reach:
        raise ConfgenError(
            "there is nothing to prove: no config of this harness is in reach",
            hint=f"confgen apply {harness.NAME} first, or use --isolated",
        )
    return Claim(
        harness=harness,
        machine=machine,
        settings=settings,
        profile=profile,
        route=choose_route(harness, settings.route_for(harness.NAME)),
        mode=mode or ("live" if in_reach else "isolated"),
        reading=reading,
        in_reach=in_reach,
        shim=shim,
        is_applied=applied is not None,
    )


def has_config(harness: Harness, reading: Reading) -> bool:
    """Whether anything is there that decides on requests: a client's own memory does not.

    Files do, pages that name a model, code, a `.env`, and the variables that win over files, but
    for a key, which many have set for another client.
    """
    env = reading.machine.env
    told = (rival.name for rival in rivals_of(harness).RIVALS if not is_secret_name(rival.name))
    return (
        any(file.whose != "state" for file in reading.files)
        or any(page.fields.get(("model",)) for page in reading.pages)
        or bool(reading.there("code", "environment"))
        or any(map(env.get, told))
    )


def _as_applied(settings: Settings, applied: FileRecord, machine: Machine) -> Settings:
    """The settings with the options of the call that wrote the file.

    Where a project has settings of its own, what was asked for the user's files has no say.
    """
    user_file = str(machine.settings_file)
    of_project = any(file.label != user_file and file.profiles for file in settings.files)
    if applied.scope == "user" and of_project:
        overrides = settings.overrides
        return settings._replace(
            overrides=overrides._replace(route=overrides.route or applied.route)
        )
    return as_applied(settings, applied)


def _applied(harness: Harness, machine: Machine, manifest: Manifest) -> FileRecord | None:
    """The file of ours that counts here: the nearest project's before the user's."""
    found = [record for record in manifest.records if record.harness == harness.NAME]
    for folder in (machine.cwd, *machine.cwd.parents):
        here = _project_files(harness, machine, Path(folder))
        for record in found:
            if record.scope == "project" and Path(record.path) in here:
                return record
        if Path(folder, ".git").exists():
            break
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
