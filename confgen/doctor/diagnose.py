"""Runs the checks: each guarded, each with a time-out of its own, and the worst of it first."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from threading import Thread
from time import monotonic

from confgen.doctor.snapshot import Snapshot
from confgen.doctor.table import MACHINE, Check, of_harness, table
from confgen.errors import ConfgenError
from confgen.finding import WORST_FIRST, Finding, Found
from confgen.harnesses import HARNESSES, Harness

TOGETHER = 60.0
"""Seconds that all checks have together, however long each of them may take."""

_EXPLAINING = ("settings.", "env.", "shim.")
_HARMLESS = (".installed", ".version")
_EXACT = re.compile(r"\$\w+|.+:\d+:\d+")
_BLUNT = (".accepted", ".drift")
_CONFLICT = "env.conflict"


def diagnose(snapshot: Snapshot) -> tuple[Finding, ...]:
    """What all checks find, each at least that all is well."""
    findings, wanted = [], []
    here = {state.harness.NAME for state in snapshot.here}
    for name in (state.harness.NAME for state in snapshot.harnesses):
        if name not in here:
            message = f"{HARNESSES[name].TITLE} is not installed, and has no file here"
            findings.append(Finding(f"{name}.installed", name, "skipped", message))
    for check in table(snapshot):
        named = check.starts_client and check.harness in snapshot.names
        if named or not snapshot.offline or not (check.online or check.starts_client):
            wanted.append(check)
        elif check.online:
            why = snapshot.why_offline or ""
            findings.append(Finding(check.id, check.harness, "skipped", why))
    found = run([c for c in wanted if c.harness in (None, *here)], snapshot)
    return _worst_first([*findings, *_each_once(found)])


def explanations(harness: Harness, snapshot: Snapshot) -> tuple[Finding, ...]:
    """What can make a harness lose the pin: for `confgen verify`, which has seen that it does.

    The errors and warnings that are found on `snapshot`'s machine, with its options; nothing is
    sent.
    """
    alone = replace(snapshot, names=(harness.NAME,), stay_offline=True)
    own = of_harness(alone.of(harness.NAME))
    checks = [check for check in own if not check.id.endswith(_HARMLESS)]
    checks += [check for check in MACHINE if check.id.startswith(_EXPLAINING)]
    return _worst_first(f for f in run(checks, alone) if f.level in ("error", "warning"))


def _worst_first(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    return tuple(sorted(findings, key=lambda finding: WORST_FIRST.index(finding.level)))


def run(checks: Iterable[Check], snapshot: Snapshot, within: float = TOGETHER) -> Iterator[Finding]:
    """What they find, in their order; those that ask online do so all at once.

    Those that have not ended `within` as many seconds are skipped.
    """
    end = monotonic() + within
    trials = []
    for check in checks:
        trial = _Trial(check, snapshot, end)
        trials.append(trial)
        if not check.online:
            trial.wait()
    for trial in trials:
        trial.wait()
        for found in trial.found:
            yield Finding(trial.check.id, trial.check.harness, *found)


class _Trial:
    """One check at work, in a thread that nobody waits for longer than its patience."""

    def __init__(self, check: Check, snapshot: Snapshot, end: float) -> None:
        own = monotonic() + check.patience
        late = Found("error", f"the check took longer than {check.patience:g} s")
        if end < own:
            late = Found("skipped", "there was no time left: other checks took it all")
        self.check = check
        self.found: tuple[Found, ...] = (late,)
        self._deadline = min(own, end)
        self._thread = Thread(target=self._work, args=(snapshot,), daemon=True)
        self._thread.start()

    def wait(self) -> None:
        self._thread.join(max(self._deadline - monotonic(), 0))

    def _work(self, snapshot: Snapshot) -> None:
        try:
            found = tuple(self.check.find(snapshot))
        except ConfgenError as error:
            message = f"cannot be looked at: {error.message}"
            found = (Found("skipped", message, error.where, error.hint),)
        except Exception as error:  # noqa: BLE001 - a check of ours at fault must not end the others
            # Its type alone: what it says may hold anything.
            found = (Found("error", f"the check itself failed: {type(error).__name__}"),)
        self.found = found or (Found("ok", f"found nothing of: {self.check.looks_for}"),)


def _each_once(findings: Iterable[Finding]) -> Iterator[Finding]:
    """Without a finding whose place, and whose weight, another one tells of better.

    That a key was changed, or is not taken, says less than what comes of it; but what takes the
    change back mends that too. What a variable does is said where all variables are.
    """
    every = list(findings)
    at: dict[str, list[Finding]] = {}
    for finding in every:
        if finding.where and _EXACT.fullmatch(finding.where):
            at.setdefault(finding.where, []).append(finding)
    for finding in every:
        near = at.get(finding.where or "", [])
        if not any(_is_better(one, finding) for one in near):
            yield _with_command(finding, near)


def _with_command(finding: Finding, near: list[Finding]) -> Finding:
    """The finding, with the command of the drift that it stands for.

    Nothing can be applied to a file that the client does not accept.
    """
    if any(one.check.endswith(".accepted") for one in near):
        return finding
    drifts = (one for one in near if one.check.endswith(".drift") and _is_better(finding, one))
    return next((finding._replace(hint=drift.hint) for drift in drifts), finding)


def _is_better(one: Finding, than: Finding) -> bool:
    if WORST_FIRST.index(one.level) > WORST_FIRST.index(than.level):
        return False
    if one.check == _CONFLICT:
        return than.harness is not None
    same = one.harness is not None and one.harness == than.harness
    return same and than.check.endswith(_BLUNT) and not one.check.endswith(_BLUNT)
