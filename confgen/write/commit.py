"""Write all files of a transaction, or none: check, prepare beside the files, then rename."""

import dataclasses
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from confgen.errors import ConfgenError, DocumentError
from confgen.write import durable
from confgen.write.journal import Journal, Target
from confgen.write.original import Original, check_writable, new_folders, read_original
from confgen.write.recover import clear, is_done, place, roll_back
from confgen.write.store import Store
from confgen.write.transaction import Committed, FileWrite, Stale, Transaction


def commit(store: Store, transaction: Transaction) -> tuple[Committed, ...]:
    """Write what differs from its original, then the manifest; return what was written.

    DocumentError or Stale before anything is written. If a later step fails or is interrupted,
    everything is put back and the failure raised, a ConfgenError if the disk was the cause.
    """
    writes = tuple(write for write in transaction.writes if write.changes)
    _check(transaction, writes)
    with _reported(store.folder):
        entry = _draft(transaction, writes)
        try:
            entry = _prepare(store, entry, transaction, writes)
            for target, write in zip(entry.targets, writes, strict=True):
                _replace(target, write.original)
            durable.replace(store.staged_manifest, store.manifest)
        except BaseException:
            _take_back(store, entry)
            raise
    _tidy(store, entry, transaction)
    return tuple(
        Committed(write.original.path, target.real, target.backup)
        for target, write in zip(entry.targets, writes, strict=True)
    )


def _check(transaction: Transaction, writes: tuple[FileWrite, ...]) -> None:
    seen: dict[str, Path] = {}
    for write in writes:
        path = write.original.path
        real = os.path.normcase(write.original.real)
        if real in seen:
            raise DocumentError(
                f"{seen[real]} leads to the same file",
                where=str(path),
                hint="make them two files, or change one at a time",
            )
        seen[real] = path
        check_writable(write.original)
    for write in transaction.writes:
        _check_fresh(write.original)


def _check_fresh(original: Original) -> None:
    if read_original(original.path) != original:
        raise Stale(
            "the file changed after confgen had read it; nothing was written",
            where=str(original.path),
            hint="run the command again",
        )


def _draft(transaction: Transaction, writes: tuple[FileWrite, ...]) -> Journal:
    folders = [folder for write in writes for folder in new_folders(write.original)]
    deleted = [write for write in transaction.writes if write.data is None]
    return Journal(
        phase="preparing",
        targets=tuple(_target(write) for write in writes),
        manifest=durable.sha256(transaction.manifest),
        new_folders=tuple(dict.fromkeys(folders)),
        drop_folders=tuple(folder for write in deleted for folder in write.drop_folders),
    )


def _target(write: FileWrite) -> Target:
    return Target(
        real=write.original.real,
        before=write.original.sha256,
        after=None if write.data is None else durable.sha256(write.data),
        temp=durable.temp_beside(write.original.real),
    )


def _prepare(
    store: Store, entry: Journal, transaction: Transaction, writes: tuple[FileWrite, ...]
) -> Journal:
    """Put everything on the disk that the renames need; return the journal that says so."""
    store.begin(entry)
    for blob in transaction.blobs:
        store.add_blob(blob)
    backups = [_stage(store, *pair) for pair in zip(entry.targets, writes, strict=True)]
    durable.write_new(store.staged_manifest, transaction.manifest)
    prepared = dataclasses.replace(
        entry,
        phase="committed",
        targets=tuple(
            dataclasses.replace(target, backup=backup)
            for target, backup in zip(entry.targets, backups, strict=True)
        ),
    )
    store.save_journal(prepared)
    return prepared


def _stage(store: Store, target: Target, write: FileWrite) -> Path | None:
    """Write the new content beside the file and return the copy of the old one."""
    old = write.original.data
    backup = None if old is None else store.add_backup(target.real, old)
    if write.data is not None:
        with _reported(write.original.path):
            durable.make_folders(new_folders(write.original), 0o700 if write.private else 0o777)
            like = None if old is None else target.real
            mode = 0o600 if write.private else 0o666
            durable.write_new(target.temp, write.data, mode=mode, like=like)
    return backup


def _replace(target: Target, original: Original) -> None:
    with _reported(original.path):
        # The harness knows nothing of our lock: this narrows the gap, nothing can close it.
        _check_fresh(original)
        place(target)


def _take_back(store: Store, entry: Journal) -> None:
    try:
        if is_done(store, entry):
            clear(store, entry)
        else:
            roll_back(store, entry)
    except OSError as error:
        raise ConfgenError(
            f"the write failed and could not be taken back yet: {error.strerror or error}",
            where=str(error.filename or store.folder),
            hint="repair this and run any command that writes: confgen then takes it back first",
        ) from error


def _tidy(store: Store, entry: Journal, transaction: Transaction) -> None:
    # All is written. What cannot be cleared away now, the next commit or recovery clears.
    with suppress(OSError):
        clear(store, entry)
        blobs = {durable.sha256(blob) for blob in transaction.blobs}
        store.prune_blobs(transaction.keep_blobs | blobs)
        store.prune_backups(target.real for target in entry.targets)


@contextmanager
def _reported(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise ConfgenError(
            f"cannot write: {error.strerror or error}; nothing was changed",
            where=str(path),
            hint="put this right and run the command again",
        ) from error
