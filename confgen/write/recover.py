"""Bring an interrupted commit to one of its two ends, judging by what lies on the disk.

Every step may itself be interrupted: the next run judges again and goes on.
"""

import itertools

from confgen.write import durable, journal
from confgen.write.journal import Journal, Target
from confgen.write.store import Store
from confgen.write.transaction import Recovery


def recover(store: Store) -> Recovery | None:
    """Finish the commit that the journal tells of, or take it back; None without a journal."""
    try:
        entry = journal.decode(store.journal.read_bytes())
    except FileNotFoundError:
        store.sweep()
        return None
    except ValueError:
        return _set_aside(store)
    if is_done(store, entry) or _can_finish(store, entry):
        _finish(store, entry)
        return Recovery("finished", tuple(target.real for target in entry.targets))
    left = roll_back(store, entry)
    restored = (target.real for target in entry.targets if target not in left)
    return Recovery("rolled back", tuple(restored), tuple(target.real for target in left))


def is_done(store: Store, entry: Journal) -> bool:
    """The manifest is replaced last, so its new content says that all the others are in place."""
    return (
        entry.phase == "committed"
        and not store.staged_manifest.exists()
        and durable.fingerprint(store.manifest) == entry.manifest
    )


def place(target: Target) -> None:
    """Give the target its new content, or put the file aside if it is to be deleted."""
    if target.after is None:
        durable.replace(target.real, target.temp)
    else:
        durable.replace(target.temp, target.real)
    durable.sync_folder(target.real.parent)


def clear(store: Store, entry: Journal) -> None:
    """Remove what a commit that is done needed on its way, and what it was to remove last."""
    durable.sync_folder(store.folder)
    for target in entry.targets:
        target.temp.unlink(missing_ok=True)
    durable.drop_empty(entry.drop_folders)
    store.end()


def roll_back(store: Store, entry: Journal) -> tuple[Target, ...]:
    """Put the old contents back; return the targets that someone else changed, left as they are."""
    # First the temps: on a full disk their room is what the old contents need.
    for target in entry.targets:
        if target.after is not None:
            target.temp.unlink(missing_ok=True)
    left = _put_all_back(entry.targets) if entry.phase == "committed" else ()
    for target in entry.targets:
        target.temp.unlink(missing_ok=True)
    durable.drop_empty(entry.new_folders)
    store.end()
    return left


def _finish(store: Store, entry: Journal) -> None:
    if not is_done(store, entry):
        for target in entry.targets:
            if durable.fingerprint(target.real) != target.after:
                place(target)
        durable.replace(store.staged_manifest, store.manifest)
    clear(store, entry)


def _can_finish(store: Store, entry: Journal) -> bool:
    return (
        entry.phase == "committed"
        and durable.fingerprint(store.staged_manifest) == entry.manifest
        and all(_can_place(target) for target in entry.targets)
    )


def _can_place(target: Target) -> bool:
    now = durable.fingerprint(target.real)
    if now == target.before:
        return target.after is None or durable.fingerprint(target.temp) == target.after
    return now == target.after


def _put_all_back(targets: tuple[Target, ...]) -> tuple[Target, ...]:
    left = []
    errors = []
    for target in reversed(targets):
        try:
            if not _put_back(target):
                left.append(target)
        except OSError as error:
            errors.append(error)
    if errors:
        raise errors[0]
    return tuple(left)


def _put_back(target: Target) -> bool:
    """False if the target holds neither its old nor its new content, or the old one is lost."""
    now = durable.fingerprint(target.real)
    if now == target.before:
        return True
    if now != target.after:
        return False
    if target.before is None:
        target.real.unlink()
    elif target.after is None:
        if durable.fingerprint(target.temp) != target.before:
            return False
        durable.replace(target.temp, target.real)
    elif not _put_back_copy(target):
        return False
    durable.sync_folder(target.real.parent)
    return True


def _put_back_copy(target: Target) -> bool:
    if target.backup is None or durable.fingerprint(target.backup) != target.before:
        return False
    content = target.backup.read_bytes()
    durable.write_new(target.temp, content, like=target.real)
    durable.replace(target.temp, target.real)
    return True


def _set_aside(store: Store) -> Recovery:
    names = (store.folder / f"journal.unreadable-{n}.json" for n in itertools.count(1))
    aside = next(name for name in names if not name.exists())
    durable.replace(store.journal, aside)
    store.end()
    return Recovery("set aside", (aside,))
