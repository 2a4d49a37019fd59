"""Reads one harness's part of the machine into a view, once, for all checks."""

from collections.abc import Iterator
from pathlib import Path, PurePath

from confgen.document import JSONC, Document, decode, open_json
from confgen.errors import DocumentError
from confgen.harnesses import Harness
from confgen.harnesses.faces import layers_of
from confgen.harnesses.view import Layer, LayerFile, View
from confgen.machine import Machine
from confgen.settings import Settings
from confgen.target import LocalShim, choose_route, wanted
from confgen.write import read_original

_LARGEST = 4 << 20
"""Bytes of one config file that all the checks together look through in their time."""
_LARGEST_PAGE = 1 << 20  # bytes of one Markdown file


class TooLargeError(DocumentError):
    """A file that a client may well take, and that is too much for the checks."""


def read_files(harness: Harness, machine: Machine, folder: Path) -> tuple[LayerFile, ...]:
    """The files that exist of all that the harness reads when it starts in `folder`.

    The weakest comes first.
    """
    there = machine._replace(cwd=folder)
    return tuple(_files(layers_of(harness).layers(there, worktree(folder))))


def read_view(
    harness: Harness,
    settings: Settings,
    machine: Machine,
    project: Path,
    shim: LocalShim | None,
    files: tuple[LayerFile, ...] | None = None,
) -> View:
    """What the harness's checks look at, where it starts in `project`.

    `files` are its own, where they are read already. Raises UsageError and SettingsError, as
    `apply` would.
    """
    targets = wanted(harness, settings, machine, "user", project, shim=shim)
    folders = layers_of(harness).pages(machine._replace(cwd=project), worktree(project))
    return View(
        machine=machine,
        project=project,
        profile=settings.profile_for(harness.NAME),
        route=choose_route(harness, settings.route_for(harness.NAME)),
        files=read_files(harness, machine, project) if files is None else files,
        pages=dict(_pages(folders)),
        wanted={target.file.template: target.fragment for target in targets},
    )


def worktree(folder: Path) -> Path:
    """The root of the version control around a folder; of the file system where there is none."""
    around = (folder, *folder.parents)
    return next((above for above in around if (above / ".git").exists()), around[-1])


def _files(layers: tuple[Layer, ...]) -> Iterator[LayerFile]:
    for layer in (one for given in layers for one in each_file(given)):
        try:
            _check_size(Path(layer.path))
            data = read_original(Path(layer.path)).data
        except DocumentError as fault:
            yield LayerFile(layer, None, fault)
            continue
        if data is not None:
            yield _parsed(layer, data)


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


def each_file(layer: Layer) -> Iterator[Layer]:
    """The layer of each file that a layer stands for."""
    if layer.glob is None:
        yield layer
        return
    for path in sorted(Path(layer.path).glob(layer.glob)):
        yield layer._replace(path=path, glob=None)


def _parsed(layer: Layer, data: bytes) -> LayerFile:
    name = str(layer.path)
    try:
        text = decode(data, name=name)
        document = open_json(text, layer.dialect, name=name)
    except DocumentError as fault:
        return LayerFile(layer, _tolerant(data, name), fault)
    return LayerFile(layer, document)


def _tolerant(data: bytes, name: str) -> Document | None:
    try:
        return open_json(decode(data, name=name), JSONC, name=name)
    except DocumentError:
        return None


def _pages(folders: tuple[tuple[PurePath, str], ...]) -> Iterator[tuple[PurePath, str]]:
    for folder, glob in folders:
        for path in sorted(Path(folder).glob(glob)):
            try:
                if path.is_file() and path.stat().st_size <= _LARGEST_PAGE:
                    yield path, path.read_text(encoding="utf-8", errors="replace")
            except OSError:
                continue
