"""`confgen verify`: the harness itself against a loopback capture, every request judged."""

from typing import Annotated

import typer

from confgen.cli.call import Call
from confgen.cli.manner import Yes
from confgen.cli.options import Every, Json, Names, routed
from confgen.errors import UsageError
from confgen.harnesses import HARNESSES, Harness
from confgen.proof.claim import PROMPT, TIMEOUT, Mode
from confgen.settings import Overrides


@routed
def verify(
    names: Names = None,
    every: Every = False,
    isolated: Annotated[
        bool, typer.Option("--isolated", help="In a throw-away home with our fragment alone.")
    ] = False,
    live: Annotated[
        bool, typer.Option("--live", help="With copies of your own files and environment.")
    ] = False,
    in_place: Annotated[
        bool,
        typer.Option("--in-place", help="In your own folders, with no copy and no change."),
    ] = False,
    run_plugins: Annotated[
        bool, typer.Option("--run-plugins", help="Run its plugins where only copies are possible.")
    ] = False,
    prompt: Annotated[
        str, typer.Option("--prompt", metavar="TEXT", help="What the harness is asked.")
    ] = PROMPT,
    timeout: Annotated[
        float, typer.Option("--timeout", metavar="S", min=1, help="Seconds for each harness.")
    ] = TIMEOUT,
    verbose: Annotated[bool, typer.Option("--verbose", help="Show every request.")] = False,
    yes: Yes = False,
    as_json: Json = False,
    *,
    overrides: Overrides,
) -> None:
    """Run each harness against a stand-in for OpenRouter on this machine, and judge every request.

    Nothing leaves the machine, and nothing of yours is written. Where the harness has any config in
    reach, it reads all that it reads when you start it here (--live); else it runs in a throw-away
    home with confgen's own fragment (--isolated). Without a name, every installed harness is run.

    Example: confgen verify opencode --verbose
    """
    # What runs a harness is loaded where one is to be run.
    from confgen.cli.proving import Proof  # noqa: PLC0415
    from confgen.proof.signals import interruptible  # noqa: PLC0415
    from confgen.proof.verify import RunOptions  # noqa: PLC0415
    from confgen.report.verify import print_result, print_results  # noqa: PLC0415

    mode = _mode(isolated=isolated, live=live, in_place=in_place)
    call = Call.read(overrides)
    harnesses = call.choose(names, every=every) if names or every else _installed(call)
    options = RunOptions(prompt, timeout, in_place, run_plugins)
    proof = Proof.read(call, mode, options, skips_absent=every)
    if in_place:
        proof.ask_in_place(harnesses, yes=yes)
    results = []
    with interruptible():
        for result in filter(None, map(proof.of, harnesses)):
            results.append(result)
            if not as_json:
                print_result(result, proof.secrets, verbose=verbose)
    if as_json:
        print_results(results, proof.secrets, verbose=verbose, as_json=True)
    if any(result.verdict.word != "pinned" for result in results):
        raise typer.Exit(1)


def _mode(*, isolated: bool, live: bool, in_place: bool) -> "Mode | None":
    if isolated and (live or in_place):
        other = "--live" if live else "--in-place"
        raise UsageError(f"--isolated and {other} exclude each other", hint="give one of the two")
    return "isolated" if isolated else "live" if live or in_place else None


def _installed(call: Call) -> tuple[Harness, ...]:
    from confgen.installed import find_installed  # noqa: PLC0415 - a name needs no search

    found = tuple(h for h in HARNESSES.values() if find_installed(h, call.machine.env))
    if not found:
        raise UsageError(
            "no harness is installed here",
            where="$PATH",
            hint=f"install one of {', '.join(HARNESSES)}, or put it on the PATH",
        )
    return found
