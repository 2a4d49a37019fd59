"""Whether what confgen set stands there, does so still, and is what the settings say now."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from itertools import chain

from confgen.doctor.files import not_accepted, not_strict
from confgen.doctor.snapshot import HarnessState
from confgen.document import Path as KeyPath
from confgen.document import format_path
from confgen.errors import ConfgenError, DocumentError
from confgen.finding import Found, Level
from confgen.found_pin import open_record
from confgen.manifest import FileRecord
from confgen.merge import drift
from confgen.plan import Change, Plan

_NAMED = 3
"""As many keys are named; of more, their number."""


def not_applied(state: HarnessState) -> Iterator[Found]:
    # What is wrong with the settings themselves is told once, and not by each harness.
    state.snapshot.settings.profile_for(state.harness.NAME)
    plan = state.plan
    for error in (failure.error for failure in plan.failures):
        if not _is_told_by_file(state, error):
            yield Found("error", f"confgen cannot apply: {error.message}", error.where, error.hint)
    if plan.failures or not (plan.changed or plan.conflicts):
        return
    if not state.records:
        yield _never(state, plan)
    # Drift has a check of its own; and what is applied for a project alone is not the user's.
    elif not plan.conflicts and any(record.scope == "user" for record in state.records):
        main = [change for change in plan.changed if change.target.fragment.leaves]
        for change in main or plan.changed:
            yield _behind(state, change)


def _is_told_by_file(state: HarnessState, error: ConfgenError) -> bool:
    """Whether the checks of the files say it already."""
    faulty = tuple(str(file.path) for file in state.files if file.fault)
    if isinstance(error, DocumentError) and (error.where or "").startswith(faulty):
        return True
    told = chain(not_accepted(state), not_strict(state))
    return error.where in {found.where for found in told}


def _never(state: HarnessState, plan: Plan) -> Found:
    foreign = [change for change, conflict in plan.conflicts if conflict.is_foreign_entry]
    changes = foreign or [change for change in plan.changes if change.target.fragment.leaves]
    where = str(changes[0].original.path) if changes else None
    apply = f"confgen apply {state.harness.NAME}"
    if foreign:
        message = "an entry bears confgen's name, and confgen did not set it"
        return Found("warning", message, where, f"{apply} --adopt")
    # A cloned project may hold files for clients that nobody has here.
    expected = state.installed or state.harness.NAME in state.snapshot.names
    message = "nothing of confgen's is applied: what it sends is not pinned by confgen"
    return Found("warning" if expected else "info", message, where, apply)


def _behind(state: HarnessState, change: Change) -> Found:
    apply = f"confgen apply {state.harness.NAME}"
    where = str(change.original.path)
    if change.former is None and change.target.fragment.leaves:
        message = f"{state.harness.TITLE} reads this file, and confgen set its keys in another"
        # Where it merges its files, they hold from there too.
        level: Level = "info" if change.target.file.merged else "error"
        return Found(level, message, where, apply)
    keys = _listed([key.path for key in change.keys])
    return Found("info", f"the settings have changed since it was applied: {keys}", where, apply)


def drifted(state: HarnessState) -> Iterator[Found]:
    for record in state.records:
        keys, where = _drift(state, record)
        if keys:
            scope = "" if record.scope == "user" else f" --scope {record.scope}"
            fix = f"confgen apply {state.harness.NAME}{scope} --force"
            yield Found("error", f"changed since confgen set it: {_listed(keys)}", where, fix)


def _drift(state: HarnessState, record: FileRecord) -> tuple[tuple[KeyPath, ...], str]:
    """The keys of a record that changed, and the place of the one; of several the file alone.

    A file that is gone, or that nobody can read, is another check's.
    """
    with suppress(DocumentError, RecursionError):
        if document := open_record(record, state.main.dialect):
            keys = drift(document, record.leaves)
            found = document.find(keys[0]) if len(keys) == 1 else None
            return keys, f"{record.path}:{found.line}:{found.column}" if found else record.path
    return (), record.path


def _listed(paths: Sequence[KeyPath]) -> str:
    names = ", ".join(format_path(path) for path in paths[:_NAMED])
    more = len(paths) - _NAMED
    return f"{names} and {more} more" if more > 0 else names
