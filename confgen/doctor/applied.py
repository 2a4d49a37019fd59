"""Whether what confgen set stands there, does so still, and is what the settings say now."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from itertools import chain
from pathlib import Path

from confgen.doctor.files import not_accepted, not_strict
from confgen.doctor.snapshot import HarnessState
from confgen.document import Path as KeyPath
from confgen.document import decode, format_path, open_json
from confgen.errors import ConfgenError, DocumentError
from confgen.finding import Found, Level
from confgen.manifest import FileRecord
from confgen.merge import drift
from confgen.plan import Change, Plan
from confgen.write import read_original

_NAMED = 3
"""As many keys are named; of more, their number."""


def not_applied(state: HarnessState) -> Iterator[Found]:
    # What is wrong with the settings themselves is told once, and not by each harness.
    state.snapshot.settings.profile_for(state.harness.NAME)
    plan = state.plan
    for failure in plan.failures:
        if not _is_told_by_file(state, failure.error):
            yield _failed(failure.error)
    if plan.failures or not (plan.changed or plan.conflicts):
        return
    if not state.records:
        yield _never(state, plan)
        return
    if plan.conflicts or all(record.scope != "user" for record in state.records):
        # Drift, which has a check of its own; or applied for a project alone.
        return
    main = [change for change in plan.changed if change.target.fragment.leaves]
    for change in main or plan.changed:
        yield _behind(state, change)


def _is_told_by_file(state: HarnessState, error: ConfgenError) -> bool:
    """Whether the checks of the files say it already."""
    faulty = [str(file.layer.path) for file in state.files if file.fault]
    if isinstance(error, DocumentError) and (error.where or "").startswith(tuple(faulty)):
        return True
    told = chain(not_accepted(state), not_strict(state))
    return error.where in {found.where for found in told}


def _failed(error: ConfgenError) -> Found:
    return Found("error", f"confgen cannot apply: {error.message}", error.where, error.hint)


def _never(state: HarnessState, plan: Plan) -> Found:
    foreign = [change for change, conflict in plan.conflicts if conflict.is_foreign_entry]
    adopt = " --adopt" if foreign else ""
    changes = foreign or [change for change in plan.changes if change.target.fragment.leaves]
    # A cloned project may hold files for clients that nobody has here.
    expected = state.installed or state.harness.NAME in state.snapshot.names or foreign
    return Found(
        "warning" if expected else "info",
        "an entry bears confgen's name, and confgen did not set it"
        if foreign
        else "nothing of confgen's is applied: what it sends is not pinned by confgen",
        str(changes[0].original.path) if changes else None,
        f"confgen apply {state.harness.NAME}{adopt}",
    )


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
            yield Found(
                "error",
                f"changed since confgen set it: {_listed(keys)}",
                where,
                f"confgen apply {state.harness.NAME}{scope} --force",
            )


def _drift(state: HarnessState, record: FileRecord) -> tuple[tuple[KeyPath, ...], str]:
    """The keys of a record that changed, and the place of the one; of several the file alone.

    A file that is gone, or that nobody can read, is another check's.
    """
    with suppress(DocumentError, RecursionError):
        original = read_original(Path(record.path))
        if original.data is None or original.sha256 == record.sha256:
            return (), record.path
        text = decode(original.data, name=record.path)
        document = open_json(text, state.dialect, name=record.path)
        keys = drift(document, record.leaves)
        found = document.find(keys[0]) if len(keys) == 1 else None
        place = f":{found.line}:{found.column}" if found else ""
        return keys, f"{record.path}{place}"
    return (), record.path


def _listed(paths: Sequence[KeyPath]) -> str:
    names = ", ".join(format_path(path) for path in paths[:_NAMED])
    more = len(paths) - _NAMED
    return f"{names} and {more} more" if more > 0 else names
