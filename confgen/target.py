"""What is wanted in each file: settings and templates, rendered and checked; no file is read.

A target is pure wish. The plan compares it with what stands there.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from pathlib import PurePath
from types import MappingProxyType
from typing import Any, NamedTuple
from urllib.parse import quote

from confgen.document import JsonValue
from confgen.errors import ConfgenError, SettingsError, UsageError
from confgen.harnesses import ConfigFile, Endpoint, Harness, Route, Scope
from confgen.harnesses.contract import Pattern
from confgen.machine import Machine
from confgen.redact import MASK, is_secret_name
from confgen.render import Fragment, Values, render
from confgen.settings import Overrides, Profile, Settings, doubts
from confgen.settings.built_in import BUILT_IN
from confgen.settings.resolve import FLAG
from confgen.templates import load_template

_SHIM_ROOT = re.compile(r"http://([^/@]+:[0-9]+)/p/")


class LocalShim(NamedTuple):
    """The shim of this machine: `address` is HOST:PORT, `token` what it asks of every client.

    `pid` is the process that answers there, None where none does. Without a token a target can
    be shown, with the mask in its place, and must not be written.
    """

    address: str
    token: str = MASK
    pid: int | None = None

    def root(self, profile: str) -> str:
        """Where the API starts, with the pin of `profile`. Raises SettingsError."""
        if profile in (".", ".."):
            raise SettingsError(
                f"a profile named '{profile}' has no address at the shim",
                where=f"profiles.{profile}",
                hint="give it another name",
            )
        return f"http://{self.address}/p/{quote(profile, safe='')}"

    def note(self) -> str:
        if self.pid is None:
            return f"the shim must run at {self.address}: 'confgen shim' starts it"
        return f"the shim runs at {self.address} (pid {self.pid})"


class Target(NamedTuple):
    """One file of a harness and the fragment that it is to hold; an empty one removes ours.

    `notes` are what its user should know, a sentence each. `beside` tells a file that the harness
    merges with the one that holds the fragment: nothing in it may add to that. `holds_key` says
    that the fragment has the API key in it. `options` are what the call said beside the settings.
    """

    harness: Harness
    scope: Scope
    route: Route
    profile: str
    file: ConfigFile
    fragment: Fragment
    notes: tuple[str, ...] = ()
    holds_key: bool = False
    beside: bool = False
    options: Mapping[str, JsonValue] = MappingProxyType({})

    @property
    def removes(self) -> bool:
        return not self.fragment.leaves and not self.beside

    def other(self) -> "Target":
        """What is wanted in the other files where the harness looks: nothing that adds to ours."""
        displaced = self.file.displaced
        if self.file.merged:
            wanted = {leaf.path for leaf in self.fragment.leaves}
            objects = tuple(
                tuple(str(key) for key in leaf.path)
                for leaf in self.fragment.leaves
                if isinstance(leaf.value, Mapping)
            )
            displaced = (*(path for path in displaced if path not in wanted), *objects)
        return self._replace(
            file=self.file._replace(displaced=displaced),
            fragment=Fragment(()),
            holds_key=False,
            beside=self.file.merged and not self.removes,
        )


def shim_address(value: object) -> str | None:
    """HOST:PORT of the shim that a value of a config file points at, if it does."""
    found = _SHIM_ROOT.match(value) if isinstance(value, str) else None
    return found[1] if found else None


def wanted(
    harness: Harness,
    settings: Settings,
    machine: Machine,
    scope: Scope,
    project: PurePath,
    *,
    write_key: bool = False,
    shim: LocalShim | None = None,
) -> tuple[Target, ...]:
    """The targets of `apply`; `shim` is needed on its own route alone.

    Raises UsageError and SettingsError.
    """
    profile = settings.profile_for(harness.NAME)
    route = choose_route(harness, settings.route_for(harness.NAME))
    if route == "shim":
        endpoint = _shim_endpoint(profile, shim, scope, write_key=write_key)
    else:
        key = _key(profile, machine, scope) if write_key else None
        endpoint = Endpoint(profile.upstream, key, profile.provider.to_json())
    values = _values(harness, settings, profile, machine, endpoint)
    rendered = (
        (file, render_file(harness, file, values, machine))
        for file in harness.config_files(machine, scope, project)
    )
    needs = [*_unheard(settings.overrides), shim.note()] if shim and route == "shim" else []
    return tuple(
        Target(
            harness=harness,
            scope=scope,
            route=route,
            profile=profile.name,
            file=file._replace(displaced=tuple(_displaced(file, fragment, endpoint))),
            fragment=fragment,
            holds_key=write_key,
            options=settings.overrides.to_json(),
            notes=(
                *doubts(profile.provider),
                *_of_project(profile, machine, scope),
                *harness.notes(machine, endpoint),
                *needs,
            ),
        )
        for file, fragment in rendered
    )


def _of_project(profile: Profile, machine: Machine, scope: Scope) -> Iterator[str]:
    """What a project's settings say of the user's own files, which hold in every folder."""
    own = {FLAG, BUILT_IN.label, str(machine.settings_file)}
    foreign = sorted(set(profile.sources.values()) - own)
    if scope == "user" and foreign:
        yield (
            f"{foreign[0]} decides on the profile '{profile.name}' here, and this is to hold in "
            "every folder: --scope project keeps it to the project"
        )


def _displaced(file: ConfigFile, fragment: Fragment, endpoint: Endpoint) -> Iterator[Pattern]:
    """What must not stand beside the fragment; where the shim pins, no pin of the harness's own."""
    yield from _expand(file.displaced, fragment)
    if endpoint.pin is None:
        yield from _expand(file.pins, fragment)


def _expand(patterns: Iterable[Pattern], fragment: Fragment) -> Iterator[Pattern]:
    """The patterns with each `*` replaced by every name that the fragment has in its place."""
    for pattern in patterns:
        if "*" not in pattern:
            yield pattern
            continue
        at = pattern.index("*")
        names = {leaf.path[at] for leaf in fragment.leaves if leaf.path[:at] == pattern[:at]}
        yield from sorted((*pattern[:at], str(name), *pattern[at + 1 :]) for name in names)


def unwanted(
    harness: Harness, machine: Machine, scope: Scope, project: PurePath
) -> tuple[Target, ...]:
    """The targets of `remove`: the same files with nothing of ours."""
    return tuple(
        Target(
            harness=harness,
            scope=scope,
            route=harness.ROUTES[0],
            profile="",
            file=file,
            fragment=Fragment(()),
        )
        for file in harness.config_files(machine, scope, project)
    )


def choose_route(harness: Harness, wish: str) -> Route:
    if wish == "auto":
        return harness.ROUTES[0]
    for route in harness.ROUTES:
        if route == wish:
            return route
    raise UsageError(
        f"{harness.TITLE} cannot take the route '{wish}' in this version of confgen",
        where=f"--route {wish}",
        hint=f"use --route {' or '.join(harness.ROUTES)}",
    )


def render_file(harness: Harness, file: ConfigFile, values: Values, machine: Machine) -> Fragment:
    load = partial(load_template, harness.NAME, settings_folder=machine.settings_file.parent)
    return render(file.template, values, load, file.identified_by)


def _values(
    harness: Harness, settings: Settings, profile: Profile, machine: Machine, endpoint: Endpoint
) -> Values:
    computed = harness.values(profile, machine, endpoint)
    extra: Mapping[str, Any] = settings.harness_table(harness.NAME).values
    if taken := sorted(set(extra) & set(computed)):
        raise SettingsError(
            f"'{taken[0]}' is computed from the profile and cannot be set for a harness",
            where=f"harness.{harness.NAME}.{taken[0]}",
            hint="set it in the profile, or give the value of your own template another name",
        )
    if secret := next((name for name in extra if is_secret_name(name)), None):
        raise SettingsError(
            f"'{secret}' looks like a secret, which settings must not hold",
            where=f"harness.{harness.NAME}.{secret}",
            hint="keep it in the environment",
        )
    return {**extra, **computed}


def _unheard(overrides: Overrides) -> Iterator[str]:
    """What the options say to the shim, which does not hear it from here."""
    given = [*overrides.provider, *(["provider"] if overrides.whole_provider is not None else [])]
    given += [name for name in ("model", "small_model", "upstream") if name in overrides.fields]
    if given:
        yield (
            f"on the shim's route the shim decides on {', '.join(given)}: "
            "give it the same options, or write them into the profile"
        )


def _shim_endpoint(
    profile: Profile, shim: LocalShim | None, scope: Scope, *, write_key: bool
) -> Endpoint:
    if write_key:
        raise UsageError(
            "on the shim's route no file needs the key: the shim alone holds it",
            where="--write-key --route shim",
            hint="leave --write-key out, and export the key where 'confgen shim' runs",
        )
    if scope != "user":
        raise UsageError(
            f"the shim's token does not belong in the {scope}'s files, which others may read",
            where=f"--route shim --scope {scope}",
            hint="use --scope user, or --route native",
        )
    if shim is None:
        raise RuntimeError("no shim is given for a target on its route")
    return Endpoint(shim.root(profile.name), shim.token, None)


def _key(profile: Profile, machine: Machine, scope: Scope) -> str:
    if scope != "user":
        raise UsageError(
            f"a key does not belong in the {scope}'s files, which others may read",
            where=f"--write-key --scope {scope}",
            hint="leave --write-key out: the harness reads the key from the environment",
        )
    key = machine.env.get(profile.api_key_env, "").strip()
    if not key:
        raise ConfgenError(
            "there is no key to write",
            where=f"${profile.api_key_env}",
            hint=f"export {profile.api_key_env} first, or leave --write-key out",
        )
    return key
