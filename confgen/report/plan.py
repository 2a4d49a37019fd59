"""A plan as people and programs read it: each key before and after, and what is in the way."""

import json
import os
from collections.abc import Iterator, Sequence
from io import StringIO
from typing import TYPE_CHECKING, Any, NamedTuple

from confgen.document import Found, JsonValue, format_path
from confgen.document import Path as KeyPath
from confgen.machine import Machine
from confgen.merge import KeyChange
from confgen.plan import Change, Plan
from confgen.redact import redact_source, redact_value
from confgen.report.errors import error_json, print_error
from confgen.report.key import missing_keys
from confgen.report.terminal import (
    VERSION,
    KeyLine,
    hint,
    note,
    outline,
    print_json,
    printable,
    short,
    write,
)
from confgen.settings import Settings
from confgen.target import LocalShim

if TYPE_CHECKING:
    from confgen.write.transaction import Recovery


class Screen(NamedTuple):
    """Where a command's results go. `secrets` are values that must not appear in them.

    JSON documents go to `held`, where it is given, to be printed as one when all is done.
    """

    as_json: bool = False
    diff: bool = False
    secrets: frozenset[str] = frozenset()
    held: list[dict[str, Any]] | None = None

    def plan(self, plan: Plan, *, dry_run: bool) -> None:
        if self.as_json:
            document = self._plan_json(plan)
            if self.held is None:
                print_json(document)
            else:
                self.held.append(document)
            return
        for change in plan.changed:
            title = (change.target.harness.NAME, change.kind, short(change.original.path))
            outline(title, [self._line(key) for key in change.keys])
        if self.diff:
            write("".join(self._diff(change) for change in plan.changed))
        _remark(plan)
        self._conflicts(plan)
        for failure in plan.failures:
            print_error(failure.error, as_json=False)
        if plan.failures and plan.changes:
            note("note", "the other files were not written either")
        if not plan.failures and not plan.conflicts:
            write(_closing(plan, dry_run=dry_run))

    def _conflicts(self, plan: Plan) -> None:
        for change, conflict in plan.conflicts:
            key, where = format_path(conflict.path), short(change.original.path)
            live = self._shown(conflict.path, conflict.found)
            wanted = redact_value(conflict.wanted, _name(conflict.path), self.secrets)
            text = f"{live}, where confgen wants {json.dumps(wanted, ensure_ascii=False)}"
            note("error", f"{key}: {conflict.reason}: {text} ({where})")
        if plan.conflicts:
            entry = any(conflict.is_foreign_entry for _, conflict in plan.conflicts)
            option = "--adopt to take the entry over" if entry else "--force to overwrite it"
            hint(f"nothing was written: repeat with {option}, or leave it as it is")

    def _line(self, key: KeyChange) -> KeyLine:
        return KeyLine(
            parent=format_path(key.path[:-1]) if key.path[:-1] else "",
            key=format_path(key.path),
            before=self._shown(key.path, key.before),
            after=self._shown(key.path, key.after),
        )

    def _shown(self, path: KeyPath, found: Found | None) -> str:
        if found is None:
            return "(none)"
        return json.dumps(self._redacted(path, found), ensure_ascii=False)

    def _redacted(self, path: KeyPath, found: Found | None) -> JsonValue:
        if found is None:
            return None
        return redact_value(found.value, _name(path), self.secrets)

    def _diff(self, change: Change) -> str:
        import difflib  # noqa: PLC0415 - a plan without --diff has no use for it

        before, after = (
            redact_source((text or b"").decode("utf-8", "replace"), self.secrets)
            for text in (change.original.data, change.after)
        )
        name = str(change.original.path)
        lines = difflib.unified_diff(
            list(StringIO(before)),
            list(StringIO(after)),
            name if change.original.data is not None else os.devnull,
            name if change.after is not None else os.devnull,
        )
        return "".join(
            line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"
            for line in lines
        )

    def _plan_json(self, plan: Plan) -> dict[str, Any]:
        return {
            "version": VERSION,
            "changes": [self._change_json(change) for change in plan.changes],
            "conflicts": [
                {
                    "harness": change.target.harness.NAME,
                    "path": str(change.original.path),
                    "key": printable(format_path(conflict.path)),
                    "reason": conflict.reason,
                    "live": self._redacted(conflict.path, conflict.found),
                    "wanted": redact_value(conflict.wanted, _name(conflict.path), self.secrets),
                }
                for change, conflict in plan.conflicts
            ],
            "errors": [
                {"harness": failure.harness, **error_json(failure.error)}
                for failure in plan.failures
            ],
        }

    def _change_json(self, change: Change) -> dict[str, Any]:
        set_by = change.former if change.former and change.target.removes else change.target
        return {
            "harness": change.target.harness.NAME,
            "path": str(change.original.path),
            "kind": change.kind,
            "scope": change.target.scope,
            "route": set_by.route,
            "profile": set_by.profile or None,
            "keys": [
                {
                    "path": printable(format_path(key.path)),
                    "before": self._redacted(key.path, key.before),
                    "after": self._redacted(key.path, key.after),
                }
                for key in change.keys
            ],
            "kept": list(change.kept),
            "notes": [printable(text) for text in _notes(change)],
            "diff": self._diff(change),
        }

    def written(self, plan: Plan) -> None:
        if not self.as_json and plan.changed:
            count = len(plan.changed)
            write(f"{count} file{'s' if count > 1 else ''} written.\n")

    def follow(self, steps: Sequence[str]) -> None:
        if not self.as_json and steps:
            write("Next:\n" + "".join(f"  {step}\n" for step in steps))

    def recovered(self, recovery: "Recovery | None") -> None:
        if recovery:
            files = ", ".join(short(path) for path in recovery.paths)
            note("note", f"an interrupted write was {recovery.outcome}: {files}")


def next_steps(
    plan: Plan, settings: Settings, machine: Machine, shim: LocalShim | None
) -> tuple[str, ...]:
    """What is left for the user to do after an apply: the key, the shim, the command to start."""
    if not plan.changed:
        return ()
    routes = {change.target.harness: change.target.route for change in plan.changed}
    running = shim is not None and shim.pid is not None
    # A shim that runs has its key already, and the harnesses on its route need none.
    keyed = [h.NAME for h, route in routes.items() if route == "native" or not running]
    keys = dict.fromkeys(settings.profile_for(name).api_key_env for name in keyed)
    starts = "shim" in routes.values() and not running
    return (
        *missing_keys(keys, machine),
        *(["confgen shim   # in a terminal of its own: it serves as long as it runs"] * starts),
        *(f"{harness.COMMAND:<14} # {harness.TITLE}, pinned" for harness in routes),
        "confgen verify # prove that every request carries it",
        "confgen status # whether the pin still stands",
    )


def _remark(plan: Plan) -> None:
    """What the user should know besides: what has been taken over since, and notes."""
    for change in plan.changes:
        for path in change.kept:
            where = short(change.original.path)
            note("note", f"{path} was changed since and stays as it is ({where})")
    for text in dict.fromkeys(_new_route(change) for change in plan.changed):
        if text:
            note("note", text)
    for text in dict.fromkeys(text for change in plan.changed for text in _notes(change)):
        note("note", text)


def _notes(change: Change) -> Iterator[str]:
    yield from change.target.notes
    holds_token = change.target.route == "shim" and change.target.fragment.leaves
    if holds_token and _others_may_read(change):
        remedy = f"chmod 600 '{change.original.real}'"
        yield f"others may read this file, and the shim's token is in it: {remedy}"


def _others_may_read(change: Change) -> bool:
    if change.original.data is None or os.name == "nt":
        return False
    return bool(change.original.real.stat().st_mode & 0o077)


def _new_route(change: Change) -> str:
    target, former = change.target, change.former
    if former is None or target.removes or former.route == target.route:
        return ""
    return f"{target.harness.TITLE} leaves the {former.route} route for the {target.route} one"


def _closing(plan: Plan, *, dry_run: bool) -> str:
    if plan.changed:
        return "Nothing was written.\n" if dry_run else ""
    if not plan.changes:
        return "Nothing to do: nothing of confgen's stands there.\n"
    return "Nothing to do: every file is as it should be.\n"


def _name(path: KeyPath) -> str:
    return next((key for key in reversed(path) if isinstance(key, str)), "")
