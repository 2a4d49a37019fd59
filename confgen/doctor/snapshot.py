"""The machine as every check sees it: read once, and only what some check asks for."""

import os
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

from confgen.applied import as_applied
from confgen.errors import ConfgenError
from confgen.harnesses import HARNESSES, ConfigFile, Harness, Route, check_tables
from confgen.harnesses.reading import ReadFile, Reading
from confgen.installed import Installed, ask_version, find_installed
from confgen.machine import Machine
from confgen.manifest import FileRecord, digest
from confgen.plan import Plan
from confgen.planner import Planner, make_plan
from confgen.reading import read_files, read_harness
from confgen.redact import hidden_in, known_secrets
from confgen.settings import Overrides, Profile, Settings, read_settings
from confgen.shim.record import Running, local_address, running_shims
from confgen.shim.token import read_token
from confgen.target import LocalShim, Target, choose_route, wanted
from confgen.write import State

if TYPE_CHECKING:
    from confgen.openrouter.catalogue import Catalogue


@dataclass(frozen=True)
class Snapshot:
    """This machine, for one call of the doctor.

    What cannot be read raises its ConfgenError wherever it is asked for. `project` is where a
    project's files would be written; the clients are thought to start in the current folder.
    `stay_offline` forbids to send anything; `names` are the harnesses that the call names, none for
    all of them.
    """

    machine: Machine
    project: Path
    overrides: Overrides
    stay_offline: bool = True
    names: tuple[str, ...] = ()
    _asking: Lock = field(default_factory=Lock, init=False, repr=False)
    _asked: dict[tuple[str, str], "Catalogue"] = field(default_factory=dict, init=False, repr=False)

    @cached_property
    def harnesses(self) -> tuple["HarnessState", ...]:
        """Those that the call is about, whether or not they are here."""
        return tuple(HarnessState(self, HARNESSES[name]) for name in self.names or HARNESSES)

    @property
    def here(self) -> tuple["HarnessState", ...]:
        """Of those, the ones that are installed, have a file, or are named."""
        return tuple(state for state in self.harnesses if state.is_here or self.names)

    def of(self, name: str) -> "HarnessState":
        return next(state for state in self.harnesses if name == state.harness.NAME)

    @cached_property
    def settings(self) -> Settings:
        """Raises SettingsError."""
        files = read_settings(self.machine, Path(self.machine.cwd))
        return check_tables(Settings(files, self.overrides))

    @cached_property
    def profiles(self) -> tuple[Profile, ...]:
        """Those of the harnesses that are here, each once; else the default. Or SettingsError."""
        found = [state.profile for state in self.here] or [self.settings.profile_for("")]
        return tuple({profile.name: profile for profile in found}.values())

    def key(self, profile: Profile) -> str | None:
        """The key for a profile's upstream, as the environment has it; None where it is not set."""
        return self.machine.env.get(profile.api_key_env, "").strip() or None

    @cached_property
    def why_offline(self) -> str | None:
        """Why nothing may be sent: by wish, or for want of a key or of valid settings; or None."""
        if self.stay_offline:
            return "nothing is sent (--offline)"
        try:
            profiles = self.profiles
        except ConfgenError:
            return "nothing is sent: the settings are not valid"
        if any(self.key(profile) for profile in profiles):
            return None
        names = dict.fromkeys(profile.api_key_env for profile in profiles)
        return f"nothing is sent: {', '.join(names)} is not set"

    @property
    def offline(self) -> bool:
        return self.why_offline is not None

    def catalogue(self, profile: Profile) -> "Catalogue":
        """What a profile's upstream offers, asked for once. Raises ConfgenError for a bad key."""
        # Imported here: offline nobody pays for it.
        from confgen.doctor.pins import ask  # noqa: PLC0415

        account = (profile.upstream, profile.api_key_env)
        # The checks that ask run all at once.
        with self._asking:
            if account not in self._asked:
                self._asked[account] = ask(self, profile)
            return self._asked[account]

    @property
    def state(self) -> State:
        return State(Path(self.machine.state_folder))

    @cached_property
    def planner(self) -> Planner:
        """Raises ConfgenError for a manifest that cannot be read."""
        return Planner.read(self.state)

    @cached_property
    def shims(self) -> tuple[Running, ...]:
        """The shims of this user that run."""
        return running_shims(self.state.folder, tidy=False)

    @cached_property
    def token(self) -> str | None:
        """The shim's token. Raises ConfgenError for a file that is none."""
        return read_token(self.state.folder)

    @cached_property
    def local_shim(self) -> LocalShim:
        """The shim that harness files are to name. Raises SettingsError."""
        shim = self.settings.shim
        pids = {running.port: running.pid for running in self.shims}
        found = LocalShim(local_address(shim.host, shim.port), pid=pids.get(shim.port))
        with suppress(ConfgenError):
            # What is wrong with the token is said where it is looked at.
            return found._replace(token=self.token or found.token)
        return found

    @cached_property
    def secrets(self) -> frozenset[str]:
        """What is never shown: the secrets of this environment, and the shim's token."""
        known = known_secrets(self.machine.env)
        with suppress(ConfgenError):
            return known | ({self.token} if self.token else frozenset())
        return known


@dataclass(frozen=True)
class HarnessState:
    """One harness on this machine."""

    snapshot: Snapshot
    harness: Harness

    @cached_property
    def installed(self) -> Installed | None:
        return find_installed(self.harness, self.snapshot.machine.env)

    @cached_property
    def version(self) -> str | None:
        """What its files say, else what it answers, which may take it seconds."""
        if self.installed is None:
            return None
        return self.installed.version or ask_version(self.installed, self.snapshot.machine.env)

    @cached_property
    def files(self) -> tuple[ReadFile, ...]:
        """The files that exist of all that it reads in the current folder, the weakest first."""
        machine = self.snapshot.machine
        return read_files(self.harness, machine, Path(machine.cwd))

    @cached_property
    def hidden(self) -> tuple[tuple[ReadFile, int, str], ...]:
        """Every secret in these files: the file, its offset there, and its text."""
        texts = ((file, file.document.text) for file in self.files if file.document)
        secrets = self.snapshot.secrets
        return tuple((file, *found) for file, text in texts for found in hidden_in(text, secrets))

    def was_set(self, value: str) -> bool:
        """Whether confgen itself has set this value somewhere, as `--write-key` does."""
        with suppress(ConfgenError):
            leaves = (leaf for record in self.records for leaf in record.leaves)
            return digest(value) in {leaf.digest for leaf in leaves}
        return False

    @cached_property
    def is_here(self) -> bool:
        """Whether it is installed, or some file of it exists, or confgen set one."""
        if self.installed or self.files:
            return True
        with suppress(ConfgenError):
            return bool(self.records)
        return False

    @property
    def records(self) -> tuple[FileRecord, ...]:
        """What confgen set for it, in whatever scope. Raises ConfgenError."""
        records = self.snapshot.planner.manifest.records
        return tuple(record for record in records if record.harness == self.harness.NAME)

    @cached_property
    def is_applied(self) -> bool:
        """Whether confgen set it, or what stands there is the same. Raises ConfgenError."""
        return bool(self.records) or (self.plan.is_clear and not self.plan.changed)

    @cached_property
    def settings(self) -> Settings:
        """With the options of the call that applied it for the user. Raises ConfgenError."""
        settings = self.snapshot.settings
        record = next((record for record in self.records if record.scope == "user"), None)
        return as_applied(settings, record) if record else settings

    @property
    def profile(self) -> Profile:
        """The one that it is applied with, or else that of the settings. Raises ConfgenError."""
        return self.settings.profile_for(self.harness.NAME)

    @property
    def route(self) -> Route:
        """Raises ConfgenError."""
        return choose_route(self.harness, self.settings.route_for(self.harness.NAME))

    @property
    def main(self) -> ConfigFile:
        """The main one of the files that confgen writes for the user."""
        machine = self.snapshot.machine
        return self.harness.config_files(machine, "user", self.snapshot.project)[0]

    @cached_property
    def reading(self) -> Reading:
        """What its own checks look at. Raises UsageError and SettingsError, as `apply` would."""
        machine, shim = self.snapshot.machine, self.snapshot.local_shim
        folder = Path(machine.cwd)
        return read_harness(self.harness, self.settings, machine, folder, shim, self.files)

    @cached_property
    def plan(self) -> Plan:
        """What `apply` would change for the user, with the options of the last time.

        What keeps it from that is among its failures. Raises ConfgenError for a manifest that
        cannot be read, and for settings that are invalid.
        """
        whole = self.snapshot

        def targets(it: Harness) -> tuple[Target, ...]:
            settings, shim, key = self.settings, whole.local_shim, whole.key(self.profile)
            had_key = self.route == "native" and key is not None and self.was_set(key)
            machine, project = whole.machine, whole.project
            return wanted(it, settings, machine, "user", project, write_key=had_key, shim=shim)

        return make_plan([self.harness], targets, whole.planner)


def others_may(status: os.stat_result, bits: int = 0o077) -> bool:
    """Whether a file's mode lets others in; on Windows it does not say."""
    return os.name != "nt" and bool(status.st_mode & bits)
