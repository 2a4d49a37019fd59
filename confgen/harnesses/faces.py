"""The further faces of a harness, each loaded only by the command that needs it.

A harness is a package. Its `__init__` is what `apply` asks (`contract.Harness`); `layers` and
`traps` are what `confgen doctor` asks.
"""

from importlib import import_module
from pathlib import PurePath
from typing import Protocol, cast

from confgen.harnesses.contract import Harness
from confgen.harnesses.view import Layer, Trap
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


def layers_of(harness: Harness) -> Layers:
    return cast("Layers", _face(harness, "layers"))


def traps_of(harness: Harness) -> Traps:
    return cast("Traps", _face(harness, "traps"))


def _face(harness: Harness, name: str) -> object:
    package = harness.NAME.replace("-", "_")
    return import_module(f"confgen.harnesses.{package}.{name}")
