"""What a caller asks to be written, and what it gets told."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from confgen.errors import ConfgenError
from confgen.write.original import Original


class Stale(ConfgenError):  # noqa: N818 - it says what the reading has become, and is caught to plan again
    """A file is not what it was when it was read; nothing was written. Read and plan again."""


@dataclass(frozen=True, slots=True)
class FileWrite:
    """One file's new content; None deletes the file.

    A file that did not exist gets 0600 and its folders 0700 if `private`, else what the umask
    leaves of 0666 and 0777. An existing file keeps its permissions and its owner.
    `drop_folders` are removed after a deletion as far as they are empty.
    """

    original: Original
    data: bytes | None
    private: bool = True
    drop_folders: tuple[Path, ...] = ()

    @property
    def changes(self) -> bool:
        return self.data != self.original.data


@dataclass(frozen=True, slots=True)
class Transaction:
    """Files that change together with the manifest, or not at all.

    `manifest` is opaque here. `blobs` are texts that it refers to by their sha256; of the blobs
    kept so far only `keep_blobs` (sha256, hexadecimal) stay.
    """

    writes: tuple[FileWrite, ...]
    manifest: bytes
    blobs: tuple[bytes, ...] = ()
    keep_blobs: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Committed:
    """A file that was written, as the caller named it, and the copy of what stood there before."""

    path: Path
    real: Path
    backup: Path | None


@dataclass(frozen=True, slots=True)
class Recovery:
    """What became of a write that had been interrupted.

    "set aside": its journal could not be read and was renamed to `paths[0]`. Otherwise `paths`
    are the real files that now hold the new ("finished") or the old ("rolled back") content,
    and `left` those that someone changed meanwhile and that were not touched.
    """

    outcome: Literal["finished", "rolled back", "set aside"]
    paths: tuple[Path, ...]
    left: tuple[Path, ...] = ()
