"""The program that a harness is, and whether it can be started with these arguments exactly."""

import shutil
from collections.abc import Sequence
from pathlib import Path, PurePath

from confgen.errors import ConfgenError, UsageError
from confgen.harnesses import Harness
from confgen.machine import Machine

_BATCH = (".bat", ".cmd")
# Before a batch file gets its arguments, cmd reads them once more by rules of its own.
_READ_BY_CMD = frozenset('"%^&|<>()!\r\n')


def find_program(harness: Harness, machine: Machine) -> Path:
    """The executable on the PATH. Raises ConfgenError where there is none."""
    found = shutil.which(harness.COMMAND, path=machine.env.get("PATH", ""))
    if found is None:
        raise ConfgenError(
            f"{harness.TITLE} is not installed: there is no '{harness.COMMAND}' on the PATH",
            where=harness.NAME,
            hint=f"install it, or add the folder that holds '{harness.COMMAND}' to the PATH",
        )
    return Path(machine.path(found))


def check_exact(program: PurePath, arguments: Sequence[str]) -> None:
    """Raise UsageError for an argument that would not arrive as it was given."""
    if program.suffix.lower() not in _BATCH:
        return
    for argument in arguments:
        if _READ_BY_CMD & set(argument):
            raise UsageError(
                f"'{program.name}' is a batch file, and this argument would not reach it whole",
                where=argument,
                hint="leave out the characters that cmd reads as its own, or use a native build",
            )
