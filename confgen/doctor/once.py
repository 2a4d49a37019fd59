"""One fault, one finding: of several that tell of the same place, the one that says most of it."""

import re
from collections.abc import Iterable

from confgen.finding import WORST_FIRST, Finding

_EXACT = re.compile(r"\$\w+|.+:\d+:\d+")
_BLUNT = (".accepted", ".drift")
_CONFLICT = "env.conflict"


def each_once(findings: Iterable[Finding]) -> list[Finding]:
    """Without a finding whose place, and whose weight, another one tells of better.

    That a key was changed, or is not taken, says less than what comes of it; but what takes the
    change back mends that too. What a variable does is said where all variables are.
    """
    every = list(findings)
    at: dict[str, list[Finding]] = {}
    for finding in every:
        if finding.where and _EXACT.fullmatch(finding.where):
            at.setdefault(finding.where, []).append(finding)
    there = ((finding, at.get(finding.where or "", [])) for finding in every)
    return [_mended(f, near) for f, near in there if not any(_is_better(one, f) for one in near)]


def _mended(finding: Finding, near: list[Finding]) -> Finding:
    """The finding, with the command of the drift that it stands for.

    Nothing can be applied to a file that the client does not accept.
    """
    if any(one.check.endswith(".accepted") for one in near):
        return finding
    drifts = (one for one in near if one.check.endswith(".drift") and _is_better(finding, one))
    drift = next(drifts, None)
    return finding._replace(hint=drift.hint) if drift else finding


def _is_better(one: Finding, than: Finding) -> bool:
    if WORST_FIRST.index(one.level) > WORST_FIRST.index(than.level):
        return False
    if one.check == _CONFLICT:
        return than.harness is not None
    same = one.harness is not None and one.harness == than.harness
    return same and than.check.endswith(_BLUNT) and not one.check.endswith(_BLUNT)
