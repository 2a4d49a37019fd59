"""How a harness is started pinned while none of its own files is written.

A launch is pure wish, as a target is: what to put before the arguments, into the environment and
into a private folder. Whoever starts the harness carries it out.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import PurePath
from types import MappingProxyType
from typing import NamedTuple

from confgen.document import JsonValue
from confgen.document.values import same
from confgen.errors import DocumentError
from confgen.harnesses.footprint import MANAGED
from confgen.harnesses.reading import Reading

TOKEN = "CONFGEN_RUN_TOKEN"  # noqa: S105 - the name of a variable
"""The variable in which a harness finds what opens the shim, where that is its route."""


class FromVariable(NamedTuple):
    """What the variable `name` holds where the harness is started: a key is never spelt out."""

    name: str


Value = str | FromVariable | None
"""Of a variable of the environment; None takes the variable out."""


class PrivateFile(NamedTuple):
    """A file that the harness reads, and its user alone. `path` lies in the launch's folder."""

    path: PurePath
    text: str


class Link(NamedTuple):
    """What the harness is to find at `path`, in the launch's folder: the user's own `target`.

    It is a link where the system lets a user make one, else a copy of a file that exists.
    """

    path: PurePath
    target: PurePath


class Launch(NamedTuple):
    """What it takes to start a harness pinned.

    `arguments` go before the user's own. `files` and `links` stand in a folder of the launch's own,
    which is gone when the harness has ended. `price` says what is not as it would be without
    confgen, a sentence each.
    """

    arguments: tuple[str, ...] = ()
    environment: Mapping[str, Value] = MappingProxyType({})
    files: tuple[PrivateFile, ...] = ()
    links: tuple[Link, ...] = ()
    price: tuple[str, ...] = ()

    def environment_over(self, env: Mapping[str, str]) -> dict[str, str]:
        """The whole environment of the harness, where `env` is that of whoever starts it."""
        whole = dict(env)
        for name, value in self.environment.items():
            found = env.get(value.name) if isinstance(value, FromVariable) else value
            whole.pop(name, None)
            if found is not None:
                whole[name] = found
        return whole


def check_outranked(reading: Reading, tree: Mapping[str, JsonValue]) -> None:
    """Raise DocumentError where a managed file says otherwise than `tree`, and would win."""
    for file in reading.files:
        for path in _differing(file.tree, tree, ()) if file.whose == MANAGED else ():
            raise DocumentError(
                f"this machine's administrator has set {'.'.join(path)} otherwise, which wins",
                where=file.place(*path),
                hint="ask for that line to be changed: nothing of yours outranks it",
            )


def _differing(
    theirs: Mapping[str, JsonValue], ours: Mapping[str, JsonValue], path: tuple[str, ...]
) -> Iterator[tuple[str, ...]]:
    for key in theirs.keys() & ours.keys():
        one, other = theirs[key], ours[key]
        if isinstance(one, Mapping) and isinstance(other, Mapping):
            yield from _differing(one, other, (*path, key))
        elif not same(one, other):
            yield (*path, key)


def given(arguments: Sequence[str], option: str) -> bool:
    """Whether the user's arguments have `option`, with its value beside it or within."""
    before = arguments[: arguments.index("--")] if "--" in arguments else arguments
    joined = f"{option}=" if option.startswith("--") else option
    return any(word == option or word.startswith(joined) for word in before)
