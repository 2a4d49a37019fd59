"""Profiles and presets as people and programs read them."""

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from confgen.document import JsonValue
from confgen.redact import known_secrets, redact_value
from confgen.report.terminal import VERSION, print_json, printable, say, short, table, write
from confgen.settings import Profile
from confgen.settings.presets import Preset

_ON_OFF = {
    "allow_fallbacks": "fallbacks",
    "require_parameters": "require-parameters",
    "enforce_distillable_text": "distillable",
    "zdr": "zdr",
}
_SHORTER = {
    "data_collection": "data-collection",
    "max_price": "max-price",
    "preferred_min_throughput": "min-throughput",
    "preferred_max_latency": "max-latency",
}


class ProfileRow(NamedTuple):
    """One profile of `profile list`: who uses it, and the strongest file that has it."""

    profile: Profile
    default: bool
    harnesses: tuple[str, ...]
    applied: tuple[str, ...]
    source: str


def pin_in_short(provider: Mapping[str, JsonValue]) -> str:
    """The provider object in the words of the options: `order fireworks, no-fallbacks`."""
    shown = _shown(provider)
    return ", ".join(_words(name, value) for name, value in shown.items()) or "any provider"


def _shown(provider: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
    """The provider object without secrets, which its `options` might hold."""
    secrets = known_secrets(os.environ)
    return {name: redact_value(value, name, secrets) for name, value in provider.items()}


def _words(name: str, value: JsonValue) -> str:
    if name in _ON_OFF:
        return _ON_OFF[name] if value else f"no-{_ON_OFF[name]}"
    if isinstance(value, list | tuple):
        text = ",".join(str(item) for item in value)
    else:
        text = value if isinstance(value, str) else json.dumps(value, separators=(",", ":"))
    return f"{_SHORTER.get(name, name)} {text}"


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
    table(
        ("profile", "model", "provider", "used by", "from"),
        [
            (
                row.profile.name,
                row.profile.model,
                pin_in_short(row.profile.provider.fields),
                ", ".join(_users(row)) or "-",
                short(row.source),
            )
            for row in rows
        ],
    )
    if presets:
        write("\nPresets, which 'confgen profile add NAME' copies into confgen.toml:\n")
        table(("preset", "trade-off"), [(preset.name, preset.trade_off) for preset in presets])


def _users(row: ProfileRow) -> Iterator[str]:
    if row.default:
        yield "default"
    for harness in sorted({*row.harnesses, *row.applied}):
        yield f"{harness} (applied)" if harness in row.applied else harness


def _row_json(row: ProfileRow) -> dict[str, Any]:
    return {
        "name": row.profile.name,
        "model": row.profile.model,
        "provider": _shown(row.profile.provider.fields),
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
