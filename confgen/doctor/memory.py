"""Confgen's own files: its settings; and of its state folder what it holds, and who may look."""

import os
from collections.abc import Iterator
from pathlib import Path

from confgen.doctor.snapshot import Snapshot, others_may
from confgen.errors import ConfgenError
from confgen.finding import Found
from confgen.manifest import FileRecord
from confgen.settings import doubts
from confgen.write.store import Store


def settings(snapshot: Snapshot) -> Iterator[Found]:
    """Whether `confgen.toml` is valid, and says what is likely to be meant."""
    try:
        found = snapshot.settings
        named = {state.harness.NAME for state in snapshot.harnesses}
        profiles = {name: found.profile_for(name) for name in sorted(named)}
    except ConfgenError as error:
        yield Found("error", error.message, error.where, error.hint)
        return
    file = Path(snapshot.machine.settings_file)
    if snapshot.machine.env.get("CONFGEN_CONFIG") and not file.exists():
        message = f"CONFGEN_CONFIG names no file: {file}"
        fix = "unset CONFGEN_CONFIG, or make the file with: confgen init"
        yield Found("info", message, "$CONFGEN_CONFIG", fix)
    said = {profile.name: (name, profile) for name, profile in profiles.items()}
    for name, profile in said.values():
        sources = profile.sources.items()
        where = next((label for key, label in sources if key.startswith("provider.")), None)
        for doubt in doubts(profile.provider):
            message = f"profile {profile.name}: {doubt}"
            yield Found("info", message, where, f"confgen show {name} --sources")


def manifest(snapshot: Snapshot) -> Iterator[Found]:
    try:
        records = snapshot.planner.manifest.records
    except ConfgenError as error:
        yield Found("error", error.message, error.where, error.hint)
        return
    for record in records:
        if not Path(record.path).exists():
            message = f"confgen set keys of {record.harness} in this file, and it is gone"
            fix = f"{_command('apply', record)}, or to forget it: {_command('remove', record)}"
            yield Found("warning", message, record.path, fix)
        if record.base and snapshot.state.blob(record.base) is None:
            message = (
                f"the text of {record.path} from before confgen is lost or damaged: "
                "remove takes the keys out one by one instead"
            )
            where = str(Store(snapshot.state.folder).blob(record.base))
            yield Found("warning", message, where, _command("diff", record))


def _command(name: str, record: FileRecord) -> str:
    scope = "" if record.scope == "user" else f" --scope {record.scope}"
    return f"confgen {name} {record.harness}{scope}"


def interrupted(snapshot: Snapshot) -> Iterator[Found]:
    store = Store(snapshot.state.folder)
    if snapshot.state.pending():
        message = "a write was interrupted, or is under way: the next apply or remove finishes it"
        yield Found("warning", message, str(store.journal), "confgen apply --all")
    for aside in sorted(store.folder.glob("journal.unreadable-*.json")):
        message = "the note of an interrupted write could not be read, and was put aside"
        yield Found("info", message, str(aside), f"rm '{aside}'")


def backups(snapshot: Snapshot) -> Iterator[Found]:
    store = Store(snapshot.state.folder)
    for record in snapshot.planner.manifest.records:
        kept = store.backups(Path(record.path))
        # Where confgen changed no byte of a file, there is nothing to keep.
        changed = record.base not in (None, record.sha256)
        if changed and not any(kept.glob("*")):
            message = f"the copies of {record.path} from before confgen's writes are gone"
            yield Found("warning", message, str(kept), f"cp '{record.path}' somewhere safe")
    # Users' own settings stand in there, with whatever secrets they hold.
    for folder in (store.folder / "backups", store.folder / "blobs"):
        paths = sorted(folder.rglob("*"))
        if path := next((path for path in paths if others_may(path.lstat())), None):
            message = "others may read this copy of your settings"
            yield Found("warning", message, str(path), f"chmod -R go= '{folder}'")


def folder(snapshot: Snapshot) -> Iterator[Found]:
    path = snapshot.state.folder
    if not path.exists():
        return
    if not path.is_dir():
        message = "this is to be confgen's state folder, and is no folder"
        fix = "move it away, or name another folder in CONFGEN_STATE"
        yield Found("error", message, str(path), fix)
    elif not os.access(path, os.R_OK | os.W_OK | os.X_OK):
        message = "you may not read and write confgen's state folder: apply and remove cannot work"
        fix = f"chown -R \"$USER\" '{path}'; chmod 700 '{path}'"
        yield Found("error", message, str(path), fix)
    elif others_may(path.stat()):
        message = "others may look into confgen's state folder, which holds copies of your settings"
        yield Found("warning", message, str(path), f"chmod 700 '{path}'")
