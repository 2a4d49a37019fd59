"""Runs the checks: each guarded, each with a time-out of its own, and the worst of it first."""

from collections.abc import Iterable, Iterator
from threading import Thread
from time import monotonic

from confgen.doctor.check import Check
from confgen.doctor.once import each_once
from confgen.doctor.snapshot import Snapshot
from confgen.doctor.table import table
from confgen.errors import ConfgenError
from confgen.finding import WORST_FIRST, Finding, Found
from confgen.harnesses import HARNESSES

TOGETHER = 60.0
"""Seconds that all checks have together, however long each of them may take."""


def diagnose(snapshot: Snapshot) -> tuple[Finding, ...]:
    """What all checks find, each at least that all is well."""
    every = table(snapshot)
    checks = [check for check in every if _is_wanted(check, snapshot)]
    absent = {s.harness.NAME for s in snapshot.harnesses} - {s.harness.NAME for s in snapshot.here}
    findings = [_not_here(name) for name in HARNESSES if name in absent]
    unsent = (check for check in every if check.online and check not in checks)
    findings += [_not_sent(check, snapshot) for check in unsent]
    findings += each_once(run([c for c in checks if c.harness not in absent], snapshot))
    return tuple(sorted(findings, key=lambda finding: WORST_FIRST.index(finding.level)))


def _is_wanted(check: Check, snapshot: Snapshot) -> bool:
    if check.starts_client and check.harness in snapshot.names:
        return True
    return not (snapshot.offline and (check.online or check.starts_client))


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
        for found in trial.outcome():
            yield Finding(trial.check.id, trial.check.harness, *found)


class _Trial:
    """One check at work, in a thread that nobody waits for longer than its patience."""

    def __init__(self, check: Check, snapshot: Snapshot, end: float) -> None:
        self.check = check
        self._found: tuple[Found, ...] | None = None
        self._thread = Thread(target=self._work, args=(snapshot,), daemon=True)
        own = monotonic() + check.patience
        self._is_cut_short = end < own
        self._deadline = min(own, end)
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
        self._found = found or (Found("ok", f"found nothing of: {self.check.looks_for}"),)

    def outcome(self) -> tuple[Found, ...]:
        if self._found is None and self._is_cut_short:
            return (Found("skipped", "there was no time left: other checks took it all"),)
        if self._found is None:
            return (Found("error", f"the check took longer than {self.check.patience:g} s"),)
        return self._found


def _not_here(name: str) -> Finding:
    title = HARNESSES[name].TITLE
    return Finding(
        f"{name}.installed", name, "skipped", f"{title} is not installed, and has no file here"
    )


def _not_sent(check: Check, snapshot: Snapshot) -> Finding:
    return Finding(check.id, check.harness, "skipped", snapshot.why_offline or "")
