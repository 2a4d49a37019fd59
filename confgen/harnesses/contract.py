"""What every harness package says of its harness: all that applying and removing ask."""

from collections.abc import Iterator, Mapping
from pathlib import PurePath
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal, NamedTuple, Protocol

from confgen.document import Dialect, JsonValue
from confgen.machine import Machine
from confgen.render import TemplateValue
from confgen.settings import Profile

if TYPE_CHECKING:
    from confgen.harnesses.footprint import Entry
    from confgen.harnesses.front_matter import FrontMatter

Scope = Literal["user", "project", "system"]
Route = Literal["native", "shim"]
SCOPES: tuple[Scope, ...] = ("user", "project", "system")

Pattern = tuple[str, ...]
"""A path of member names; `*` stands for any one."""


class ConfigFile(NamedTuple):
    """One config file of a harness, in one scope.

    `template` names the template, its schema and the schema of what the harness accepts.
    `candidates` are the places where the harness looks, the one that wins first: the first that
    exists is edited, and the last is made where none does. With `merged` the harness reads the
    others too, and those in `beneath`, and merges their objects into the winner's: what they would
    add to ours is taken out there. `identified_by` gives, for a list of objects, the member that
    identifies one. `defaults` are set only where the user has nothing;
    `displaced` must not stand there at all while confgen's settings do (a `*` there
    stands for what the fragment has in that place); nor may `companions`, where
    the user has another value in the place that they belong to: a key goes with its address;
    nor may `pins`, the places of the harness's own pin, where the shim is the one that pins.
    """

    template: str
    candidates: tuple[PurePath, ...]
    dialect: Dialect
    private: bool
    identified_by: Mapping[Pattern, str] = MappingProxyType({})
    defaults: frozenset[Pattern] = frozenset()
    displaced: tuple[Pattern, ...] = ()
    companions: Mapping[Pattern, tuple[Pattern, ...]] = MappingProxyType({})
    pins: tuple[Pattern, ...] = ()
    merged: bool = False
    beneath: tuple[PurePath, ...] = ()


class Endpoint(NamedTuple):
    """Where a harness is to send its requests, and what it has to bring along.

    `root` is the API's without `/v1`. `key` is what its file is to hold; None: it reads the key
    from the environment. `pin` is the provider object; None: the shim adds it on the way.
    """

    root: str
    key: str | None
    pin: Mapping[str, JsonValue] | None


class Harness(Protocol):
    """A package of this one. The constants come first, then its pure functions."""

    NAME: str
    TITLE: str
    COMMAND: str
    """The executable that starts it."""
    PACKAGES: tuple[str, ...]
    """The npm or Python packages that bring the executable, for its version."""
    KNOWN_VERSIONS: tuple[str, str]
    """The first and the last version that its templates were measured with."""
    ROUTES: tuple[Route, ...]
    """The routes that it can take, its default first."""
    USER_AGENTS: tuple[str, ...]
    """The products, in lower case, that its requests may name first as their User-Agent."""
    SESSION_HEADERS: tuple[str, ...]
    """The headers, in lower case, that name its session, beside OpenRouter's own."""
    FOOTPRINT: "tuple[Entry, ...]"
    """All that it reads, the weakest first."""
    FRONT_MATTER: "FrontMatter"
    """How it reads the front matter of its pages."""

    def config_files(
        self, machine: Machine, scope: Scope, project: PurePath
    ) -> tuple[ConfigFile, ...]:
        """Its files in a scope, the main one first; UsageError where it has no such scope."""

    def values(
        self, profile: Profile, machine: Machine, endpoint: Endpoint
    ) -> Mapping[str, TemplateValue]:
        """What fills its templates. SettingsError where it cannot work with these."""

    def notes(self, machine: Machine, endpoint: Endpoint) -> Iterator[str]:
        """What its user should know before relying on the pin, a sentence each."""


def platform_packages(name: str) -> tuple[str, ...]:
    """The npm packages that bring one native binary each, as these harnesses name them."""
    systems = ("linux", "darwin", "win32", "windows")
    return tuple(f"{name}-{system}-{cpu}" for system in systems for cpu in ("x64", "arm64"))
