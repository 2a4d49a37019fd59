"""`confgen remove`: everything of confgen's out again."""

from confgen.cli.call import Call
from confgen.cli.manner import Adopt, Diff, DryRun, Force, Manner, Yes
from confgen.cli.options import Every, Json, Names, Project, ScopeName
from confgen.harnesses import Harness
from confgen.target import Target, unwanted


def remove(
    names: Names = None,
    every: Every = False,
    scope: ScopeName = "user",
    project: Project = None,
    dry_run: DryRun = False,
    diff: Diff = False,
    force: Force = False,
    adopt: Adopt = False,
    yes: Yes = False,
    as_json: Json = False,
) -> None:
    """Take out what confgen set and put back what stood there, to the byte.

    Keys that someone changed since stay as they are, unless --force is given.

    Example: confgen remove opencode
    """
    # The Tab key and --help do without.
    from confgen.cli.writing import carry_out  # noqa: PLC0415
    from confgen.report.plan import Screen  # noqa: PLC0415

    call = Call.read(scope=scope, project=project, with_settings=False)
    harnesses = call.choose(names, every=every)

    def wish(harness: Harness) -> tuple[Target, ...]:
        return unwanted(harness, call.machine, call.scope, call.project)

    manner = Manner(dry_run=dry_run, force=force, adopt=adopt, yes=yes)
    screen = Screen(as_json=as_json, diff=diff, secrets=call.secrets())
    carry_out(call, harnesses, wish, screen, manner)
