"""`confgen env`: the lines of a shell that pin a harness, where an environment can."""

import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated

import typer

from confgen.cli.call import Call
from confgen.cli.options import routed
from confgen.errors import ConfgenError
from confgen.harnesses import Harness, find_harness
from confgen.harnesses.launching import TOKEN, Launch
from confgen.harnesses.packages import launch_of
from confgen.machine import this_machine
from confgen.reading import read_harness
from confgen.redact import known_secrets, redact_source
from confgen.report.terminal import note, printable, write
from confgen.settings import Overrides
from confgen.shells import SHELLS, FromFile, Setting, Shell, shell_of
from confgen.target import LocalShim


@routed
def env(
    name: Annotated[str, typer.Argument(metavar="HARNESS", help="Which harness.")],
    shell: Annotated[
        str | None,
        typer.Option("--shell", metavar="|".join(SHELLS), help="Whose lines (default: yours)."),
    ] = None,
    *,
    overrides: Overrides,
) -> None:
    """Print the lines that pin a harness in a shell. The key is in none of them, only its name.

    Example: eval "$(confgen env opencode --only fireworks)"
    """
    call = Call.read(overrides)
    harness = find_harness(name)
    spelt = shell_of(call.machine, shell)
    shim = call.meet_shim([harness], make_token=True)
    launch = _launch(call, harness, shim)
    lines = [spelt.spell(*pair) for pair in _settings(call, launch, shim).items()]
    for sentence in _told(call, harness, launch, shim):
        if not sys.stdout.isatty():
            # Whoever has a shell read the lines does not see their comments.
            note("note", sentence)
        write(f"{spelt.comment} {printable(sentence)}\n")
    write("".join(f"{line}\n" for line in lines))


def fail_closed(arguments: Sequence[str], error: ConfgenError) -> None:
    """Print lines that fail in the shell: whoever evaluates them does not see our exit code.

    `arguments` are the call's own, which may be wrong in any way.
    """
    spelt = _shell_told(arguments)
    write(f"{spelt.comment} {printable(f'confgen: nothing is pinned: {error.message}')}\n")
    write(f"{spelt.failure}\n")


def _shell_told(arguments: Sequence[str]) -> Shell:
    """The shell that `arguments` name; where they name none that there is, one that reads sh."""
    following = zip(arguments, (*arguments[1:], ""), strict=True)
    named = [after for word, after in following if word == "--shell"]
    named += [word.partition("=")[2] for word in arguments if word.startswith("--shell=")]
    for name in named:
        return SHELLS.get(name, SHELLS["sh"])
    try:
        return shell_of(this_machine(), None)
    except ConfgenError:
        return SHELLS["sh"]


def _launch(call: Call, harness: Harness, shim: LocalShim | None) -> Launch:
    reading = read_harness(harness, call.settings, call.machine, call.project, shim)
    launch = launch_of(harness).shell(reading, TOKEN if shim else reading.profile.api_key_env)
    secrets = known_secrets(call.machine.env)
    for variable, value in launch.environment.items():
        if isinstance(value, str) and redact_source(value, secrets) != value:
            raise ConfgenError(
                f"{variable} holds a secret already, which would be printed",
                where=f"${variable}",
                hint="unset it first, or use 'confgen run', which prints nothing",
            )
    return launch


def _settings(call: Call, launch: Launch, shim: LocalShim | None) -> Mapping[str, Setting]:
    if shim is None:
        return launch.environment
    from confgen.shim.token import FILE  # noqa: PLC0415 - for this route alone

    return {TOKEN: FromFile(str(call.state_folder / FILE)), **launch.environment}


def _told(call: Call, harness: Harness, launch: Launch, shim: LocalShim | None) -> Iterator[str]:
    yield from launch.price
    if shim:
        yield shim.note()
    else:
        key = call.settings.profile_for(harness.NAME).api_key_env
        if not call.machine.env.get(key):
            yield f"{key} is not set: export it before {harness.TITLE} starts"
