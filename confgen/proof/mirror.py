"""Copies of the config files that a client reads, in a throw-away folder, under their own names."""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path, PurePath
from typing import NamedTuple

from confgen.document import JSONC, Delete, Document, open_json
from confgen.errors import DocumentError
from confgen.harnesses.contract import Pattern
from confgen.harnesses.stage import Shelf
from confgen.machine import Machine
from confgen.proof.capture.address import is_url
from confgen.redact import source_parts

_LARGEST = 16 * 1024 * 1024  # bytes: nobody writes such a config file by hand
_JSON = (".json", ".jsonc")


class Original(NamedTuple):
    """One file of the user's as text, byte for byte, and where its copy goes."""

    path: Path
    place: Path
    text: str


class Ground(NamedTuple):
    """The throw-away folder: a home, what the environment names, and what is outside the home."""

    root: Path

    @property
    def home(self) -> Path:
        return self.root / "home"

    def place(self, folder: PurePath, machine: Machine) -> Path:
        """Where a folder of the machine's stands here."""
        if folder.is_relative_to(machine.home):
            return self.home / folder.relative_to(machine.home)
        return self.root.joinpath("outside", *folder.parts[1:])

    def variables(self, shelves: Iterable[Shelf]) -> dict[str, str]:
        """The variables that say where the shelves stand here."""
        return {
            shelf.variable[0]: str((self.root / shelf.place / shelf.variable[1]).resolve())
            for shelf in shelves
            if shelf.variable
        }


def originals(
    shelves: Iterable[Shelf], globs: Iterable[str], machine: Machine, ground: Ground
) -> Iterator[Original]:
    """The user's own files, then those of the current folder and of the folders above it.

    Raises DocumentError for a file that cannot be copied.
    """
    for shelf in shelves:
        yield from _found(Path(shelf.folder), shelf.globs, ground.root / shelf.place)
    globs = tuple(globs)
    for folder in chain(Path(machine.cwd)):
        yield from _found(folder, globs, ground.place(folder, machine))


def chain(cwd: Path) -> tuple[Path, ...]:
    """The folders whose files have a say here: from the checkout's root down, else all above."""
    above = (cwd, *cwd.parents)
    root = next((at for at, folder in enumerate(above) if (folder / ".git").exists()), len(above))
    return above[: root + 1][::-1]


def _found(folder: Path, globs: Iterable[str], place: Path) -> Iterator[Original]:
    for glob in globs:
        for path in sorted(folder.glob(glob)):
            if path.is_file():
                yield Original(path, place / path.relative_to(folder), _read(path))
            elif "*" not in glob and path.exists():
                # The client may stop at it, or wait for ever.
                raise DocumentError(
                    "this is no regular file, and cannot be copied",
                    where=str(path),
                    hint="move it away: the harness reads files alone there",
                )


def _read(path: Path) -> str:
    try:
        too_large = path.stat().st_size > _LARGEST
        data = b"" if too_large else path.read_bytes()
    except OSError as error:
        raise DocumentError(
            f"the file cannot be read: {error.strerror}", where=str(path), hint="make it readable"
        ) from error
    if too_large or b"\0" in data:
        raise DocumentError(
            "the file is too large to be copied" if too_large else "the file is no text in UTF-8",
            where=str(path),
            hint="move it away, or save it as UTF-8",
        )
    return data.decode("utf-8", "surrogateescape")


def write_copy(place: Path, text: str) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(text.encode("utf-8", "surrogateescape"))


def disarmed(text: str, starters: Iterable[Pattern], path: Path) -> str:
    """A config file without what starts foreign programs; one that is broken stays as it is.

    Raises DocumentError where something of that cannot be taken out.
    """
    document = opened(text, str(path))
    if document is None:
        return text
    present = [Delete(pattern) for pattern in starters if _stands(document, pattern)]
    try:
        return document.edit(present).text if present else text
    except RuntimeError as error:
        raise DocumentError(
            "what starts foreign programs cannot be taken out of a copy of this file",
            where=str(path),
            hint="lay those lines out plainly",
        ) from error


def _stands(document: Document, pattern: Pattern) -> bool:
    """Whether there is something at a path. A wrong type on the way to it can start nothing."""
    parent = document.find(pattern[:-1]) if pattern[:-1] else None
    if pattern[:-1] and not (parent and isinstance(parent.value, Mapping)):
        return False
    return document.find(pattern) is not None


def fixed(text: str, starters: Iterable[Pattern]) -> str | None:
    """Why no client may be run on a config file as it stands; None where nothing in it counts."""
    for part in source_parts(text):
        if part.text is not None and is_url(part.text) and part.name != "$schema":
            return f"it names {part.text}"
        if part.name == "apiKeyHelper":
            return "it has a command of its own print the key"
    document = opened(text)
    if document and any(_stands(document, pattern) for pattern in starters):
        return "it starts programs of its own"
    return None


def opened(text: str, name: str = "") -> Document | None:
    """A JSON document that may have comments and commas in it; None where it is none."""
    try:
        return open_json(text, JSONC, name=name)
    except DocumentError:
        return None


def documents(places: Iterable[Path]) -> Iterator[tuple[Path, Document]]:
    """The JSON files among these that can be read."""
    for place in places:
        if place.suffix in _JSON and (document := opened(_text(place))):
            yield place, document


def pages(places: Iterable[Path]) -> Iterator[tuple[Path, str]]:
    """The Markdown files among these."""
    for place in places:
        if place.suffix == ".md":
            yield place, _text(place)


def _text(place: Path) -> str:
    return place.read_bytes().decode("utf-8", "surrogateescape")


def is_json(path: Path) -> bool:
    return path.suffix in _JSON
