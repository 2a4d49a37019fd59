"""The command line: parse, call, report, exit code. One file a command, and the only typer."""

import errno
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup
from typer.models import CommandInfo

from confgen.cli.help import Command, split_example, write_example
from confgen.errors import ConfgenError, StoppedError, UsageError

GROUPS: Mapping[str, Mapping[str, str]] = {
    "Pin": {
        "init": "The first five minutes: choose, write, apply.",
        "apply": "Write the pin into each harness's own config file.",
        "remove": "Take it out again, to the byte.",
        "run": "Start a harness pinned, and write none of its files.",
        "env": "The same as lines for your shell.",
    },
    "Look": {
        "status": "What is installed, applied and drifted.",
        "diff": "What apply would change, and why.",
        "show": "The rendered settings alone, for a pipe.",
    },
    "Prove": {
        "doctor": "Find what would lose the pin on this machine.",
        "verify": "Run the harness, and see every request carry the pin.",
    },
    "Choose": {
        "profile": "Your profiles in confgen.toml: list, show, add, use, remove.",
        "models": "OpenRouter's models and their prices.",
        "providers": "Who serves a model, for how much, and whom the pin allows.",
    },
    "Shim": {
        "shim": "Serve a small proxy that pins every request.",
        "usage": "What went through it: tokens, cost, who served.",
    },
}
"""The commands in the order of `--help`; each is a module here.

A module has a function, or a group of commands, of the same name.
"""

COMMANDS = {name: summary for group in GROUPS.values() for name, summary in group.items()}


class _Commands(TyperGroup):
    """The commands under the headings of GROUPS. Their modules are not loaded to list them."""

    def format_help_text(self, ctx: Any, formatter: Any) -> None:
        self.help, self.epilog = split_example(self.help)
        super().format_help_text(ctx, formatter)

    def format_commands(self, _context: Any, formatter: Any) -> None:
        for title, commands in GROUPS.items():
            with formatter.section(title):
                formatter.write_dl(list(commands.items()))

    def format_epilog(self, _context: Any, formatter: Any) -> None:
        formatter.write_paragraph()
        write_example(formatter, self.epilog or "")


def _confgen(
    version: Annotated[bool, typer.Option("--version", help="Show the version and exit.")] = False,
) -> None:
    """Pin OpenRouter providers in your coding agents' own config files, losing nothing.

    Example: confgen apply opencode claude-code --order fireworks --no-fallbacks
    """
    if version:
        from confgen import __version__  # noqa: PLC0415

        typer.echo(f"confgen {__version__}")
        raise typer.Exit


def _app(arguments: Sequence[str]) -> typer.Typer:
    """The application with the command that is called; the others are known by name alone."""
    app = typer.Typer(
        name="confgen",
        cls=_Commands,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback()(_confgen)
    called = next((word for word in arguments[:1] if word in COMMANDS), None)
    for name, summary in COMMANDS.items():
        command = getattr(import_module(f"confgen.cli.{name}"), name) if name == called else _named
        if isinstance(command, typer.Typer):
            for each in command.registered_commands:
                each.cls = Command
            app.add_typer(command, name=name, short_help=summary)
        else:
            app.command(name, short_help=summary, cls=Command)(command)
    return app


def _commands(app: typer.Typer) -> Iterator[CommandInfo]:
    yield from app.registered_commands
    for group in app.registered_groups:
        if group.typer_instance:
            yield from group.typer_instance.registered_commands


def _named() -> None:
    """Stand for a command that is not the one that is called."""


def main(arguments: Sequence[str]) -> int:
    """Run one command; every failure becomes two lines on stderr and an exit code."""
    arguments, theirs = _split(arguments)
    try:
        asking, _, shell = os.environ.get("_CONFGEN_COMPLETE", "").partition("_")
        if asking == "complete":
            return _complete(shell)
        told = list(arguments) or ["--help"]
        return _app(told)(told, prog_name="confgen", standalone_mode=False, obj=theirs) or 0
    except ConfgenError as error:
        return _fail(error, arguments)
    except SystemExit:
        if "--install-completion" in arguments:
            _finish_completion()
        raise
    except (KeyboardInterrupt, typer.Abort):
        return _fail(StoppedError("stopped; nothing was written"), arguments)
    except BrokenPipeError:
        # Whoever read us has gone: nothing is left to say, not even by the interpreter's end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except OSError as error:
        return _fail(_disk_error(error), arguments)
    except Exception as error:
        # Typer keeps click, or its own copy of it, to itself: this is how a usage error looks.
        if not hasattr(error, "format_message"):
            raise
        return _fail(_usage_error(error), arguments)


def _complete(shell: str) -> int:
    """Print what may come next on a command line that is being typed."""
    # For the Tab key alone.
    from confgen.cli import tab  # noqa: PLC0415
    from confgen.cli.complete import complete_the_rest  # noqa: PLC0415

    typed = tab.typed(shell, os.environ)
    app = _app(typed.words)
    for command in _commands(app):
        if command.callback and command.callback is not _named:
            complete_the_rest(command.callback)
    return tab.complete(lambda: app((), prog_name="confgen", standalone_mode=False), shell, typed)


def _finish_completion() -> None:
    from confgen.cli import tab  # noqa: PLC0415 - for the Tab key alone

    tab.finish_zsh(Path.home())


def _split(arguments: Sequence[str]) -> tuple[Sequence[str], tuple[str, ...]]:
    """What confgen is told, and what a harness that it runs is: all that stands after `--`."""
    if not arguments or arguments[0] != "run" or "--" not in arguments:
        return arguments, ()
    at = list(arguments).index("--")
    return arguments[:at], tuple(arguments[at + 1 :])


def _usage_error(error: Exception) -> UsageError:
    context = getattr(error, "ctx", None)
    path = getattr(context, "command_path", "") or "confgen"
    message = str(error.format_message()).rstrip(".")  # type: ignore[attr-defined]
    hint = f"see '{path} --help'"
    if path == "confgen run":
        hint = "the harness's own arguments come after --: confgen run HARNESS -- ARGS"
    return UsageError(message[:1].lower() + message[1:], hint=hint)


def _disk_error(error: OSError) -> ConfgenError:
    """What no part of confgen has a better word for, such as a home that may not be entered."""
    full = error.errno == errno.ENOSPC
    permission = "give yourself permission there, or point HOME at another folder"
    return ConfgenError(
        error.strerror or str(error),
        where=None if error.filename is None else str(error.filename),
        hint="free some space and run the command again" if full else permission,
    )


def _fail(error: ConfgenError, arguments: Sequence[str]) -> int:
    from confgen.report.errors import print_error  # noqa: PLC0415

    if next(iter(arguments), "") == "env":
        from confgen.cli.env import fail_closed  # noqa: PLC0415

        fail_closed(arguments[1:], error)
    print_error(error, as_json="--json" in arguments)
    return error.exit_code
