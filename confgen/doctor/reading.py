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

_LARGEST_PAGE = 1 << 20  # bytes of one Markdown file


def read_view(
    harness: Harness, settings: Settings, machine: Machine, project: Path, shim: LocalShim | None
) -> View:
    """What the harness's checks look at. Raises UsageError and SettingsError, as `apply` would."""
    targets = wanted(harness, settings, machine, "user", project, shim=shim)
    face = layers_of(harness)
    return View(
        machine=machine,
        project=project,
        profile=settings.profile_for(harness.NAME),
        route=choose_route(harness, settings.route_for(harness.NAME)),
        files=tuple(_files(face.layers(machine, project))),
        pages=dict(_pages(face.pages(machine, project))),
        wanted={target.file.template: target.fragment for target in targets},
    )


def _files(layers: tuple[Layer, ...]) -> Iterator[LayerFile]:
    for layer in layers:
        try:
            data = Path(layer.path).read_bytes()
        except (FileNotFoundError, NotADirectoryError):
            continue
        except OSError as error:
            words = f"the file cannot be read: {error.strerror}"
            yield LayerFile(layer, None, DocumentError(words, where=str(layer.path)))
            continue
        yield _parsed(layer, data)


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
                if path.stat().st_size <= _LARGEST_PAGE:
                    yield path, path.read_text(encoding="utf-8", errors="replace")
            except OSError:
                continue
