"""Reads all that one harness reads on this machine, once, for whoever asks."""

import fnmatch
import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from confgen.document import JSONC, Document, decode, open_json
from confgen.errors import DocumentError
from confgen.harnesses import Harness
from confgen.harnesses.footprint import Entry, Kind, Place, places
from confgen.harnesses.reading import Page, ReadFile, Reading
from confgen.machine import Machine
from confgen.settings import Settings
from confgen.target import LocalShim, choose_route, wanted
from confgen.write import read_original

_LARGEST = 4 << 20
"""Bytes of one config file that all the checks together look through in their time."""
_LARGEST_PAGE = 1 << 20  # bytes of one Markdown file
_OTHERS: tuple[Kind, ...] = ("code", "servers", "hooks", "environment", "login", "folder", "other")


class TooLargeError(DocumentError):
    """A file that a client may well take, and that is too much for the checks."""


def read_files(harness: Harness, machine: Machine, folder: Path) -> tuple[ReadFile, ...]:
    """The config files that exist of all that the harness reads when it starts in `folder`.

    The weakest comes first.
    """
    found = each_file(_places(harness, machine, folder, "config"))
    read = (_read(Path(place.path), place.entry) for place in found)
    return tuple(file for file in read if file)


def read_harness(
    harness: Harness,
    settings: Settings,
    machine: Machine,
    project: Path,
    shim: LocalShim | None,
    files: tuple[ReadFile, ...] | None = None,
) -> Reading:
    """All that the harness reads where it starts in `project`, and what confgen wants of it.

    `files` are its own, where they are read already. Raises UsageError and SettingsError, as
    `apply` would.
    """
    targets = wanted(harness, settings, machine, "user", project, shim=shim)
    others = each_file(_places(harness, machine, project, *_OTHERS))
    return Reading(
        machine=machine,
        project=project,
        profile=settings.profile_for(harness.NAME),
        route=choose_route(harness, settings.route_for(harness.NAME)),
        files=read_files(harness, machine, project) if files is None else files,
        pages=tuple(_pages(harness, _places(harness, machine, project, "pages", "unread"))),
        wanted={target.file.template: target.fragment for target in targets},
        # `Path.exists` raises where a folder above may not be entered.
        others=tuple(place for place in others if os.path.exists(place.path)),  # noqa: PTH110
    )


def worktree(folder: Path) -> Path:
    """The root of the version control around a folder; of the file system where there is none."""
    around = (folder, *folder.parents)
    return next((above for above in around if (above / ".git").exists()), around[-1])


def _places(harness: Harness, machine: Machine, folder: Path, *kinds: Kind) -> tuple[Place, ...]:
    return places(harness, machine._replace(cwd=folder), worktree(folder), *kinds)


def each_file(found: tuple[Place, ...]) -> Iterator[Place]:
    """The place of each file that a place stands for, in the order of names."""
    for place in found:
        if place.glob is None:
            yield place
            continue
        for path in sorted(_matching(Path(place.path), place.glob)):
            yield place._replace(path=path, glob=None)


def _matching(folder: Path, glob: str) -> Iterator[Path]:
    """The files that match. Links are followed, as clients do, though in no circle."""
    head, is_deep, name = glob.partition("/**/")
    if not is_deep:
        yield from folder.glob(glob)
        return
    seen: set[str] = set()
    for at, folders, names in os.walk(folder / head, followlinks=True):
        real = os.path.realpath(at)
        if real in seen:
            folders.clear()
            continue
        seen.add(real)
        yield from (Path(at, found) for found in fnmatch.filter(names, name))


def _read(path: Path, entry: Entry) -> ReadFile | None:
    name, text = str(path), None
    try:
        _check_size(path)
        data = read_original(path).data
        if data is None:
            return None
        text = decode(data, name=name)
        return ReadFile(path, entry, open_json(text, entry.dialect or JSONC, name=name))
    except DocumentError as fault:
        return ReadFile(path, entry, None if text is None else _tolerant(text, name), fault)


def _check_size(path: Path) -> None:
    try:
        size = path.stat().st_size
    except OSError:
        return  # why it cannot be read is said where it is read
    if path.is_file() and size > _LARGEST:
        raise TooLargeError(
            f"the file has more than {_LARGEST >> 20} MB: nothing in it is looked at",
            where=str(path),
            hint="confgen verify shows what is sent",
        )


def _tolerant(text: str, name: str) -> Document | None:
    with suppress(DocumentError):
        return open_json(text, JSONC, name=name)
    return None


def _pages(harness: Harness, found: tuple[Place, ...]) -> Iterator[Page]:
    for at in found:
        for path in (Path(place.path) for place in each_file((at,))):
            with suppress(OSError):
                if path.is_file() and path.stat().st_size <= _LARGEST_PAGE:
                    text = path.read_bytes().decode(errors="replace")
                    yield Page(path, at, text, harness.FRONT_MATTER)
