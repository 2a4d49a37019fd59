"""What a client is asked to do so that it shows what it sends: the words that the proof plays."""

from collections.abc import Mapping
from pathlib import PurePath
from types import MappingProxyType
from typing import Any, NamedTuple

TASK = "count the notes and say so"
"""How that begins which a sub-agent is set to do: its own requests are known by these words."""


class Call(NamedTuple):
    """One call of a tool, in the harness's own words."""

    name: str
    arguments: Mapping[str, Any]


class Overflow(NamedTuple):
    """The refusal of a request that is longer than the model's window.

    `least` is how many messages the request must have: a client shortens no less than that.
    """

    least: int


Step = Call | Overflow


class LeftOut(NamedTuple):
    """What a client would read or do, and does not in this run.

    `what` is its name, or its place; `why` one short sentence. What `decides` could have changed
    which model is asked, or with which pin, so that a run without it proves less.
    """

    what: str
    why: str
    decides: bool = False


class Change(NamedTuple):
    """A file, by its path on the user's machine, that the client must find otherwise than it is.

    `text` is None for a file that is not to be found. `left_out` says what that keeps away.
    """

    path: PurePath
    text: str | None
    left_out: LeftOut


class Question(NamedTuple):
    """What is to be asked, and of which client.

    `home` and `project` are the folders as the client sees them. `note` is a file for it to read,
    None where none may be laid there. With `plugins` its plugins and extensions run.
    """

    prompt: str
    home: PurePath
    project: PurePath
    note: PurePath | None
    plugins: bool


class Offered(NamedTuple):
    """What a client offers in its own requests, and no file told of: more `steps`, more `runs`."""

    steps: tuple[Call, ...] = ()
    runs: tuple[tuple[str, ...], ...] = ()


class Session(NamedTuple):
    """All that a client is asked to do.

    `runs` are the arguments of its command, one run each; `steps` are played in the first, in
    order, each by the first request that offers it. `environment` is laid over the user's. What is
    kept out of the run is named: `left_out` by means of the client's own, the rest by `changes`.
    """

    runs: tuple[tuple[str, ...], ...]
    steps: tuple[Step, ...] = ()
    environment: Mapping[str, str] = MappingProxyType({})
    changes: tuple[Change, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
