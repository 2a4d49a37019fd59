"""`confgen diff`: what apply would change; exit 1 if anything."""

import typer

from confgen.cli.call import Call
from confgen.cli.manner import Adopt, Force
from confgen.cli.options import Every, Json, Names, Project, ScopeName, routed
from confgen.settings import Overrides
from confgen.target import wanted


@routed
def diff(
    names: Names = None,
    every: Every = False,
    scope: ScopeName = "user",
    project: Project = None,
    force: Force = False,
    adopt: Adopt = False,
    as_json: Json = False,
    *,
    overrides: Overrides,
) -> None:
    """Show what apply would change, and where each value comes from. Exit 1 if anything.

    Example: confgen diff --all
    """
    # The Tab key and --help do without.
    from confgen.cli.writing import stop_on_trouble  # noqa: PLC0415
    from confgen.planner import Planner, make_plan  # noqa: PLC0415
    from confgen.report.fragment import print_sources  # noqa: PLC0415
    from confgen.report.plan import Screen  # noqa: PLC0415
    from confgen.write import State  # noqa: PLC0415

    call = Call.read(overrides, scope=scope, project=project)
    harnesses = call.choose(names, every=every)
    shim = call.meet_shim(harnesses, make_token=False)
    plan = make_plan(
        harnesses,
        lambda harness: wanted(
            harness, call.settings, call.machine, call.scope, call.project, shim=shim
        ),
        Planner.read(State(call.state_folder), force=force, adopt=adopt),
    )
    screen = Screen(as_json=as_json, diff=True, secrets=call.secrets())
    screen.plan(plan, dry_run=True)
    if not plan.failures and not as_json:
        print_sources(tuple(call.settings.profile_for(h.NAME) for h in harnesses))
    stop_on_trouble(plan)
    if plan.changed:
        raise typer.Exit(1)
