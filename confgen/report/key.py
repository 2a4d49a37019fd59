"""How the user gives confgen's harnesses the API key: by the environment, never by us."""

from collections.abc import Iterable
from pathlib import PurePosixPath

from confgen.machine import Machine

_LINES = {
    "fish": "set -gx {} <your key>",
    "csh": "setenv {} <your key>",
    "tcsh": "setenv {} <your key>",
    "pwsh": '$env:{} = "<your key>"',
    "cmd": "set {}=<your key>",
}


def missing_keys(names: Iterable[str], machine: Machine) -> tuple[str, ...]:
    """The lines that set what is not set, as the user's own shell takes them."""
    line = _LINES.get(_shell(machine), "export {}=<your key>")
    return tuple(line.format(name) for name in names if not machine.env.get(name))


def _shell(machine: Machine) -> str:
    if machine.platform == "win32":
        # cmd.exe gives its children a PROMPT, PowerShell does not.
        return "cmd" if "PROMPT" in machine.env else "pwsh"
    return PurePosixPath(machine.env.get("SHELL", "")).name
