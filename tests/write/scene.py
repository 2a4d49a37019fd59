"""A small home with config files, and what may and may not be found in it afterwards."""

import os
import shutil
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from confgen.write import State, read_original
from confgen.write.transaction import FileWrite, Transaction

OLD, NEW = b'{"old": 1}\n', b'{"new": "' + b"x" * 5000 + b'"}\n'
OLD_MANIFEST, NEW_MANIFEST = b"manifest 1", b"manifest 2"
BLOB = b"what stood there before"


Contents = tuple[bytes | None, bytes | None, bytes | None]


@dataclass(frozen=True)
class Scene:
    root: Path

    @cached_property
    def state(self) -> State:
        return State(self.root / "state")

    @property
    def linked(self) -> Path:
        """A link to a link to `settings`."""
        return self.root / "home" / "link.json"

    @property
    def settings(self) -> Path:
        return self.root / "dotfiles" / "settings.json"

    @property
    def config(self) -> Path:
        """A file in two folders; in a scene as made here none of the three is there."""
        return self.root / "home" / "made" / "deep" / "config.toml"

    def contents(self) -> Contents:
        """What `settings`, `config` and the manifest hold, None for what is not there."""
        return read(self.settings), read(self.config), self.state.manifest()

    def copy(self, root: Path) -> "Scene":
        shutil.rmtree(root, ignore_errors=True)
        shutil.copytree(self.root, root, symlinks=True)
        return Scene(root)


def read(path: Path) -> bytes | None:
    return path.read_bytes() if path.exists() else None


def make_scene(root: Path) -> Scene:
    scene = Scene(root)
    scene.linked.parent.mkdir(parents=True)
    scene.settings.parent.mkdir()
    scene.settings.write_bytes(OLD)
    scene.settings.chmod(0o640)
    scene.linked.symlink_to("chain.json")
    scene.linked.with_name("chain.json").symlink_to("../dotfiles/settings.json")
    put(scene.state, {}, manifest=OLD_MANIFEST)
    return scene


def transaction(
    contents: dict[Path, bytes | None],
    manifest: bytes = NEW_MANIFEST,
    blobs: tuple[bytes, ...] = (),
) -> Transaction:
    writes = (FileWrite(read_original(path), content) for path, content in contents.items())
    return Transaction(tuple(writes), manifest, blobs)


def put(state: State, contents: dict[Path, bytes | None], manifest: bytes = NEW_MANIFEST) -> None:
    with state.lock():
        state.commit(transaction(contents, manifest))


def rubbish(root: Path) -> list[Path]:
    """Everything below `root` that only a write under way may have there."""
    found = [
        Path(folder, name) for folder, folders, names in os.walk(root) for name in folders + names
    ]
    return [
        path
        for path in found
        if path.name.startswith(".confgen-")
        or path.name in {"staging", "journal.json", "lock.owner"}
    ]
