"""The further modules of a harness, each loaded only by the command that needs it.

A harness is a package. Its `__init__` is what `apply` asks (`contract.Harness`); `checks` and
`rivals` are what `confgen doctor` asks, `headless` what `confgen verify` does, and `launch` what
`confgen run` and `confgen env` do.
"""

from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import PurePath
from typing import Any, Protocol, cast

from confgen.harnesses.checks import PinCheck
from confgen.harnesses.contract import Harness
from confgen.harnesses.launching import Launch
from confgen.harnesses.reading import Reading
from confgen.harnesses.rivals import Dotenv, Rival
from confgen.harnesses.session import Offered, Question, Session


class Checks(Protocol):
    """The module `checks`: the ways in which this client loses the pin."""

    CHECKS: tuple[PinCheck, ...]


class Rivals(Protocol):
    """The module `rivals`: the variables that have a say beside this client's files."""

    RIVALS: tuple[Rival, ...]
    DOTENV: Dotenv | None
    """None where it reads no such file."""


class Launching(Protocol):
    """The module `launch`: how the client is started pinned with none of its files written."""

    def launch(self, reading: Reading, credential: str, folder: PurePath) -> Launch:
        """How to start it. `credential` names the variable that holds the key, or the shim's token.

        `folder` is where the launch's own files would lie. Raises DocumentError where a file of
        the user's adds to the pin, and nothing can be done about it from outside.
        """

    def shell(self, reading: Reading, credential: str) -> Launch:
        """What an environment alone can do: no arguments and no files.

        Raises UsageError where that pins nothing, and DocumentError where a file outranks it.
        """

    def check_arguments(self, arguments: Sequence[str]) -> None:
        """Raise UsageError for arguments of the user's that would take the pin away."""


class Headless(Protocol):
    """The module `headless`: how the client is run so that it shows what it asks."""

    QUIET: Mapping[str, str]
    """The variables that turn updates, telemetry and downloads off."""
    CHATTER: frozenset[str]
    """The hosts that it wants to reach all the same, and never with a prompt."""
    UNSET: tuple[str, ...]
    """The variables that it must not be given, such as those that it sets for its children."""
    WRITES_TO: tuple[str, ...]
    """The variables that lead to where it writes."""

    def listing(self, reading: Reading) -> tuple[str, ...]:
        """The arguments with which it lists what no file tells; none where there is nothing."""

    def session(self, reading: Reading, question: Question, listed: str | None = None) -> Session:
        """All that it is asked to do, and what is kept out of that.

        `listed` is what it printed when it was asked to list; None where it was not asked.
        """

    def offered(self, reading: Reading, body: Mapping[str, Any], run: Sequence[str]) -> Offered:
        """What is to be played besides, as the body of a request tells that came of a `run`."""


def checks_of(harness: Harness) -> Checks:
    return cast("Checks", _module(harness, "checks"))


def rivals_of(harness: Harness) -> Rivals:
    return cast("Rivals", _module(harness, "rivals"))


def launch_of(harness: Harness) -> Launching:
    return cast("Launching", _module(harness, "launch"))


def headless_of(harness: Harness) -> Headless:
    return cast("Headless", _module(harness, "headless"))


def _module(harness: Harness, name: str) -> object:
    package = harness.NAME.replace("-", "_")
    return import_module(f"confgen.harnesses.{package}.{name}")
