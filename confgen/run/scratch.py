"""The private folder of one run, which is gone when the run is.

Whoever uses it holds a lock on the file beside it, and its harness inherits that lock: a folder
whose lock is free belongs to nobody any more, however its run ended.
"""

import os
import shutil
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from confgen.errors import ConfgenError
from confgen.harnesses.launching import Launch, Link
from confgen.machine import Machine
from confgen.write import durable

_PREFIX = "run-"
_LOCK = ".lock"


def scratch_folder(machine: Machine) -> Path:
    """A name for a folder that is not there yet, where only this user may look."""
    runtime = machine.env.get("XDG_RUNTIME_DIR", "")
    usable = machine.platform == "linux" and Path(runtime).is_absolute() and Path(runtime).is_dir()
    base = Path(runtime) / "confgen" if usable else Path(machine.state_folder) / "run"
    return base / f"{_PREFIX}{os.urandom(8).hex()}"


@contextmanager
def prepared(launch: Launch, folder: Path) -> Iterator[None]:
    """The launch's files and links in `folder`, for as long as the block runs.

    What dead runs have left beside it is swept away. Raises ConfgenError where it cannot be made.
    """
    try:
        folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        _sweep(folder.parent)
        held = _claim(folder.with_name(folder.name + _LOCK))
        folder.mkdir(mode=0o700)
        for file in launch.files:
            durable.write_new(Path(file.path), file.text.encode())
        _link(launch.links)
    except OSError as error:
        raise ConfgenError(
            f"the private files of this run cannot be written: {error.strerror or error}",
            where=str(error.filename or folder),
            hint="give yourself permission there, or name another folder in CONFGEN_STATE",
        ) from error
    try:
        yield
    finally:
        _drop(folder, held)


def _link(links: Sequence[Link]) -> None:
    for link in links:
        path, target = Path(link.path), Path(link.target)
        if os.name != "nt":
            path.symlink_to(target)
        elif target.is_file():
            # Windows lets few users make a link.
            shutil.copyfile(target, path)


def _claim(lock: Path) -> int:
    """Lock a new file; once more where a sweep of another run has just taken it for a dead one."""
    while True:
        held = _hold(lock, wait=True)
        if lock.exists():
            return held
        os.close(held)


def _hold(lock: Path, *, wait: bool) -> int:
    """Open and lock a file; the descriptor is for the harness to inherit.

    OSError where another process holds it and this one does not wait.
    """
    descriptor = os.open(lock, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        if sys.platform == "win32":
            import msvcrt  # noqa: PLC0415 - not there elsewhere

            msvcrt.locking(descriptor, msvcrt.LK_LOCK if wait else msvcrt.LK_NBLCK, 1)
        else:
            import fcntl  # noqa: PLC0415 - the same

            fcntl.flock(descriptor, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
            os.set_inheritable(descriptor, True)
    except OSError:
        os.close(descriptor)
        raise
    return descriptor


def _sweep(base: Path) -> None:
    for lock in base.glob(f"{_PREFIX}*{_LOCK}"):
        with suppress(OSError):
            _drop(lock.with_suffix(""), _hold(lock, wait=False))


def _drop(folder: Path, held: int) -> None:
    """Remove a folder, then its lock: what is interrupted half way is swept the next time."""
    shutil.rmtree(folder, ignore_errors=True)
    lock = folder.with_name(folder.name + _LOCK)
    if os.name == "nt":
        os.close(held)
        lock.unlink(missing_ok=True)
    else:
        lock.unlink(missing_ok=True)
        os.close(held)
