"""Profiles and presets as people and programs read them."""

import sys
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from confgen.report.figures import width
from confgen.report.pin import pin_in_short, shown_pin
from confgen.report.terminal import (
    VERSION,
    columns,
    parts,
    print_json,
    printable,
    say,
    short,
    table,
    wrapped,
    write,
)
from confgen.settings import Profile
from confgen.settings.presets import Preset

_HEAD = ("profile", "model", "provider", "used by", "from")


class ProfileRow(NamedTuple):
    """One profile of `profile list`: who uses it, and the strongest file that has it."""

    profile: Profile
    default: bool
    harnesses: tuple[str, ...]
    applied: tuple[str, ...]
    source: str


def print_profiles(rows: Sequence[ProfileRow], presets: Sequence[Preset], *, as_json: bool) -> None:
    if as_json:
        print_json(
            {
                "version": VERSION,
                "profiles": [_row_json(row) for row in rows],
                "presets": [
                    {"name": preset.name, "trade_off": preset.trade_off} for preset in presets
                ],
            }
        )
        return
    cells = [_HEAD, *map(_cells, rows)]
    if width(cells) <= columns() or not sys.stdout.isatty():
        table(_HEAD, cells[1:])
    else:
        parts(line for row in rows for line in _card(row))
    if presets:
        write("\n")
        say("Presets, which 'confgen profile add NAME' copies into confgen.toml:")
        table(("preset", "trade-off"), [(preset.name, preset.trade_off) for preset in presets])


def _cells(row: ProfileRow) -> tuple[str, ...]:
    return (
        row.profile.name,
        row.profile.model,
        pin_in_short(row.profile.provider.fields),
        ", ".join(_users(row)) or "-",
        short(row.source),
    )


def _card(row: ProfileRow) -> Iterator[Sequence[tuple[str, str]]]:
    """The same below one another, for a terminal that is too narrow for a line."""
    name, model, pin, _, source = _cells(row)
    yield (name, ""), (f"  {source}", "dim")
    for text in (f"{model}: {pin}", f"used by: {', '.join(_users(row)) or 'nobody'}"):
        yield from (((line, ""),) for line in wrapped(text, "    "))


def _users(row: ProfileRow) -> Iterator[str]:
    if row.default:
        yield "default"
    for harness in sorted({*row.harnesses, *row.applied}):
        yield f"{harness} (applied)" if harness in row.applied else harness


def _row_json(row: ProfileRow) -> dict[str, Any]:
    return {
        "name": row.profile.name,
        "model": row.profile.model,
        "provider": shown_pin(row.profile.provider.fields),
        "default": row.default,
        "harnesses": list(row.harnesses),
        "applied": list(row.applied),
        "source": row.source,
    }


def print_profile(row: ProfileRow, trade_off: str | None) -> None:
    """One profile as JSON: each value, and where it comes from."""
    profile = row.profile
    values = {
        name: value
        for name, value in profile._asdict().items()
        if name not in ("name", "provider", "sources", "rules")
    }
    rules = {
        rule.pattern: {"model": rule.model, "provider": rule.provider} for rule in profile.rules
    }
    print_json(
        {
            "version": VERSION,
            **_row_json(row),
            **values,
            "models": rules,
            "trade_off": trade_off,
            "sources": dict(profile.sources),
        }
    )


def print_uses(row: ProfileRow, trade_off: str | None) -> None:
    """What stands below the values of one profile: who uses it, and what it trades away."""
    say(f"used by: {', '.join(_users(row)) or 'nobody'}")
    if trade_off:
        say(f"trade-off: {trade_off}")


def say_written(path: object, what: str) -> None:
    say(f"{short(path)}: {what}")


def say_next(steps: Sequence[str]) -> None:
    if steps:
        write("Next:\n" + "".join(f"  {printable(step)}\n" for step in steps))
