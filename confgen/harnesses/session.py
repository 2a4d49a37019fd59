"""What a client is asked to do so that it shows what it sends: the words that the proof plays."""

from collections.abc import Mapping
from pathlib import PurePath
from types import MappingProxyType
from typing import Any, NamedTuple

TASK = "count the notes and say so"
"""What a sub-agent is set to do: its own requests are known by these words."""


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


class Session(NamedTuple):
    """All that a client is asked to do.

    `runs` are the arguments of its command, one run each; `steps` are played in the first, in
    order, each by the first request that offers it. `environment` is laid over the user's.
    `changes` are the files, by their paths on the user's machine, that the client must find
    otherwise than they are: a text, or None for a file that is not to be found. Each of them is
    named in `left_out`, and so is whatever else is kept out of the run.
    """

    runs: tuple[tuple[str, ...], ...]
    steps: tuple[Step, ...] = ()
    environment: Mapping[str, str] = MappingProxyType({})
    changes: Mapping[PurePath, str | None] = MappingProxyType({})
    left_out: tuple[LeftOut, ...] = ()
