"""The page of `confgen status`: what stands, by harness, and what is to be done about it."""

import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

from confgen.document import JsonValue
from confgen.finding import Level
from confgen.report.figures import NOTHING, width
from confgen.report.marks import mark
from confgen.report.pin import pin_in_short, shown_pin
from confgen.report.steps import Step, print_steps
from confgen.report.terminal import (
    VERSION,
    columns,
    note,
    parts,
    print_json,
    short,
    table,
    wrapped,
)

State = Literal["applied", "drifted", "not applied", "not installed"]
VersionIs = Literal["known", "older", "newer"]
Line = tuple[tuple[str, str], ...]

_HEAD = ("harness", "version", "state", "scope", "profile", "route", "model", "provider", "file")
_GAP = "  "
_INDENT = "    "


@dataclass(frozen=True, slots=True)
class ShimState:
    """The shim that a harness's file points at, HOST:PORT, and the process that answers there."""

    address: str
    port: int
    running: bool
    pid: int | None

    def __str__(self) -> str:
        if self.running:
            return f"The shim answers at {self.address} (pid {self.pid})."
        return f"The shim does not run at {self.address}."


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusRow:
    """One harness in one scope, and one element of the JSON.

    `version_is` compares with the versions that confgen was measured with. `model`, `provider` and
    `shim` are what stands in the file; on the shim's route the pin does not. `as_set` says that it
    is what the settings say now.
    """

    harness: str
    installed: bool
    harness_version: str | None
    version_is: VersionIs | None
    path: str
    scope: str
    route: str | None
    profile: str | None
    state: State
    model: str | None = None
    provider: Mapping[str, JsonValue] | None = None
    as_set: bool = True
    shim: ShimState | None = None

    @property
    def level(self) -> Level:
        """How well it stands."""
        if self.state != "applied":
            return "error" if self.state == "drifted" else "skipped"
        is_fine = self.as_set and self.version_is in ("known", None)
        return "ok" if is_fine and not self.lacks_shim else "warning"

    @property
    def lacks_shim(self) -> bool:
        return self.shim is not None and not self.shim.running


def print_status(rows: Sequence[StatusRow], *, interrupted: bool, as_json: bool) -> None:
    if interrupted:
        note("note", "a write was interrupted: the next apply or remove puts it right")
    if as_json:
        print_json({"version": VERSION, "harnesses": [_json(row) for row in rows]})
        return
    if sys.stdout.isatty():
        parts(_page(rows))
    else:
        table(_HEAD, [_cells(row) for row in rows])
    shims = dict.fromkeys(str(row.shim) for row in rows if row.shim)
    parts([((shim, ""),) for shim in shims])
    print_steps(list(_steps(rows)))


def _json(row: StatusRow) -> dict[str, Any]:
    return asdict(row) | {"provider": row.provider and shown_pin(row.provider)}


def _cells(row: StatusRow) -> tuple[str, ...]:
    """In the order of `_HEAD`."""
    return (
        row.harness,
        _version(row),
        row.state,
        row.scope if row.profile else NOTHING,
        row.profile or NOTHING,
        _route(row) or NOTHING,
        row.model or NOTHING,
        _pin(row) or NOTHING,
        short(row.path),
    )


def _version(row: StatusRow) -> str:
    if row.harness_version is None:
        return "?" if row.installed else NOTHING
    return row.harness_version + ("" if row.version_is == "known" else f" ({row.version_is})")


def _route(row: StatusRow) -> str | None:
    return f"{row.route} (down)" if row.lacks_shim else row.route


def _pin(row: StatusRow) -> str | None:
    if row.provider is not None:
        return pin_in_short(row.provider)
    return "by the shim" if row.shim else None


def _page(rows: Sequence[StatusRow]) -> Iterator[Line]:
    """A line a harness where the terminal is wide enough, else its details in lines below it."""
    cells = [_HEAD, *map(_cells, rows)]
    room = columns() - len(f"{mark('ok')} ")
    # As much as fits beside the state, which stands there always.
    beside = next((n for n in (len(_HEAD), 8, 6, 3) if width([c[:n] for c in cells]) <= room), 3)
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)][:beside]
    yield ((f"  {_aligned(_HEAD, widths)}", "dim"),)
    for row in rows:
        yield _line(row, widths)
        for detail, meaning in _details(row, beside):
            yield from (((line, meaning),) for line in wrapped(detail, _INDENT))


def _line(row: StatusRow, widths: Sequence[int]) -> Line:
    """The sign, and the cells that have a place beside it."""
    meanings = {1: "" if row.version_is in ("known", None) else "warning", 2: row.state}
    meanings[5] = "warning" if row.lacks_shim else ""
    cells = zip(_cells(row), widths, strict=False)
    spaced = [
        (f"{cell:<{wide}}{_GAP}", meanings.get(i, "")) for i, (cell, wide) in enumerate(cells)
    ]
    last, meaning = spaced.pop()
    return ((f"{mark(row.level)} ", row.level), *spaced, (last.rstrip(), meaning))


def _aligned(cells: Sequence[str], widths: Sequence[int]) -> str:
    aligned = (f"{cell:<{wide}}" for cell, wide in zip(cells, widths, strict=False))
    return _GAP.join(aligned).rstrip()


def _details(row: StatusRow, beside: int) -> Iterator[tuple[str, str]]:
    """What has no place beside the state, a line each."""
    if beside == len(_HEAD) or row.state == "not installed":
        return
    if row.profile and beside <= 3:  # noqa: PLR2004 - up to the state
        yield f"profile {row.profile}, {row.scope} scope, {_route(row)} route", ""
    if row.profile and beside <= 6:  # noqa: PLR2004 - up to the route
        yield ": ".join(filter(None, (row.model, _pin(row)))), ""
    yield short(row.path), "dim"


def _steps(rows: Sequence[StatusRow]) -> Iterator[Step]:
    """What to do next where something is off, the gravest first."""
    user = [row for row in rows if row.scope == "user"]
    for row in rows:
        scope = "" if row.scope == "user" else f" --scope {row.scope}"
        if row.state == "drifted":
            why = "what was changed; apply --force puts it back"
            yield Step(f"confgen diff {row.harness}{scope}", why)
    if any(row.state == "drifted" for row in rows):
        yield Step("confgen doctor", "what else would lose the pin")
    if down := [row.harness for row in rows if row.lacks_shim]:
        yield Step("confgen shim", f"{_and(down)} gets no answer until it runs")
    if names := [row.harness for row in user if not row.as_set]:
        for name in names:
            yield Step(f"confgen diff {name}", "the settings say something else")
    if names := [row.harness for row in user if row.state == "not applied" and row.installed]:
        yield Step(f"confgen apply {' '.join(names)}", "not pinned yet")
    unknown = [
        row for row in user if row.state == "applied" and row.version_is in ("older", "newer")
    ]
    for row in unknown:
        yield Step(
            f"confgen verify {row.harness}",
            f"{row.version_is} than what was measured",
        )


def _and(names: Sequence[str]) -> str:
    *some, last = names
    return f"{', '.join(some)} or {last}" if some else last
