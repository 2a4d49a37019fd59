"""The command line: parse, call, report, exit code. One file a command, and the only typer."""

import errno
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Annotated

import typer

from confgen.errors import ConfgenError, StoppedError, UsageError

# In the order of `--help`; each is a module of this package with a function of the same name.
COMMANDS = ("apply", "remove", "diff", "status", "show", "verify", "shim", "usage")


def _confgen(
    version: Annotated[bool, typer.Option("--version", help="Show the version and exit.")] = False,
) -> None:
    """Pin OpenRouter providers in your coding agents' own config files, losing nothing."""
    if version:
        from confgen import __version__  # noqa: PLC0415

        typer.echo(f"confgen {__version__}")
        raise typer.Exit


def _app(arguments: Sequence[str]) -> typer.Typer:
    """The application, with the one command that is called, or with all where it is not clear."""
    app = typer.Typer(
        name="confgen",
        epilog="Example: confgen apply opencode claude-code --order fireworks --no-fallbacks",
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback()(_confgen)
    called = arguments[0] if arguments else ""
    for name in [called] if called in COMMANDS else COMMANDS:
        app.command()(getattr(import_module(f"confgen.cli.{name}"), name))
    return app


def main(arguments: Sequence[str]) -> int:
    """Run one command; every failure becomes two lines on stderr and an exit code."""
    as_json = "--json" in arguments
    try:
        told = list(arguments) or ["--help"]
        return _app(told)(told, prog_name="confgen", standalone_mode=False) or 0
    except ConfgenError as error:
        return _fail(error, as_json=as_json)
    except (KeyboardInterrupt, typer.Abort):
        return _fail(StoppedError("stopped; nothing was written"), as_json=as_json)
    except BrokenPipeError:
        # Whoever read us has gone: nothing is left to say, not even by the interpreter's end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except OSError as error:
        return _fail(_disk_error(error), as_json=as_json)
    except Exception as error:
        # Typer keeps click, or its own copy of it, to itself: this is how a usage error looks.
        if not hasattr(error, "format_message"):
            raise
        return _fail(_usage_error(error), as_json=as_json)


def _usage_error(error: Exception) -> UsageError:
    context = getattr(error, "ctx", None)
    path = getattr(context, "command_path", "") or "confgen"
    message = str(error.format_message()).rstrip(".")  # type: ignore[attr-defined]
    return UsageError(message[:1].lower() + message[1:], hint=f"see '{path} --help'")


def _disk_error(error: OSError) -> ConfgenError:
    """What no part of confgen has a better word for, such as a home that may not be entered."""
    full = error.errno == errno.ENOSPC
    permission = "give yourself permission there, or point HOME at another folder"
    return ConfgenError(
        error.strerror or str(error),
        where=None if error.filename is None else str(error.filename),
        hint="free some space and run the command again" if full else permission,
    )


def _fail(error: ConfgenError, *, as_json: bool) -> int:
    from confgen.report.errors import print_error  # noqa: PLC0415

    print_error(error, as_json=as_json)
    return error.exit_code
