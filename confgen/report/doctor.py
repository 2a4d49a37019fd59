"""What the doctor found: the worst first, each with its place and a mend to copy."""

import textwrap
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import Protocol

from confgen.finding import WORST_FIRST, Finding, Level
from confgen.report.marks import mark
from confgen.report.terminal import (
    VERSION,
    columns,
    hide_home,
    parts,
    print_json,
    printable,
    table,
)

_WIDEST = 80
_INDENT = " " * 4
# What one is called, and what several are.
_CALLED: dict[Level, tuple[str, str]] = {
    "error": ("error", "errors"),
    "warning": ("warning", "warnings"),
    "info": ("note", "notes"),
    "skipped": ("skipped", "skipped"),
    "ok": ("ok", "ok"),
}
Line = tuple[tuple[str, str], ...]


class Listed(Protocol):
    """A check, as far as a list of them is concerned."""

    @property
    def id(self) -> str: ...
    @property
    def looks_for(self) -> str: ...
    @property
    def online(self) -> bool: ...


def print_findings(findings: Sequence[Finding], *, verbose: bool, as_json: bool) -> None:
    if as_json:
        worst = findings[0].level if findings else "ok"
        print_json({"version": VERSION, "findings": [*map(finding_json, findings)], "worst": worst})
        return
    shown = findings if verbose else _together(f for f in findings if f.level != "ok")
    parts(line for finding in shown for line in _paragraph(finding))
    parts([((_summary(findings), ""),)])


def finding_json(finding: Finding) -> dict[str, str | None]:
    return {
        "check": finding.check,
        "harness": finding.harness,
        "status": finding.level,
        "message": printable(finding.message),
        "where": finding.where and printable(finding.where),
        "hint": finding.hint and printable(finding.hint),
    }


def _together(findings: Iterable[Finding]) -> Iterator[Finding]:
    """The same, those as one that were skipped for the same reason."""
    for (level, _), group in groupby(
        findings, key=lambda finding: (finding.level, finding.message)
    ):
        first, *others = group
        if level == "skipped" and others:
            yield first._replace(check=f"{first.check} and {len(others)} more")
        else:
            yield from (first, *others)


def _paragraph(finding: Finding) -> Iterator[Line]:
    sign, (word, _) = mark(finding.level), _CALLED[finding.level]
    if finding.level in ("ok", "skipped"):
        head = f"{sign} {word} {finding.check}:"
        first, *rest = _wrapped(f"{head} {hide_home(finding.message)}")
        yield (f"{sign} {word}", finding.level), (first.removeprefix(f"{sign} {word}"), "")
        yield from (((line, ""),) for line in rest)
        return
    yield (f"{sign} {word}", finding.level), (f" {finding.check}", "")
    for line in _wrapped(f"{_INDENT}{hide_home(finding.message)}"):
        yield ((line, ""),)
    # These two are to be copied, and stay whole.
    if finding.where:
        yield (f"{_INDENT}at   ", "dim"), (hide_home(finding.where), "")
    if finding.hint:
        # No shell would find a home that is hidden between quotes.
        yield (f"{_INDENT}mend ", "dim"), (finding.hint, "")


def _wrapped(text: str) -> list[str]:
    return textwrap.wrap(
        text,
        min(columns(), _WIDEST),
        subsequent_indent=_INDENT,
        break_on_hyphens=False,
        break_long_words=False,
    )


def _summary(findings: Sequence[Finding]) -> str:
    count = Counter(finding.level for finding in findings)
    if count["ok"] == len(findings):
        return f"All is well: {len(findings)} checks found nothing."
    said = [_counted(level, count[level]) for level in WORST_FIRST if count[level]]
    return f"{', '.join(said)}."


def _counted(level: Level, number: int) -> str:
    one, several = _CALLED[level]
    return f"{number} {one if number == 1 else several}"


def print_checks(checks: Iterable[Listed], *, as_json: bool) -> None:
    if as_json:
        rows = [{"check": c.id, "looks_for": c.looks_for, "online": c.online} for c in checks]
        print_json({"version": VERSION, "checks": rows})
        return
    head = ("check", "looks for")
    table(head, [(c.id, f"{c.looks_for}{' (online)' if c.online else ''}") for c in checks])
