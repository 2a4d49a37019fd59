"""The `confgen` command."""

import os
import sys


def main() -> None:
    """Run the command line and end the process with its exit code."""
    _open_missing_streams()
    try:
        code = _run(sys.argv[1:])
    except KeyboardInterrupt:
        code = 130
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except OSError:
        code = code or 1
    # Taking the interpreter down piece by piece is a tenth of a short command's time.
    os._exit(code)


def _open_missing_streams() -> None:
    """Where the caller closed a standard stream, let nothing come from it and all go nowhere."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode))  # noqa: PTH123, SIM115 - for good


def _run(arguments: list[str]) -> int:
    if arguments == ["--version"]:
        from confgen import __version__  # noqa: PLC0415 - answered before anything is imported

        sys.stdout.write(f"confgen {__version__}\n")
        return 0
    from confgen.cli import main as run  # noqa: PLC0415

    return run(arguments)


if __name__ == "__main__":
    main()
