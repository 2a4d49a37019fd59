"""One fault, one finding: of several that tell of the same place, the one that says most of it."""

import re
from collections.abc import Iterable

from confgen.finding import WORST_FIRST, Finding

_EXACT = re.compile(r"\$\w+|.+:\d+:\d+")
_BLUNT = (".accepted", ".drift")
_CONFLICT = "env.conflict"


def each_once(findings: Iterable[Finding]) -> list[Finding]:
    """Without a finding whose place, and whose weight, another one tells of better.

    That a key was changed, or is not taken, says less than what comes of it. What a variable does
    is said where all variables are.
    """
    every = list(findings)
    at: dict[str, list[Finding]] = {}
    for finding in every:
        if finding.where and _EXACT.fullmatch(finding.where):
            at.setdefault(finding.where, []).append(finding)
    return [f for f in every if not any(_is_better(one, f) for one in at.get(f.where or "", ()))]


def _is_better(one: Finding, than: Finding) -> bool:
    if WORST_FIRST.index(one.level) > WORST_FIRST.index(than.level):
        return False
    if one.check == _CONFLICT:
        return than.harness is not None
    same = one.harness is not None and one.harness == than.harness
    return same and than.check.endswith(_BLUNT) and not one.check.endswith(_BLUNT)
