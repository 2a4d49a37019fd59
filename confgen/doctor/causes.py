"""What can make one harness lose the pin: for `confgen verify`, which has seen that it does."""

from dataclasses import replace

from confgen.doctor.diagnose import run
from confgen.doctor.snapshot import Snapshot
from confgen.doctor.table import MACHINE, of_harness
from confgen.finding import WORST_FIRST, Finding
from confgen.harnesses import Harness

_OF_MACHINE = ("settings.", "env.", "shim.")
_HARMLESS = (".installed", ".version")


def causes(harness: Harness, snapshot: Snapshot) -> tuple[Finding, ...]:
    """The errors and warnings that can explain a request without the pin, the worst first.

    They are looked for on `snapshot`'s machine, with its options; nothing is sent.
    """
    alone = replace(snapshot, names=(harness.NAME,), stay_offline=True)
    own = of_harness(alone.of(harness.NAME))
    checks = [
        *(check for check in own if not check.id.endswith(_HARMLESS)),
        *(check for check in MACHINE if check.id.startswith(_OF_MACHINE)),
    ]
    found = (finding for finding in run(checks, alone) if finding.level in ("error", "warning"))
    return tuple(sorted(found, key=lambda finding: WORST_FIRST.index(finding.level)))
