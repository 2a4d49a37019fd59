"""The table of `confgen models`."""

import time
from collections.abc import Sequence
from datetime import UTC, datetime

from confgen.document import JsonValue
from confgen.openrouter.answers import Model
from confgen.openrouter.catalogue import Dated
from confgen.report.catalogue import note_age, print_foreign, rates, rates_json
from confgen.report.figures import NOTHING, fitting, print_numbers, short
from confgen.report.terminal import VERSION, write

_HEAD = ("model", "ctx", "in", "cached", "out", "tools", "image", "since")
_LEAST = 5  # of these columns


def print_models(
    models: Sequence[Model],
    known: Dated[tuple[Model, ...]],
    *,
    more: int,
    offline: bool,
    as_json: bool,
) -> None:
    """Those of the `known` models that were asked for; `more` are left out."""
    note_age(known, offline=offline, now=time.time())
    if as_json:
        print_foreign(
            {
                "version": VERSION,
                "asked": _iso(known.asked),
                "stale": known.trouble is not None,
                "models": [_json(model) for model in models],
                "left_out": more,
            }
        )
        return
    head, *rows = fitting([_HEAD, *map(_row, models)], _LEAST)
    print_numbers(head, rows)
    write("\nUSD per million tokens; 'confgen providers MODEL' has each provider's prices.\n")
    if more:
        write(f"{more:,} more: name a part of what you look for, or give --limit 0.\n")


def _row(model: Model) -> tuple[str, ...]:
    return (
        model.id,
        short(model.context),
        *rates(model.price),
        "yes" if model.tools else NOTHING,
        "yes" if model.images else NOTHING,
        _iso(model.created)[:7] if model.created else NOTHING,
    )


def _json(model: Model) -> dict[str, JsonValue]:
    return {
        "id": model.id,
        "name": model.name,
        "context_tokens": model.context,
        "output_tokens": model.max_output,
        "usd_per_million_tokens": rates_json(model.price),
        "tools": model.tools,
        "images": model.images,
        "created": _iso(model.created) if model.created else None,
        "expires": model.expires,
    }


def _iso(unix: float) -> str:
    try:
        return datetime.fromtimestamp(unix, UTC).isoformat()
    except (ValueError, OverflowError, OSError):
        return NOTHING
