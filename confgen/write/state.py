"""The state folder as callers see it: manifest, blobs, the lock, commit and recovery."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from confgen.errors import ConfgenError
from confgen.write import durable
from confgen.write.store import Store

# Most commands write nothing, and feel instant because they load nothing that writes.
if TYPE_CHECKING:
    from confgen.write.transaction import Committed, Recovery, Transaction


class State:
    """What confgen remembers, in one folder that is made on the first write.

    Reading needs no lock; `commit` and `recover` are called within `lock`.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._store = Store(folder)
        self._locked = False

    def manifest(self) -> bytes | None:
        """The bytes of the last commit; None before the first."""
        return _read(self._store.manifest)

    def blob(self, sha256: str) -> bytes | None:
        """The blob of that hash; None if it is not kept or is damaged."""
        content = _read(self._store.blob(sha256))
        return content if content is not None and durable.sha256(content) == sha256 else None

    def pending(self) -> bool:
        """Whether a commit was interrupted, or is under way in another process."""
        return _read(self._store.journal) is not None

    @contextmanager
    def lock(self, timeout: float = 30.0) -> Iterator[None]:
        """Keep every other confgen that uses this folder from writing.

        ConfgenError if one still writes after `timeout` seconds, or the folder cannot be made.
        """
        from filelock import FileLock, Timeout  # noqa: PLC0415

        owner = self.folder / "lock.owner"
        lock = FileLock(self.folder / "lock", mode=0o600)
        try:
            self._store.make()
            lock.acquire(timeout=timeout)
        except Timeout as error:
            raise _busy(owner, timeout) from error
        except OSError as error:
            raise _unusable(self.folder, error) from error
        try:
            self._locked = True
            _sign(owner)
            yield
        finally:
            self._locked = False
            with suppress(OSError):
                owner.unlink(missing_ok=True)
            lock.release()

    def recover(self) -> "Recovery | None":
        """Finish or take back a commit that was interrupted; None if there was none.

        ConfgenError if the disk forbids it; then nothing is lost and the next call tries again.
        """
        from confgen.write.recover import recover  # noqa: PLC0415

        self._require_lock()
        try:
            return recover(self._store)
        except OSError as error:
            raise ConfgenError(
                f"an interrupted write cannot be completed: {error.strerror or error}",
                where=str(error.filename or self.folder),
                hint=f"repair this and run again, or leave all as it is: rm {self._store.journal}",
            ) from error

    def commit(self, transaction: "Transaction") -> "tuple[Committed, ...]":
        """Write the files and the manifest, all or none.

        Stale: a file changed since it was read. DocumentError: a file cannot be replaced safely.
        ConfgenError: the disk refused. Each leaves everything as it was.
        """
        from confgen.write.commit import commit  # noqa: PLC0415

        self._require_lock()
        if self.pending():
            raise RuntimeError("commit without a recover before it")
        return commit(self._store, transaction)

    def _require_lock(self) -> None:
        if not self._locked:
            raise RuntimeError("the state folder is not locked")


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise _unusable(path, error) from error


def _sign(owner: Path) -> None:
    # Beside the lock, which Windows lets nobody read while it is held.
    with suppress(OSError):
        owner.unlink(missing_ok=True)
        note = f"process {os.getpid()}, which has been writing since {time.strftime('%H:%M:%S')}"
        durable.write_new(owner, note.encode())


def _busy(owner: Path, timeout: float) -> ConfgenError:
    holder = "another confgen"
    with suppress(OSError):
        holder = owner.read_text() or holder
    return ConfgenError(
        f"waited {timeout:g} s for {holder}",
        where=str(owner.parent),
        hint="run the command again when that process has ended",
    )


def _unusable(path: Path, error: OSError) -> ConfgenError:
    return ConfgenError(
        f"cannot use the state folder: {error.strerror or error}",
        where=str(path),
        hint="give yourself permission, or name another folder in CONFGEN_STATE",
    )
