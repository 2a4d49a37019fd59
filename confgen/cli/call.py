"""What every command starts from: the machine, its settings, and the harnesses that are named."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from confgen.errors import ConfgenError, UsageError
from confgen.harnesses import HARNESSES, SCOPES, Harness, Scope, check_tables, find_harness
from confgen.machine import Machine, this_machine
from confgen.redact import known_secrets
from confgen.report.terminal import note
from confgen.settings import Overrides, Profile, Settings, read_settings
from confgen.settings.suggest import did_you_mean
from confgen.target import LocalShim, choose_route


@dataclass(frozen=True, slots=True)
class Call:
    """One call of the command line, before it does anything."""

    machine: Machine
    settings: Settings
    project: Path
    scope: Scope

    @classmethod
    def read(
        cls,
        overrides: Overrides | None = None,
        *,
        scope: str = "user",
        project: Path | None = None,
        with_settings: bool = True,
    ) -> "Call":
        """Read the machine and, for a command that renders anything, its settings."""
        machine = this_machine()
        folder = find_project(machine, project)
        searched = folder if project else Path(machine.cwd)
        files = read_settings(machine, searched) if with_settings else ()
        if machine.env.get("CONFGEN_CONFIG") and not Path(machine.settings_file).exists():
            note("note", f"CONFGEN_CONFIG names no file: {machine.settings_file}")
        settings = check_tables(Settings(files, overrides or Overrides()))
        return cls(machine, settings, folder, _scope(scope))

    def choose(self, names: list[str] | None, *, every: bool) -> tuple[Harness, ...]:
        """The harnesses that a call names, each once. Raises UsageError for an unknown one."""
        if every and names:
            raise UsageError("harnesses and --all exclude each other", hint="give one of the two")
        if every:
            here = tuple(h for h in HARNESSES.values() if self._is_here(h))
            if not here:
                note("note", f"none of {', '.join(HARNESSES)} is installed, or has a config file")
            return here
        if not names:
            known = ", ".join(HARNESSES)
            raise UsageError("no harness is named", hint=f"name one of {known}, or give --all")
        return tuple(find_harness(name) for name in dict.fromkeys(names))

    @property
    def state_folder(self) -> Path:
        return Path(self.machine.state_folder)

    def find_shim(self, harnesses: Sequence[Harness]) -> LocalShim | None:
        """The shim that the files of these harnesses are to name; None where none takes its route.

        It comes without its token, which is enough to show what would stand there.
        """
        wishes = ((harness, self.settings.route_for(harness.NAME)) for harness in harnesses)
        if all(choose_route(harness, wish) != "shim" for harness, wish in wishes):
            return None
        # Imported where they are needed: most calls have nothing to do with the shim.
        from confgen.shim.record import local_address  # noqa: PLC0415

        return LocalShim(local_address(self.settings.shim.host, self.settings.shim.port))

    def meet_shim(self, harnesses: Sequence[Harness], *, make_token: bool) -> LocalShim | None:
        """The same with its token, if there is one or it is to be made, and whether it runs.

        Raises ConfgenError for a token's file that cannot be used.
        """
        shim = self.find_shim(harnesses)
        if shim is None:
            return None
        from confgen.shim.record import running_shims  # noqa: PLC0415
        from confgen.shim.token import ensure_token, read_token  # noqa: PLC0415

        port = self.settings.shim.port
        token = (ensure_token if make_token else read_token)(self.state_folder)
        pids = (running.pid for running in running_shims(self.state_folder) if running.port == port)
        return shim._replace(token=token or shim.token, pid=next(pids, None))

    def require_key(self, profile: Profile) -> None:
        """Raise ConfgenError where the environment lacks the profile's key."""
        if not self.machine.env.get(profile.api_key_env, "").strip():
            raise ConfgenError(
                "there is no key for OpenRouter in the environment",
                where=f"${profile.api_key_env}",
                hint=f"export {profile.api_key_env} first: it is read there, and never written",
            )

    def secrets(self) -> frozenset[str]:
        """What is never shown: the secrets of this environment, and the shim's token."""
        from confgen.shim.token import read_token  # noqa: PLC0415

        token = None
        # What is wrong with it is said where it is needed.
        with suppress(ConfgenError):
            token = read_token(self.state_folder)
        return known_secrets(self.machine.env) | ({token} if token else frozenset())

    def _is_here(self, harness: Harness) -> bool:
        # Imported here: finding programs takes half of the standard library.
        from confgen.installed import find_installed  # noqa: PLC0415

        try:
            files = harness.config_files(self.machine, self.scope, self.project)
        except UsageError:
            # It has no such scope.
            return False
        has_file = any(Path(path).exists() for file in files for path in file.candidates)
        return has_file or find_installed(harness, self.machine.env) is not None


def _scope(name: str) -> Scope:
    for scope in SCOPES:
        if scope == name:
            return scope
    raise UsageError(f"no scope '{name}'", where="--scope", hint=did_you_mean(name, SCOPES))


def find_project(machine: Machine, named: Path | None) -> Path:
    """The named folder, or the root of the git checkout around the current one, or that one."""
    if named is not None:
        folder = Path(machine.path(named))
        if not folder.is_dir():
            raise UsageError(f"no folder '{named}'", where="--project", hint="name one that exists")
        return folder
    cwd = Path(machine.cwd)
    return next((p for p in (cwd, *cwd.parents) if (p / ".git").exists()), cwd)
