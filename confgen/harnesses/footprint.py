"""All that a harness reads, said once: the words in which its `FOOTPRINT` is written.

A footprint is a tuple of entries, the weakest first. Everything here is a pure function of the
machine, so that one system can ask about another; nobody looks at the disk.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import takewhile
from pathlib import PurePath
from typing import Literal, NamedTuple

from confgen.document import STRICT_JSON, Dialect
from confgen.errors import UsageError
from confgen.harnesses.contract import ConfigFile, Harness, Scope
from confgen.machine import Machine

Kind = Literal[
    "config", "pages", "code", "servers", "hooks", "environment", "login", "folder", "other",
    "unread",
]  # fmt: skip
"""What a place holds.

`config` decides on models and pins; `pages` are Markdown files that define agents, modes, commands
or skills; `code` is plugins and extensions, which decide on models and may start programs;
`servers` name MCP servers; `environment` is a `.env`; `login` holds credentials; `folder` is a
whole folder with all that is in it; `other` is whatever else is read; and `unread` is what older
versions read, and these do not.
"""

Defines = Literal["agent", "mode", "command", "skill"]

USER, PROJECT, LOCAL, MANAGED, STATE = "user", "project", "local", "managed", "state"
"""Whose a place is; what only a variable brings is called after it, as `$VARIABLE`."""

_SCOPES: Mapping[str, Scope] = {PROJECT: "project", MANAGED: "system"}
_MAGIC = frozenset("*?[")


@dataclass(frozen=True)
class Where:
    """How to find a place on a machine: `below` a folder that `variable` may move."""

    below: str = ""
    variable: str = ""

    @property
    def variables(self) -> tuple[str, ...]:
        return (self.variable,) if self.variable else ()

    def named(self, machine: Machine) -> PurePath | None:
        """What the variable names, if it is set; a relative path starts at the current folder."""
        value = machine.env.get(self.variable) if self.variable else None
        return machine.path(value) if value else None

    def folders(self, machine: Machine, project: PurePath) -> tuple[PurePath, ...]:
        """The folders that it stands for, the weakest first; a file where a variable names one."""
        return (self.within(machine, project),)

    def within(self, _machine: Machine, project: PurePath) -> PurePath:
        """The one for a project, or for the machine: confgen writes to it."""
        return project / self.below


@dataclass(frozen=True)
class Home(Where):
    """A folder in the home: `below` the `default` one there, or the one that the variable names.

    Some read a leading `~` in that.
    """

    default: str = ""
    reads_tilde: bool = False

    def named(self, machine: Machine) -> PurePath | None:
        first, *others = type(machine.home)(machine.env.get(self.variable, "")).parts or ("",)
        if self.reads_tilde and first == "~":
            return machine.path(machine.home.joinpath(*others))
        return super().named(machine)

    def within(self, machine: Machine, _project: PurePath) -> PurePath:
        return (self.named(machine) or machine.home / self.default) / self.below


@dataclass(frozen=True)
class System(Where):
    """The administrator's folder; on Windows one in the folder that another variable names.

    `programs` are that variable and what it stands for.
    """

    linux: str = ""
    darwin: str = ""
    win32: str = ""
    programs: tuple[str, str] | None = None

    @property
    def variables(self) -> tuple[str, ...]:
        return (*super().variables, *(self.programs or ())[:1])

    def within(self, machine: Machine, _project: PurePath) -> PurePath:
        if named := self.named(machine):
            return named
        if machine.platform == "win32" and self.programs:
            variable, default = self.programs
            return machine.folder(variable, machine.path(default)) / self.win32
        return machine.path(getattr(self, machine.platform))


@dataclass(frozen=True)
class Named(Where):
    """The file or folder that the variable names, and nothing where it is not set."""

    def folders(self, machine: Machine, _project: PurePath) -> tuple[PurePath, ...]:
        named = self.named(machine)
        return (named,) if named else ()


@dataclass(frozen=True)
class Here(Where):
    """The folder in which the client starts, or the one that the variable names in its place."""

    def folders(self, machine: Machine, _project: PurePath) -> tuple[PurePath, ...]:
        return ((self.named(machine) or machine.cwd) / self.below,)


@dataclass(frozen=True)
class Root(Where):
    """The root of the version control around the current folder."""


@dataclass(frozen=True)
class Around(Where):
    """Every folder from the root of the version control to the current one.

    The nearest is the strongest, unless the `farthest_wins`. Where there is no version control that
    goes as far up as the file system does; with `only_in_checkout` it is the current folder alone.
    The variable leaves them all out where it is `1` or `true`. The home may be left out, as a place
    of its own.
    """

    farthest_wins: bool = False
    only_in_checkout: bool = False
    without_home: bool = False

    def folders(self, machine: Machine, project: PurePath) -> tuple[PurePath, ...]:
        if machine.env.get(self.variable, "").lower() in ("1", "true"):
            return ()
        has_checkout = project != project.parent
        root = machine.cwd if self.only_in_checkout and not has_checkout else project
        found = [
            folder / self.below
            for folder in (machine.cwd, *machine.cwd.parents)
            if (folder == root or root in folder.parents)
            and not (self.without_home and folder == machine.home)
        ]
        return tuple(found if self.farthest_wins else found[::-1])


class Entry(NamedTuple):
    """One kind of thing that a client reads in one kind of place.

    `names` are files or globs below the folders of `where`, the weakest first; without any, `where`
    itself is the place. `whose` is `user`, `project`, `local`, `managed`, `state`, or `$VARIABLE`
    for what only a variable brings. `writes` are the names in which confgen writes `template`, the
    one that wins first; with `merged` the client merges those of one folder. Of a `folder`, `past`
    are the globs of its history, cache and logs, and `shared` those of what is big and only read.
    """

    kind: Kind
    where: Where
    whose: str
    names: tuple[str, ...] = ()
    dialect: Dialect | None = None
    defines: Defines | None = None
    template: str = ""
    writes: tuple[str, ...] = ()
    merged: bool = False
    past: tuple[str, ...] = ()
    shared: tuple[str, ...] = ()

    @property
    def scope(self) -> Scope:
        """The scope in which confgen writes it."""
        return _SCOPES.get(self.whose, "user")


class Place(NamedTuple):
    """A file, or with a `glob` a folder and those files in it that match, or a whole folder."""

    path: PurePath
    entry: Entry
    glob: str | None = None

    @property
    def kind(self) -> Kind:
        return self.entry.kind

    @property
    def whose(self) -> str:
        return self.entry.whose


def places(
    harness: Harness, machine: Machine, project: PurePath, *kinds: Kind
) -> tuple[Place, ...]:
    """All that the harness reads when it starts in the machine's current folder, weakest first.

    `project` is the root of the version control around that folder, or of the file system where
    there is none. With `kinds`, only those. Nothing of it need exist.
    """
    found = [
        _place(entry, folder, name)
        for entry in harness.FOOTPRINT
        if not kinds or entry.kind in kinds
        for folder in entry.where.folders(machine, project)
        for name in entry.names or ("",)
    ]
    # What is read twice counts where it is read last.
    last = {(place.kind, place.path, place.glob): place for place in reversed(found)}
    return tuple(last.values())[::-1]


def _place(entry: Entry, folder: PurePath, name: str) -> Place:
    return Place(folder, entry, name) if _is_glob(name) else Place(folder / name, entry)


def _is_glob(name: str) -> bool:
    return not _MAGIC.isdisjoint(name)


def variables(harness: Harness) -> tuple[str, ...]:
    """Every variable that moves some of what the harness reads."""
    found = (name for entry in harness.FOOTPRINT for name in entry.where.variables)
    return tuple(dict.fromkeys(found))


def moving_variables(harness: Harness) -> tuple[str, ...]:
    """Of the variables, those that name a folder or a file."""
    wheres = (entry.where for entry in harness.FOOTPRINT if not isinstance(entry.where, Around))
    return tuple(dict.fromkeys(name for where in wheres for name in where.variables))


def written(
    title: str, footprint: Iterable[Entry], machine: Machine, scope: Scope, project: PurePath
) -> dict[str, ConfigFile]:
    """The files that confgen writes in a scope, by template, with what the footprint says of them.

    UsageError where there is none in this scope. `project` is the folder to write for.
    """
    ours = [entry for entry in footprint if entry.template]
    found = {
        entry.template: _config_file(entry, entry.where.within(machine, project))
        for entry in ours
        if entry.scope == scope
    }
    if not found:
        scopes = dict.fromkeys(entry.scope for entry in ours)
        raise UsageError(
            f"{title} has no {scope} scope",
            where=f"--scope {scope}",
            hint=f"use --scope {' or '.join(scopes)}",
        )
    return found


def _config_file(entry: Entry, folder: PurePath) -> ConfigFile:
    weaker = takewhile(lambda name: not (name in entry.writes or _is_glob(name)), entry.names)
    return ConfigFile(
        template=entry.template,
        candidates=tuple(folder / name for name in entry.writes),
        dialect=entry.dialect or STRICT_JSON,
        private=entry.scope == "user",
        merged=entry.merged,
        beneath=tuple(folder / name for name in weaker) if entry.merged else (),
    )
