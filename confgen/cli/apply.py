"""`confgen apply`: the pin into each harness's own files."""

from typing import Annotated

import typer

from confgen.cli.call import Call
from confgen.cli.manner import Adopt, Diff, DryRun, Force, Manner, Yes
from confgen.cli.options import Every, Json, Names, Project, ScopeName, routed
from confgen.harnesses import Harness
from confgen.settings import Overrides
from confgen.target import Target, wanted


@routed
def apply(
    names: Names = None,
    every: Every = False,
    scope: ScopeName = "user",
    project: Project = None,
    dry_run: DryRun = False,
    diff: Diff = False,
    force: Force = False,
    adopt: Adopt = False,
    write_key: Annotated[
        bool, typer.Option("--write-key", help="Write the API key itself into the files.")
    ] = False,
    yes: Yes = False,
    as_json: Json = False,
    *,
    overrides: Overrides,
) -> None:
    """Write the pin into each harness's own config file, keeping all that stands there.

    Example: confgen apply opencode droid --order fireworks --no-fallbacks
    """
    # The Tab key and --help do without.
    from confgen.cli.writing import carry_out  # noqa: PLC0415
    from confgen.report.plan import Screen, next_steps  # noqa: PLC0415

    call = Call.read(overrides, scope=scope, project=project)
    harnesses = call.choose(names, every=every)
    # Where the call will be refused, no token is made for it.
    allowed = call.scope == "user" and not write_key
    shim = call.meet_shim(harnesses, make_token=allowed and not dry_run)

    def wish(harness: Harness) -> tuple[Target, ...]:
        return wanted(
            harness,
            call.settings,
            call.machine,
            call.scope,
            call.project,
            write_key=write_key,
            shim=shim,
        )

    manner = Manner(dry_run=dry_run, force=force, adopt=adopt, yes=yes)
    screen = Screen(as_json=as_json, diff=diff, secrets=call.secrets())
    plan = carry_out(call, harnesses, wish, screen, manner)
    if plan:
        screen.follow(next_steps(plan, call.settings, call.machine, shim))
