"""Confgen's own state folder: the manifest against the disk, leftovers, backups, modes."""

import os
from collections.abc import Iterator
from pathlib import Path

from confgen.doctor.snapshot import Snapshot
from confgen.errors import ConfgenError
from confgen.finding import Found
from confgen.manifest import FileRecord
from confgen.write.store import Store

_OTHERS = 0o077


def manifest(snapshot: Snapshot) -> Iterator[Found]:
    try:
        records = snapshot.manifest.records
    except ConfgenError as error:
        yield Found("error", error.message, error.where, error.hint)
        return
    for record in records:
        if not Path(record.path).exists():
            yield Found(
                "warning",
                f"confgen set keys of {record.harness} in this file, and it is gone",
                record.path,
                f"{_command('apply', record)}, or to forget it: {_command('remove', record)}",
            )
        if record.base and snapshot.state.blob(record.base) is None:
            yield Found(
                "warning",
                f"the text of {record.path} from before confgen is lost or damaged: "
                "remove takes the keys out one by one instead",
                str(Store(snapshot.state.folder).blob(record.base)),
                _command("diff", record),
            )


def _command(name: str, record: FileRecord) -> str:
    scope = "" if record.scope == "user" else f" --scope {record.scope}"
    return f"confgen {name} {record.harness}{scope}"


def interrupted(snapshot: Snapshot) -> Iterator[Found]:
    store = Store(snapshot.state.folder)
    if snapshot.state.pending():
        yield Found(
            "warning",
            "a write was interrupted, or is under way: the next apply or remove finishes it",
            str(store.journal),
            "confgen apply --all",
        )
    for aside in sorted(store.folder.glob("journal.unreadable-*.json")):
        yield Found(
            "info",
            "the note of an interrupted write could not be read, and was put aside",
            str(aside),
            f"rm '{aside}'",
        )


def backups(snapshot: Snapshot) -> Iterator[Found]:
    store = Store(snapshot.state.folder)
    for record in snapshot.manifest.records:
        kept = store.backups(Path(record.path))
        # Where confgen changed no byte of a file, there is nothing to keep.
        changed = record.base not in (None, record.sha256)
        if changed and not any(kept.glob("*")):
            yield Found(
                "warning",
                f"the copies of {record.path} from before confgen's writes are gone",
                str(kept),
                f"cp '{record.path}' somewhere safe",
            )
    yield from _open_to_others(store.folder / "backups", store.folder / "blobs")


def _open_to_others(*folders: Path) -> Iterator[Found]:
    """Users' own settings stand in there, with whatever secrets they hold."""
    if os.name == "nt":
        return
    for folder in folders:
        for path in sorted(folder.rglob("*")):
            if path.lstat().st_mode & _OTHERS:
                yield Found(
                    "warning",
                    "others may read this copy of your settings",
                    str(path),
                    f"chmod -R go= '{folder}'",
                )
                break


def folder(snapshot: Snapshot) -> Iterator[Found]:
    path = snapshot.state.folder
    if not path.exists():
        return
    if not path.is_dir():
        yield Found(
            "error",
            "this is to be confgen's state folder, and is no folder",
            str(path),
            "move it away, or name another folder in CONFGEN_STATE",
        )
    elif not os.access(path, os.R_OK | os.W_OK | os.X_OK):
        yield Found(
            "error",
            "you may not read and write confgen's state folder: apply and remove cannot work",
            str(path),
            f"chown -R \"$USER\" '{path}'; chmod 700 '{path}'",
        )
    elif os.name != "nt" and path.stat().st_mode & _OTHERS:
        yield Found(
            "warning",
            "others may look into confgen's state folder, which holds copies of your settings",
            str(path),
            f"chmod 700 '{path}'",
        )
