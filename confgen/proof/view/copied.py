"""The copied view: what a client reads, under the same names in a throw-away folder.

Byte for byte, but for changes that are named. The client is held to the capture by its proxies
alone.
"""

import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePath
from typing import NamedTuple

from confgen.errors import DocumentError
from confgen.harnesses.footprint import Place
from confgen.machine import Machine
from confgen.reading import each_file

_LARGEST = 16 * 1024 * 1024  # bytes: nobody writes such a config file by hand


class Copies(NamedTuple):
    """The throw-away folder: a home, and beside it what lies outside of the home."""

    root: Path
    machine: Machine

    @property
    def home(self) -> Path:
        return self.root / "home"

    def place(self, path: PurePath) -> Path:
        """Where a path of the machine's stands here."""
        if path.is_relative_to(self.machine.home):
            return self.home / path.relative_to(self.machine.home)
        return self.root.joinpath("outside", *path.parts[1:])

    def take(self, places: Iterable[Place], *, plugins: bool) -> None:
        """Copy what there is of these, `plugins` only where they are to run.

        Raises DocumentError for what cannot be copied.
        """
        every = tuple(places)
        left = () if plugins else tuple(place for place in every if place.kind == "code")
        for place in every:
            if place not in left:
                for path in _found(place, plugins=plugins):
                    if not any(_holds(code, path) for code in left):
                        self._copy(path, bounded=not _is_shared(place, path))

    def _copy(self, path: Path, *, bounded: bool) -> None:
        """Links are followed: the copy of one that leads out of the home is a file of its own."""
        target = self.place(path)
        if target.exists():
            return
        try:
            too_large = bounded and path.stat().st_size > _LARGEST
            target.parent.mkdir(parents=True, exist_ok=True)
            if not too_large:
                shutil.copy(path, target)
        except OSError as error:
            raise DocumentError(
                f"the file cannot be copied: {error.strerror}",
                where=str(path),
                hint="make it readable",
            ) from error
        if too_large:
            raise DocumentError(
                "the file is too large to be copied", where=str(path), hint="move it away"
            )


def _found(place: Place, *, plugins: bool) -> Iterator[Path]:
    """The files of a place. Raises DocumentError for a pipe or a folder where a file belongs."""
    path = Path(place.path)
    if place.glob is not None:
        # As the doctor finds them.
        each = (Path(found.path) for found in each_file((place,)))
        yield from (found for found in each if found.is_file())
    elif place.kind == "folder":
        past = (*place.entry.past, *(() if plugins else place.entry.shared))
        yield from _below(path, path, past, frozenset())
    elif path.is_file():
        yield path
    elif path.exists():
        # The client may stop at it, or wait for ever.
        raise DocumentError(
            "this is no regular file, and cannot be copied",
            where=str(path),
            hint="move it away: the harness reads files alone there",
        )


def _below(
    root: Path, folder: Path, past: tuple[str, ...], above: frozenset[Path]
) -> Iterator[Path]:
    """The files of a folder, links followed, though in no circle."""
    real = folder.resolve()
    if real in above or not folder.is_dir():
        return
    for path in sorted(folder.iterdir()):
        if any(path.relative_to(root).match(glob) for glob in past):
            continue
        if path.is_dir():
            yield from _below(root, path, past, above | {real})
        elif path.is_file():
            yield path


def _is_shared(place: Place, path: Path) -> bool:
    """Whether it is part of what is big and only read."""
    if place.kind != "folder":
        return False
    within = path.relative_to(place.path)
    return any(part.match(glob) for part in within.parents for glob in place.entry.shared)


def _holds(place: Place, path: Path) -> bool:
    if not path.is_relative_to(place.path):
        return False
    return place.glob is None or path.relative_to(place.path).match(place.glob)


def make_checkout(folder: Path) -> None:
    """As much of a checkout as git asks for: a client that looks upward goes no further."""
    for name in ("objects", "refs"):
        (folder / ".git" / name).mkdir(parents=True, exist_ok=True)
    (folder / ".git" / "HEAD").write_text("ref: refs/heads/main\n", encoding="utf-8")
