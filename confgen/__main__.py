"""The `confgen` command."""

import sys


def main() -> int:
    """Run the command line; answer `--version` before anything is imported."""
    if sys.argv[1:] == ["--version"]:
        from confgen import __version__  # noqa: PLC0415 - the quick way

        sys.stdout.write(f"confgen {__version__}\n")
        return 0
    from confgen.cli import main as run  # noqa: PLC0415

    return run(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
