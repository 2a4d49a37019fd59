"""The tables of `confgen usage`."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from confgen.report.terminal import VERSION, can_say, note, print_json, printable, table, write
from confgen.usage import Total, shares

_KEY = 24
"""Columns for a row's name; with the numbers beside it a table has at most 80."""

_BAR = 8
_EIGHTHS = "▏▎▍▌▋▊▉█"
_UNITS = ("", "k", "M", "G", "T")
_NOTHING = "-"


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
        note("LEAK", f"{_count(total.leaks, 'answer')} came from a provider outside the pin")


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
    _print_table((by, "reqs", "in", "cached", "out", "hits", "cost", "$/Mtok"), spent, words=0)
    write("\n")
    served = [
        (_name(key), *_served(row), _bar(share), _providers(row))
        for (key, row), share in zip(rows.items(), shares(rows), strict=True)
    ]
    head = (by, "median", "p95", "errors", "leaks", "share", "served by")
    if by == "provider":
        _print_table(head[:-1], [row[:-1] for row in served], words=1)
    else:
        _print_table(head, served, words=2)


def _spent(row: Total) -> tuple[str, ...]:
    return (
        _short(row.requests),
        _short(row.tokens_input),
        _short(row.tokens_cached),
        _short(row.tokens_output),
        _percent(row.cache_hit_rate),
        _dollars(row.cost),
        _dollars(row.usd_per_million_tokens),
    )


def _served(row: Total) -> tuple[str, ...]:
    return (
        _seconds(row.first_byte_ms(0.5)),
        _seconds(row.first_byte_ms(0.95)),
        _short(row.errors),
        _short(row.leaks),
    )


def _sentence(total: Total) -> str:
    return (
        f"{_count(total.requests, 'request')}: {_short(total.tokens_input)} in, "
        f"{_percent(total.cache_hit_rate)} cached, {_short(total.tokens_output)} out, "
        f"{_dollars(total.cost)}, {_dollars(total.usd_per_million_tokens)}/Mtok, "
        f"{_count(total.errors, 'error')}"
    )


def _print_table(head: Sequence[str], rows: Sequence[Sequence[str]], *, words: int) -> None:
    """Print with numbers flush right: all columns but the first and the last `words`."""
    widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
    numbers = range(1, len(head) - words)
    aligned = [
        [cell.rjust(widths[i]) if i in numbers else cell for i, cell in enumerate(row)]
        for row in (head, *rows)
    ]
    table(aligned[0], aligned[1:])


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
        return _NOTHING
    (first, _), *others = row.served.most_common()
    return f"{first[:12]} +{len(others)}" if others else first[:16]


def _short(number: float | None) -> str:
    """Three digits and a unit: 0, 999, 1.00k, 12.3M."""
    if number is None:
        return _NOTHING
    unit = 0
    while number >= 999.5 and unit < len(_UNITS) - 1:  # noqa: PLR2004 - 999.5 rounds to four digits
        number, unit = number / 1000, unit + 1
    return f"{number:.{_digits(number) if unit else 0}f}{_UNITS[unit]}"


def _digits(number: float) -> int:
    """Decimals that leave three digits in all."""
    return 2 if number < 9.995 else 1 if number < 99.95 else 0  # noqa: PLR2004


def _dollars(usd: float | None) -> str:
    if usd is None:
        return _NOTHING
    if 0 < usd < 0.01:  # noqa: PLR2004 - less than a cent
        return f"${usd:.4f}"
    return f"${usd:.2f}" if usd < 999.5 else f"${_short(usd)}"  # noqa: PLR2004


def _percent(share: float | None) -> str:
    return _NOTHING if share is None else f"{share:.0%}"


def _seconds(milliseconds: float | None) -> str:
    if milliseconds is None:
        return _NOTHING
    return f"{milliseconds:.0f}ms" if milliseconds < 999.5 else f"{milliseconds / 1000:.1f}s"  # noqa: PLR2004


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
