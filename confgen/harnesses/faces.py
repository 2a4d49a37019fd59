"""The further faces of a harness, each loaded only by the command that needs it.

A harness is a package. Its `__init__` is what `apply` asks (`contract.Harness`); `layers` and
`traps` are what `confgen doctor` asks, `launch` is what `confgen run` and `confgen env` ask.
"""

from collections.abc import Sequence
from importlib import import_module
from pathlib import PurePath
from typing import Protocol, cast

from confgen.harnesses.contract import Harness
from confgen.harnesses.launching import Launch
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


def layers_of(harness: Harness) -> Layers:
    return cast("Layers", _face(harness, "layers"))


def traps_of(harness: Harness) -> Traps:
    return cast("Traps", _face(harness, "traps"))


def launch_of(harness: Harness) -> Launching:
    return cast("Launching", _face(harness, "launch"))


def _face(harness: Harness, name: str) -> object:
    package = harness.NAME.replace("-", "_")
    return import_module(f"confgen.harnesses.{package}.{name}")
