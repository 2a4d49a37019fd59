"""Single steps on the disk, each of which is either done for good or not done at all."""

import errno
import hashlib
import os
import stat
import sys
import time
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

TEMP_PREFIX = ".confgen-"

# On Windows a scanner or an editor that has the file open makes a replace fail for a moment.
_SHARING_PAUSES = (0.01, 0.03, 0.1, 0.3, 0.6, 1.0) if os.name == "nt" else ()
_PERMISSIONS = 0o777
_NO_FOLDER_SYNC = {errno.EINVAL, errno.ENOTSUP, errno.EACCES, errno.ENOENT}


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def fingerprint(path: Path) -> str | None:
    """The sha256 of the regular file at `path`; None: nothing there; "": something else is."""
    try:
        if not stat.S_ISREG(path.lstat().st_mode):
            return ""
        return sha256(path.read_bytes())
    except (FileNotFoundError, NotADirectoryError):
        return None


def temp_beside(path: Path) -> Path:
    """A name in the same folder that nobody can guess and everybody can tell to be ours."""
    return path.with_name(f"{TEMP_PREFIX}{os.urandom(8).hex()}.tmp")


def write_new(path: Path, content: bytes, *, mode: int = 0o600, like: Path | None = None) -> None:
    """Make `path` hold `content` on the disk; FileExistsError if anything is there.

    It gets the permissions, the owner and the extended attributes (access control lists among
    them) of the file `like` before the content, else `mode` less the umask.
    """
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    descriptor = os.open(path, flags, 0o600 if like else mode)
    try:
        if like and os.name != "nt":
            _dress(descriptor, like)
        rest = memoryview(content)
        while rest:
            rest = rest[os.write(descriptor, rest) :]
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _dress(descriptor: int, like: Path) -> None:
    made, model = os.fstat(descriptor), like.stat()
    if (made.st_uid, made.st_gid) != (model.st_uid, model.st_gid):
        os.fchown(descriptor, model.st_uid, model.st_gid)
    os.fchmod(descriptor, model.st_mode & _PERMISSIONS)
    if sys.platform == "linux":
        for name in _attributes(like):
            os.setxattr(descriptor, name, os.getxattr(like, name))


def _attributes(path: Path) -> list[str]:
    """Those that travel with a file; what the system labels by itself stays with the system."""
    if sys.platform != "linux":
        return []
    try:
        names = os.listxattr(path)
    except OSError as error:
        if error.errno == errno.ENOTSUP:
            return []
        raise
    return [name for name in names if name.startswith(("user.", "system.posix_acl"))]


def replace(source: Path, target: Path) -> None:
    """Put `source` in the place of `target` at one stroke; `sync_folder` makes it last."""
    for pause in _SHARING_PAUSES:
        with suppress(PermissionError):
            source.replace(target)
            return
        time.sleep(pause)
    source.replace(target)


def sync_folder(folder: Path) -> None:
    """Make the names in `folder` last through a power failure, where the system can do so."""
    if os.name == "nt":
        return
    try:
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    except OSError as error:
        if error.errno not in _NO_FOLDER_SYNC:
            raise


def make_folders(folders: Iterable[Path], mode: int) -> None:
    """Make `folders`, outermost first, those that are missing with `mode` less the umask."""
    for folder in folders:
        folder.mkdir(mode, exist_ok=True)
        sync_folder(folder.parent)


def drop_empty(folders: Iterable[Path]) -> None:
    """Remove those of `folders` that are empty, the deepest first; keep the others."""
    for folder in sorted(folders, key=lambda folder: len(folder.parts), reverse=True):
        with suppress(OSError):
            folder.rmdir()
            sync_folder(folder.parent)


def missing_folders(path: Path) -> tuple[Path, ...]:
    """The folders above `path` that are not there, outermost first."""
    return tuple(reversed([folder for folder in path.parents if not folder.exists()]))
