"""What it takes to have a harness show what it sends, in a throw-away home: the words for that."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path, PurePath
from types import MappingProxyType
from typing import NamedTuple

from confgen.document import Document, JsonValue
from confgen.errors import DocumentError
from confgen.machine import Machine


class Shelf(NamedTuple):
    """Config files that a client reads from one folder, by globs below it.

    `place` is the folder that stands for it in the throw-away one: below `home`, or below `named`
    where the environment names it. `variable` is the one that must then say where: its name, and
    what it leads to within `place`.
    """

    folder: PurePath
    globs: tuple[str, ...]
    place: str
    variable: tuple[str, str] | None = None


class Stage(NamedTuple):
    """The throw-away place in which a client is to run, and what confgen has put there.

    `machine` is the one whose client it is, `environment` the child's so far. `documents` are the
    JSON files that can be read at all, `pages` the Markdown files, by their places in the stage.
    `stand_in` gives the capture's address for another.
    """

    machine: Machine
    home: Path
    project: Path
    environment: Mapping[str, str]
    documents: Mapping[Path, Document]
    pages: Mapping[Path, str]
    stand_in: Callable[[str], str]

    def values(self, *path: str) -> Iterator[JsonValue]:
        """What each document has at a path."""
        for document in self.documents.values():
            if (value := value_at(document, *path)) is not None:
                yield value

    def tables(self, *path: str) -> Iterator[tuple[str, Mapping[str, JsonValue]]]:
        """The named objects that the documents have below a path."""
        for value in self.values(*path):
            for name, table in value.items() if isinstance(value, Mapping) else ():
                if isinstance(table, Mapping):
                    yield name, table

    def agents(self, folder: str) -> Iterator[tuple[str, Mapping[str, str]]]:
        """The Markdown pages below folders of that name: each one's own name, and its front."""
        for path, text in self.pages.items():
            parents = [parent.name for parent in path.parents]
            if folder in parents:
                below = path.relative_to(path.parents[parents.index(folder)])
                yield below.with_suffix("").as_posix(), front_matter(text)


class Part(NamedTuple):
    """What the client is asked to do.

    `runs` are the arguments of its command, one run each; the script is played in the first.
    `environment` is laid over the stage's, `files` are written into it. `sub_agents` are to be
    given a task each. With `overflows` the capture says once that the window is full, which makes
    the client summarise what was said.
    """

    runs: tuple[tuple[str, ...], ...]
    environment: Mapping[str, str]
    files: Mapping[Path, str] = MappingProxyType({})
    sub_agents: tuple[str, ...] = ()
    overflows: bool = False


def value_at(document: Document, *path: str) -> JsonValue:
    """The value at a path; None where there is none, or the document has another shape there."""
    try:
        found = document.find(path)
    except DocumentError:
        return None
    return found.value if found else None


def front_matter(page: str) -> dict[str, str]:
    """The plain `key: value` lines between the dashes that open a Markdown page."""
    lines = page.lstrip("\ufeff").splitlines()
    if not lines or lines[0].strip() != "---":
        return {}
    found: dict[str, str] = {}
    for line in lines[1:]:
        if line.strip() == "---":
            break
        key, colon, value = line.partition(":")
        if colon and not key[:1].isspace():
            found[key.strip()] = value.strip().strip("\"'")
    return found
