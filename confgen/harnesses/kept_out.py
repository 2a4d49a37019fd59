"""What all harnesses share of a headless session: what is kept out of it, and how much is asked."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import PurePath
from typing import Any

from confgen.document import Delete, JsonValue
from confgen.errors import DocumentError
from confgen.harnesses.footprint import Place
from confgen.harnesses.reading import ReadFile, Reading
from confgen.harnesses.session import TASK, Change, LeftOut, Offered

MOST = 8
"""So many sub-agents are asked, and so many runs made for modes and commands: each takes time."""


def task(agent: str) -> dict[str, str]:
    """The arguments with which a sub-agent is set to work; its words tell it from the others."""
    return {
        "description": "look around",
        "prompt": f"{TASK}, {agent}.",
        "subagent_type": agent,
    }


def asked(
    names: Mapping[str, bool], first: Iterable[str] = (), kind: str = "sub-agent"
) -> tuple[tuple[str, ...], tuple[LeftOut, ...]]:
    """Whom to ask, and who is left out: more than MOST take too long.

    `names` says of each whether it names a model of its own: those come before the others.
    """
    own = sorted(names, key=lambda name: not names[name])
    chosen = tuple(dict.fromkeys((*first, *own)))
    return chosen[:MOST], tuple(
        LeftOut(f"{kind} {name}", f"no more than {MOST} are asked", decides=names.get(name, False))
        for name in chosen[MOST:]
    )


def effects(what: str, of: PurePath | str, *, decides: bool = False) -> LeftOut:
    """What is left out for what it would do beside."""
    return LeftOut(f"{what} of {of}", "it has effects of its own", decides)


def hidden(place: Place, what: str) -> Change:
    """A file that the client is not to find."""
    return Change(place.path, None, effects(what, place.path))


def without(file: ReadFile, members: Iterable[str], *, decides: bool = False) -> Change | None:
    """A config file without some of its members; None where it has none of them, or is broken.

    Raises DocumentError where they cannot be taken out.
    """
    present = [name for name in members if name in file.tree]
    if file.document is None or not present:
        return None
    try:
        text = file.document.edit([Delete((name,)) for name in present]).text
    except RuntimeError as error:
        raise DocumentError(
            f"what has effects of its own cannot be taken out: {', '.join(present)}",
            where=str(file.path),
            hint="lay those lines out plainly",
        ) from error
    return Change(file.path, text, effects(", ".join(present), file.path, decides=decides))


def tables(value: JsonValue) -> dict[str, Mapping[str, Any]]:
    """The named objects in an object."""
    found = value.items() if isinstance(value, Mapping) else ()
    return {name: table for name, table in found if isinstance(table, Mapping)}


def seen_from(path: PurePath, home: PurePath, seen_home: PurePath) -> PurePath:
    """Where a client whose home is `seen_home` finds a file of the user's home."""
    return seen_home / path.relative_to(home)


def none_listed(_reading: Reading) -> tuple[str, ...]:
    """For a harness whose files tell all that it can be asked for."""
    return ()


def none_offered(_reading: Reading, _body: Mapping[str, Any], _run: Sequence[str]) -> Offered:
    """The same."""
    return Offered()
