"""The table of `confgen status`."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Literal

from confgen.report.terminal import VERSION, note, print_json, short, table


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusRow:
    """One line of `status`, and one element of its JSON."""

    harness: str
    installed: bool
    harness_version: str | None
    path: str
    scope: str
    route: str | None
    profile: str | None
    state: Literal["applied", "drifted", "not applied", "not installed"]


def print_status(rows: Sequence[StatusRow], *, interrupted: bool, as_json: bool) -> None:
    if interrupted:
        note("note", "a write was interrupted: the next apply or remove puts it right")
    if as_json:
        print_json({"version": VERSION, "harnesses": [asdict(row) for row in rows]})
        return
    table(
        ("harness", "version", "state", "scope", "profile", "route", "file"),
        [
            (
                row.harness,
                row.harness_version or ("?" if row.installed else "-"),
                row.state,
                row.scope if row.profile else "-",
                row.profile or "-",
                row.route or "-",
                short(row.path),
            )
            for row in rows
        ],
    )
