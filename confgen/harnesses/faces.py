"""The further faces of a harness, each loaded only by the command that needs it.

A harness is a package. Its `__init__` is what `apply` asks (`contract.Harness`); `layers`, `traps`
and `rivals` are what `confgen doctor` asks, `rehearsal` what `confgen verify` does, and `launch`
what `confgen run` and `confgen env` do.
"""

from collections.abc import Iterable, Mapping, Sequence
from importlib import import_module
from pathlib import PurePath
from typing import Protocol, cast

from confgen.harnesses.contract import Harness, Pattern
from confgen.harnesses.launching import Launch
from confgen.harnesses.rivals import Dotenv, Rival
from confgen.harnesses.stage import Part, Shelf, Stage
from confgen.harnesses.view import Layer, Trap, View
from confgen.machine import Machine


class Layers(Protocol):
    """The module `layers`: every file that has a say in what the client sends.

    The client starts in the machine's current folder. `project` is the root of the version control
    around it, or of the file system where there is none.
    """

    def layers(self, machine: Machine, project: PurePath) -> tuple[Layer, ...]:
        """The config files that it reads, the weakest first, and whether or not they exist."""

    def pages(self, machine: Machine, project: PurePath) -> tuple[tuple[PurePath, str], ...]:
        """Folders, each with a glob, of the Markdown files that define agents and commands."""


class Traps(Protocol):
    """The module `traps`: the ways in which this client loses the pin."""

    @property
    def TRAPS(self) -> tuple[Trap, ...]: ...  # noqa: N802 - a constant of a module


class Rivals(Protocol):
    """The module `rivals`: the variables that have a say beside this client's files."""

    @property
    def RIVALS(self) -> tuple[Rival, ...]: ...  # noqa: N802 - constants of a module
    @property
    def DOTENV(self) -> Dotenv | None:  # noqa: N802
        """None where it reads no such file."""


class Launching(Protocol):
    """The module `launch`: how the client is started pinned with none of its files written."""

    def launch(self, view: View, credential: str, folder: PurePath) -> Launch:
        """How to start it. `credential` names the variable that holds the key, or the shim's token.

        `folder` is where the launch's own files would lie. Raises DocumentError where a file of
        the user's adds to the pin, and nothing can be done about it from outside.
        """

    def shell(self, view: View, credential: str) -> Launch:
        """What an environment alone can do: no arguments and no files.

        Raises UsageError where that pins nothing, and DocumentError where a file outranks it.
        """

    def check_arguments(self, arguments: Sequence[str]) -> None:
        """Raise UsageError for arguments of the user's that would take the pin away."""


class Rehearsal(Protocol):
    """The module `rehearsal`: how the client is run so that it shows what it sends."""

    @property
    def QUIET(self) -> Mapping[str, str]:  # noqa: N802 - a constant of a module
        """The variables that turn updates, telemetry and downloads off."""

    @property
    def CHATTER(self) -> frozenset[str]:  # noqa: N802
        """The hosts that it wants to reach all the same, and never with a prompt."""

    @property
    def PROJECT(self) -> tuple[str, ...]:  # noqa: N802
        """Globs of its config files in the project's folder and those above."""

    @property
    def STARTERS(self) -> tuple[Pattern, ...]:  # noqa: N802
        """What in a config file starts foreign programs."""

    def shelves(self, machine: Machine) -> Iterable[Shelf]:
        """Its other config files, without credentials and without what starts programs."""

    def managed(self, machine: Machine) -> Iterable[PurePath]:
        """The files that it reads where they are, whatever its environment says."""

    def part(self, stage: Stage, prompt: str) -> Part:
        """What it is asked to do on the stage that has been set."""


def layers_of(harness: Harness) -> Layers:
    return cast("Layers", _face(harness, "layers"))


def traps_of(harness: Harness) -> Traps:
    return cast("Traps", _face(harness, "traps"))


def rivals_of(harness: Harness) -> Rivals:
    return cast("Rivals", _face(harness, "rivals"))


def launch_of(harness: Harness) -> Launching:
    return cast("Launching", _face(harness, "launch"))


def rehearsal_of(harness: Harness) -> Rehearsal:
    return cast("Rehearsal", _face(harness, "rehearsal"))


def _face(harness: Harness, name: str) -> object:
    package = harness.NAME.replace("-", "_")
    return import_module(f"confgen.harnesses.{package}.{name}")
