"""`confgen verify`: the harness itself against a loopback capture, every request judged."""

from typing import Annotated

import typer

from confgen.cli.call import Call
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
    prompt: Annotated[
        str, typer.Option("--prompt", metavar="TEXT", help="What the harness is asked.")
    ] = PROMPT,
    timeout: Annotated[
        float, typer.Option("--timeout", metavar="S", min=1, help="Seconds for each harness.")
    ] = TIMEOUT,
    verbose: Annotated[bool, typer.Option("--verbose", help="Show every request.")] = False,
    as_json: Json = False,
    *,
    overrides: Overrides,
) -> None:
    """Run each harness against a stand-in for OpenRouter on this machine, and judge every request.

    Nothing leaves the machine, nothing of yours is written, and the key is a dummy. Where confgen
    has applied something, the harness gets copies of your own files (--live), else a throw-away
    home (--isolated). Without a name, every installed harness is run.

    Example: confgen verify opencode --verbose
    """
    # What runs a harness is loaded where one is to be run.
    from confgen.cli.proving import Proof  # noqa: PLC0415
    from confgen.proof.signals import interruptible  # noqa: PLC0415
    from confgen.report.verify import print_result, print_results  # noqa: PLC0415

    if isolated and live:
        raise UsageError("--isolated and --live exclude each other", hint="give one of the two")
    mode: Mode | None = "isolated" if isolated else "live" if live else None
    call = Call.read(overrides)
    harnesses = call.choose(names, every=every) if names or every else _installed(call)
    proof = Proof.read(call, mode, prompt, timeout)
    results = []
    with interruptible():
        for harness in harnesses:
            results.append(proof.of(harness))
            if not as_json:
                print_result(results[-1], proof.secrets, verbose=verbose)
    if as_json:
        print_results(results, proof.secrets, verbose=verbose, as_json=True)
    if any(result.verdict.word != "pinned" for result in results):
        raise typer.Exit(1)


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
