"""The program that a harness is, and whether it can be started with these arguments exactly."""

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePath

from confgen.errors import ConfgenError, UsageError
from confgen.harnesses import Harness
from confgen.machine import Machine

_DEPTH = "CONFGEN_RUN_DEPTH"
# A harness may well run another one, which may do so itself.
_DEEPEST = 8
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


def deeper(env: Mapping[str, str]) -> dict[str, str]:
    """The variable that counts how many runs are within one another, one higher.

    Raises ConfgenError where there are too many: each program that they find starts confgen again.
    """
    told = env.get(_DEPTH, "")
    depth = int(told) if told.isascii() and told.isdecimal() else 0
    if depth >= _DEEPEST:
        raise ConfgenError(
            "what 'confgen run' starts runs confgen in turn, and so on without end",
            where="$PATH",
            hint="have that script call the harness by its full path, or take it off the PATH",
        )
    return {_DEPTH: str(depth + 1)}


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
