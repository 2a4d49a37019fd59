"""`confgen doctor`: everything on this machine that would lose the pin."""

from typing import Annotated

import typer

from confgen.cli.call import find_project
from confgen.cli.options import Json, Names, ProfileName, Upstream
from confgen.errors import UsageError
from confgen.harnesses import find_harness
from confgen.machine import this_machine
from confgen.settings import Overrides, check_upstream


def doctor(
    names: Names = None,
    strict: Annotated[bool, typer.Option("--strict", help="Exit 1 for a warning too.")] = False,
    offline: Annotated[
        bool, typer.Option("--offline", help="Send nothing (as without a key).")
    ] = False,
    verbose: Annotated[
        bool, typer.Option("--verbose", "-v", help="Show what is well, too.")
    ] = False,
    listing: Annotated[
        bool, typer.Option("--list", help="List every check, and run none.")
    ] = False,
    profile: ProfileName = None,
    upstream: Upstream = None,
    as_json: Json = False,
) -> None:
    """Find what would lose the pin on this machine, and say how to mend it. Changes nothing.

    Example: confgen doctor claude-code --offline
    """
    # The Tab key and --help do without.
    from confgen.doctor.diagnose import diagnose  # noqa: PLC0415
    from confgen.doctor.snapshot import Snapshot  # noqa: PLC0415
    from confgen.doctor.table import table  # noqa: PLC0415
    from confgen.report.doctor import print_checks, print_findings  # noqa: PLC0415
    from confgen.report.progress import progress  # noqa: PLC0415

    machine = this_machine()
    fields = {"upstream": check_upstream(upstream, "--upstream", UsageError)} if upstream else {}
    snapshot = Snapshot(
        machine,
        find_project(machine, None),
        Overrides(profile=profile, fields=fields),
        stay_offline=offline,
        names=tuple(find_harness(name).NAME for name in dict.fromkeys(names or ())),
    )
    if listing:
        print_checks(table(snapshot), as_json=as_json)
        return
    also = "" if snapshot.offline else ", and asking OpenRouter"
    with progress(f"looking at this machine{also}"):
        findings = diagnose(snapshot)
    print_findings(findings, verbose=verbose, as_json=as_json)
    failing = ("error", "warning") if strict else ("error",)
    if any(finding.level in failing for finding in findings):
        raise typer.Exit(1)
