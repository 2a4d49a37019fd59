"""The tables of `confgen usage`."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from confgen.report.figures import (
    NOTHING,
    count,
    dollars,
    percent,
    print_numbers,
    seconds,
    short,
)
from confgen.report.terminal import VERSION, can_say, note, print_json, printable, write
from confgen.usage import Total, shares

_KEY = 24
"""Columns for a row's name; with the numbers beside it a table has at most 80."""

_BAR = 8
_EIGHTHS = "▏▎▍▌▋▊▉█"


def print_usage(
    rows: Mapping[str, Total], total: Total, *, since: float, by: str, as_json: bool
) -> None:
    """What was spent, and how it was served; `since` is a Unix time."""
    if as_json:
        print_json(
            {
                "version": VERSION,
                "since": datetime.fromtimestamp(since, UTC).isoformat(),
                "by": by,
                "rows": [{"key": key, **_numbers(row)} for key, row in rows.items()],
                "total": _numbers(total),
            }
        )
    elif not rows:
        start = f" since {datetime.fromtimestamp(since):%Y-%m-%d %H:%M}" if since else ""  # noqa: DTZ006
        write(
            f"Nothing is recorded{start}: a row comes with each request through 'confgen shim'.\n"
        )
    else:
        _print_tables(rows, by)
        write(f"\n{_sentence(total)}\n")
    if total.leaks:
        note("LEAK", f"{count(total.leaks, 'answer')} came from a provider outside the pin")


def _numbers(total: Total) -> dict[str, Any]:
    return {
        "requests": total.requests,
        "tokens_input": total.tokens_input,
        "tokens_cached": total.tokens_cached,
        "tokens_output": total.tokens_output,
        "tokens_reasoning": total.tokens_reasoning,
        "cache_hit_rate": total.cache_hit_rate,
        "cost": total.cost,
        "usd_per_million_tokens": total.usd_per_million_tokens,
        "leaks": total.leaks,
        "errors": total.errors,
        "first_byte_ms_median": total.first_byte_ms(0.5),
        "first_byte_ms_p95": total.first_byte_ms(0.95),
        "served_by": dict(total.served.most_common()),
    }


def _print_tables(rows: Mapping[str, Total], by: str) -> None:
    spent = [(_name(key), *_spent(row)) for key, row in rows.items()]
    print_numbers((by, "reqs", "in", "cached", "out", "hits", "cost", "$/Mtok"), spent)
    write("\n")
    served = [
        (_name(key), *_served(row), _bar(share), _providers(row))
        for (key, row), share in zip(rows.items(), shares(rows), strict=True)
    ]
    head = (by, "median", "p95", "errors", "leaks", "share", "served by")
    if by == "provider":
        print_numbers(head[:-1], [row[:-1] for row in served], after=1)
    else:
        print_numbers(head, served, after=2)


def _spent(row: Total) -> tuple[str, ...]:
    return (
        short(row.requests),
        short(row.tokens_input),
        short(row.tokens_cached),
        short(row.tokens_output),
        percent(row.cache_hit_rate),
        dollars(row.cost),
        dollars(row.usd_per_million_tokens),
    )


def _served(row: Total) -> tuple[str, ...]:
    return (
        seconds(row.first_byte_ms(0.5)),
        seconds(row.first_byte_ms(0.95)),
        short(row.errors),
        short(row.leaks),
    )


def _sentence(total: Total) -> str:
    return (
        f"{count(total.requests, 'request')}: {short(total.tokens_input)} in, "
        f"{percent(total.cache_hit_rate)} cached, {short(total.tokens_output)} out, "
        f"{dollars(total.cost)}, {dollars(total.usd_per_million_tokens)}/Mtok, "
        f"{count(total.errors, 'error')}"
    )


def _name(key: str) -> str:
    """A key with its end, where a model's name differs from the next."""
    shown = printable(key)
    return shown if len(shown) <= _KEY else f"..{shown[2 - _KEY :]}"


def _bar(share: float) -> str:
    """A bar of `_BAR` characters for all; something for whatever is more than nothing."""
    if can_say(_EIGHTHS):
        whole, eighths = divmod(max(round(share * _BAR * 8), share > 0), 8)
        return "█" * whole + _EIGHTHS[:eighths][-1:]
    return "#" * max(round(share * _BAR), share > 0)


def _providers(row: Total) -> str:
    """The provider that served most, and how many others."""
    if not row.served:
        return NOTHING
    (first, _), *others = row.served.most_common()
    return f"{first[:12]} +{len(others)}" if others else first[:16]
