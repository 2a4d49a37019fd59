"""A file as it was read, and whether confgen may replace it."""

import errno
import os
import stat
from dataclasses import dataclass
from pathlib import Path

from confgen.errors import DocumentError
from confgen.write.durable import missing_folders, sha256

MAX_BYTES = 64 * 2**20

_KINDS = {
    stat.S_IFDIR: "a folder",
    stat.S_IFIFO: "a named pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
}


@dataclass(frozen=True, slots=True)
class Original:
    """What stood at `path`, where `real` is the file itself behind all symbolic links.

    `data` is None if there was no file; then `real` is where it would be made.
    """

    path: Path
    real: Path
    data: bytes | None

    @property
    def sha256(self) -> str | None:
        """In hexadecimal; None if there was no file."""
        return None if self.data is None else sha256(self.data)


def read_original(path: Path) -> Original:
    """Read `path` without locking; an absent file is fine, a DocumentError is anything but a file.

    What only forbids writing (a read-only file, hard links) is left to `check_writable`.
    """
    real = Path(os.path.realpath(path))
    try:
        _check_readable(path, real.stat())
        return Original(path, real, real.read_bytes())
    except (FileNotFoundError, NotADirectoryError):
        _check_folder(path, _standing_folder(real))
        return Original(path, real, None)
    except OSError as error:
        raise _unreadable(path, error) from error


def check_writable(original: Original) -> None:
    """DocumentError if the file could not be replaced without harm; writes nothing."""
    try:
        status = original.real.stat()
    except (FileNotFoundError, NotADirectoryError):
        status = None
    except OSError as error:
        raise _unreadable(original.path, error) from error
    folder = _standing_folder(original.real)
    _check_folder(original.path, folder)
    if status:
        _check_replaceable(original, status)
    effective = os.access in os.supports_effective_ids
    if not os.access(folder, os.W_OK | os.X_OK, effective_ids=effective):
        raise DocumentError(
            f"the folder {folder} is not writable",
            where=str(original.path),
            hint="give yourself write permission there: confgen makes the new file in place",
        )


def new_folders(original: Original) -> tuple[Path, ...]:
    """The folders that a write of `original` will have to make, outermost first."""
    return missing_folders(original.real)


def _check_readable(path: Path, status: os.stat_result) -> None:
    if not stat.S_ISREG(status.st_mode):
        kind = _KINDS.get(stat.S_IFMT(status.st_mode), "something else")
        raise DocumentError(
            f"expected a file and found {kind}",
            where=str(path),
            hint="move it away, or name another file: confgen edits regular files only",
        )
    if status.st_size > MAX_BYTES:
        raise DocumentError(
            f"the file has {status.st_size} bytes, more than the {MAX_BYTES} that confgen reads",
            where=str(path),
            hint="no config file is that large: check what the path leads to",
        )


def _check_folder(path: Path, folder: Path) -> None:
    if not folder.is_dir():
        raise DocumentError(
            f"{folder} is not a folder",
            where=str(path),
            hint="move it away so that the folder can be made",
        )


def _check_replaceable(original: Original, status: os.stat_result) -> None:
    where = str(original.path)
    # By the mode's own word: root may write anything, and still someone has closed this file.
    if not status.st_mode & stat.S_IWUSR:
        raise DocumentError(
            "the file is read-only", where=where, hint=f"allow it with: chmod u+w '{original.real}'"
        )
    if status.st_nlink > 1:
        raise DocumentError(
            f"the file has {status.st_nlink} hard links, and the others would keep the old text",
            where=where,
            hint="make it a file of its own (copy it, move the copy over it) or a symbolic link",
        )
    if not _keeps_owner(status, original.real.parent):
        raise DocumentError(
            f"the file would pass from user {status.st_uid}, group {status.st_gid} to you",
            where=where,
            hint="run confgen as the owner of the file",
        )


def _keeps_owner(status: os.stat_result, folder: Path) -> bool:
    if os.name == "nt" or os.geteuid() == 0:
        return True
    # macOS, and set-group-id folders elsewhere, give a new file the group of its folder.
    groups = {os.getegid(), *os.getgroups(), folder.stat().st_gid}
    return status.st_uid == os.geteuid() and status.st_gid in groups


def _standing_folder(real: Path) -> Path:
    return next((folder for folder in real.parents if folder.exists()), Path(real.anchor))


def _unreadable(path: Path, error: OSError) -> DocumentError:
    if error.errno == errno.ELOOP:
        return DocumentError(
            "the symbolic link leads back to itself",
            where=str(path),
            hint="remove the link or point it to a file",
        )
    return DocumentError(
        f"cannot read the file: {error.strerror or error}",
        where=str(path),
        hint="give yourself read permission on the file and on every folder above it",
    )
