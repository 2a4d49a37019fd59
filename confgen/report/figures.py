"""Numbers as people read them, and tables in which they stand flush right."""

import shutil
import sys
from collections.abc import Sequence

from confgen.report.terminal import table

_GAP = 2
_UNITS = ("", "k", "M", "G", "T")
NOTHING = "-"
"""Stands for a number that nobody told."""


def print_numbers(
    head: Sequence[str], rows: Sequence[Sequence[str]], *, before: int = 1, after: int = 0
) -> None:
    """Print a table with numbers flush right: all columns but `before` first and `after` last."""
    aligned = flush_right((head, *rows), before=before, after=after)
    table(aligned[0], aligned[1:])


def flush_right(
    rows: Sequence[Sequence[str]], *, before: int = 1, after: int = 0
) -> list[list[str]]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    numbers = range(before, len(widths) - after)
    return [
        [cell.rjust(widths[i]) if i in numbers else cell for i, cell in enumerate(row)]
        for row in rows
    ]


def width(rows: Sequence[Sequence[str]]) -> int:
    """The columns of the terminal that a table takes."""
    longest = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return sum(longest) + _GAP * (len(longest) - 1)


def fitting(rows: Sequence[Sequence[str]], least: int) -> Sequence[Sequence[str]]:
    """A table without the last columns for which a terminal is too narrow; `least` always stay."""
    columns = shutil.get_terminal_size().columns
    if sys.stdout.isatty():
        while width(rows) > columns and len(rows[0]) > least:
            rows = [row[:-1] for row in rows]
    return rows


def short(number: float | None) -> str:
    """Three digits and a unit: 0, 999, 1.00k, 12.3M."""
    if number is None:
        return NOTHING
    unit = 0
    while number >= 999.5 and unit < len(_UNITS) - 1:  # noqa: PLR2004 - 999.5 rounds to four digits
        number, unit = number / 1000, unit + 1
    return f"{number:.{_digits(number) if unit else 0}f}{_UNITS[unit]}"


def _digits(number: float) -> int:
    """Decimals that leave three digits in all."""
    return 2 if number < 9.995 else 1 if number < 99.95 else 0  # noqa: PLR2004


def dollars(usd: float | None) -> str:
    if usd is None:
        return NOTHING
    if 0 < usd < 0.01:  # noqa: PLR2004 - less than a cent
        return f"${usd:.4f}"
    return f"${usd:.2f}" if usd < 999.5 else f"${short(usd)}"  # noqa: PLR2004


def percent(share: float | None) -> str:
    return NOTHING if share is None else f"{share:.0%}"


def seconds(milliseconds: float | None) -> str:
    if milliseconds is None:
        return NOTHING
    return f"{milliseconds:.0f}ms" if milliseconds < 999.5 else f"{milliseconds / 1000:.1f}s"  # noqa: PLR2004


def count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
