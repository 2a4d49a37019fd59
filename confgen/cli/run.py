"""`confgen run`: a harness starts pinned, and none of its files is written."""

from contextlib import ExitStack, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from confgen.cli.call import Call
from confgen.cli.options import routed
from confgen.harnesses import Harness, find_harness
from confgen.harnesses.launching import TOKEN, Launch
from confgen.harnesses.packages import launch_of
from confgen.reading import read_harness
from confgen.redact import MASK
from confgen.report.launch import print_launch
from confgen.report.terminal import note
from confgen.run.child import Command, attend, become
from confgen.run.program import check_exact, deeper, find_program
from confgen.run.scratch import prepared, scratch_folder
from confgen.settings import Overrides
from confgen.target import LocalShim, choose_route

if TYPE_CHECKING:
    from confgen.run.companion import Companion


@routed
def run(
    context: typer.Context,
    name: Annotated[str, typer.Argument(metavar="HARNESS [-- ARGS...]", help="Which harness.")],
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Print how it would be started, and start nothing.")
    ] = False,
    *,
    overrides: Overrides,
) -> None:
    """Start a harness pinned without writing any of its files. What follows -- is its own.

    Example: confgen run claude-code --only fireworks -- --continue
    """
    call = Call.read(overrides)
    harness = find_harness(name)
    arguments: tuple[str, ...] = context.obj
    launch_of(harness).check_arguments(arguments)
    routed_there = choose_route(harness, call.settings.route_for(name)) == "shim"
    folder = scratch_folder(call.machine)
    if dry_run:
        shown = LocalShim("127.0.0.1:PORT", MASK) if routed_there else None
        print_launch(harness, _launch(call, harness, shown, folder), arguments)
        return
    call.require_key(call.settings.profile_for(name))
    program, depth = find_program(harness, call.machine), deeper(call.machine.env)
    with ExitStack() as stack:
        shim = _shim(call, name, stack) if routed_there else None
        launch = _launch(call, harness, shim, folder)
        check_exact(program, (*launch.arguments, *arguments))
        command = Command(
            program,
            (*launch.arguments, *arguments),
            launch.environment_over(
                {**call.machine.env, **depth, **({TOKEN: shim.token} if shim else {})}
            ),
        )
        if launch.files:
            stack.enter_context(prepared(launch, folder))
        # With nothing to clean up afterwards, the harness takes the place of this process.
        alone = shim is None and not launch.files
        code = become(command) if alone else attend(command)
    raise typer.Exit(code)


def _shim(call: Call, name: str, stack: ExitStack) -> LocalShim:
    """A shim for as long as the stack lasts; what it complained of is told at its end."""
    from confgen.run.companion import companion  # noqa: PLC0415 - for this route alone

    profile = call.settings.profile_for(name)
    served = stack.enter_context(companion(profile, call.machine.env))
    stack.callback(_complain, served)
    return served.shim


def _complain(served: "Companion") -> None:
    # The terminal may be gone, and the harness with it.
    with suppress(OSError):
        for line in served.complaints():
            note("shim", line)


def _launch(call: Call, harness: Harness, shim: LocalShim | None, folder: Path) -> Launch:
    reading = read_harness(harness, call.settings, call.machine, call.project, shim)
    credential = TOKEN if shim else reading.profile.api_key_env
    return launch_of(harness).launch(reading, credential, folder)
