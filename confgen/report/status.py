"""The table of `confgen status`."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Literal

from confgen.report.terminal import VERSION, note, print_json, printable, short, table, write


@dataclass(frozen=True, slots=True)
class ShimState:
    """The shim that a harness's file points at, HOST:PORT, and the process that answers there."""

    address: str
    port: int
    running: bool
    pid: int | None

    def __str__(self) -> str:
        if self.running:
            return f"the shim answers at {self.address} (pid {self.pid})"
        return f"the shim does not run at {self.address}: start it with 'confgen shim'"


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusRow:
    """One line of `status`, and one element of its JSON. `shim` is for a row on its route."""

    harness: str
    installed: bool
    harness_version: str | None
    path: str
    scope: str
    route: str | None
    profile: str | None
    state: Literal["applied", "drifted", "not applied", "not installed"]
    shim: ShimState | None = None


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
    for shim in dict.fromkeys(row.shim for row in rows if row.shim):
        write(f"{printable(str(shim))}\n")
