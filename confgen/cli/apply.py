"""`confgen apply`: the pin into each harness's own files."""

import dataclasses
from typing import TYPE_CHECKING, Annotated, Any

import typer

from confgen.cli.call import Call
from confgen.cli.manner import Adopt, Diff, DryRun, Force, Manner, Yes
from confgen.cli.options import Every, Json, Names, Project, ScopeName, routed
from confgen.errors import StoppedError
from confgen.harnesses import Harness
from confgen.report.terminal import note, print_json
from confgen.settings import Overrides
from confgen.target import Target, wanted

# The Tab key and --help do without what plans and writes.
if TYPE_CHECKING:
    from confgen.report.plan import Screen
    from confgen.take_back import Memory


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
    verify: Annotated[
        bool, typer.Option("--verify", help="Run each harness then, and undo unless it is pinned.")
    ] = False,
    yes: Yes = False,
    as_json: Json = False,
    *,
    overrides: Overrides,
) -> None:
    """Write the pin into each harness's own config file, keeping all that stands there.

    Example: confgen apply opencode droid --order fireworks --no-fallbacks
    """
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

    if verify:
        # Here already: between writing and proving nothing may take time, or could be stopped.
        from confgen.cli import proving  # noqa: F401, PLC0415
    manner = Manner(dry_run=dry_run, force=force, adopt=adopt, yes=yes)
    proves = verify and not dry_run
    held: list[dict[str, Any]] | None = [] if as_json and proves else None
    screen = Screen(as_json=as_json, diff=diff, secrets=call.secrets(), held=held)
    try:
        memory = carry_out(call, harnesses, wish, screen, manner)
        stands = not proves or _prove(call, harnesses, memory, screen, moved=project is not None)
    finally:
        if held:
            print_json({name: value for document in held for name, value in document.items()})
    if not stands:
        raise typer.Exit(1)
    if memory:
        screen.follow(next_steps(memory.plan, call.settings, call.machine, shim))


def _prove(
    call: Call,
    harnesses: tuple[Harness, ...],
    memory: "Memory | None",
    screen: "Screen",
    *,
    moved: bool,
) -> bool:
    """Run the harnesses as they are set up now, and take all back where the pin does not hold."""
    # Most calls run nothing.
    from confgen.cli.proving import prove, stands  # noqa: PLC0415
    from confgen.report.verify import print_result, results_json  # noqa: PLC0415

    if moved:
        call = dataclasses.replace(call, machine=call.machine._replace(cwd=call.project))
    try:
        results = prove(call, harnesses, memory)
    except KeyboardInterrupt as stop:
        if memory is None:
            raise
        raise StoppedError("stopped; all files are again as they were") from stop
    proven = all(result.verdict.word == "pinned" for result in results)
    taken_back = memory is not None and not stands(results)
    if screen.held is not None:
        found = results_json(results, screen.secrets)
        screen.held.append({"verify": found, "taken_back": taken_back})
    else:
        for result in results:
            print_result(result, screen.secrets, verbose=False)
    if taken_back:
        note("error", "the pin does not hold here, so all files are again as they were")
    return proven
