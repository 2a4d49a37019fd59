"""Variables as the lines of a shell that set them: six ways to quote, each with its own traps."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import PurePath
from typing import NamedTuple

from confgen.errors import ConfgenError, UsageError
from confgen.harnesses.launching import FromVariable, Value
from confgen.machine import Machine
from confgen.settings.suggest import did_you_mean


class FromFile(NamedTuple):
    """The first line of a file that its user alone may read, such as the shim's token."""

    path: str


Setting = Value | FromFile


class Shell(NamedTuple):
    """How one shell spells a comment, a variable that is set or taken out, and a failure.

    For cmd these are the lines of a batch file, in which a % stands for itself only if doubled.
    """

    comment: str
    spell: Callable[[str, Setting], str]
    failure: str


def shell_of(machine: Machine, named: str | None) -> Shell:
    """The shell that is named, or the user's own. Raises UsageError for one that is unknown."""
    name = named or default_shell(machine)
    if name not in SHELLS:
        raise UsageError(f"no shell '{name}'", where="--shell", hint=did_you_mean(name, SHELLS))
    return SHELLS[name]


def default_shell(machine: Machine) -> str:
    """Of $SHELL, where confgen knows it; any other is taken to read what sh does."""
    if machine.platform == "win32":
        return "powershell"
    name = PurePath(machine.env.get("SHELL", "")).name
    return name if name in SHELLS else "sh"


def _posix(name: str, setting: Setting) -> str:
    match setting:
        case None:
            return f"unset {name}"
        case FromVariable(name=other):
            return f'export {name}="${other}"'
        case FromFile(path=path):
            return f'export {name}="$(cat {_single(path)})"'
        case text:
            return f"export {name}={_single(text)}"


def _single(text: str) -> str:
    """Nothing means anything between single quotes but their end."""
    return "'" + text.replace("'", "'\\''") + "'"


def _fish(name: str, setting: Setting) -> str:
    match setting:
        case None:
            return f"set -e {name}"
        case FromVariable(name=other):
            return f'set -gx {name} "${other}"'
        case FromFile(path=path):
            return f"set -gx {name} (cat {_fish_quoted(path)})"
        case text:
            return f"set -gx {name} {_fish_quoted(text)}"


def _fish_quoted(text: str) -> str:
    """Between its single quotes a backslash quotes a quote, and itself."""
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def _powershell(name: str, setting: Setting) -> str:
    match setting:
        case None:
            return f"Remove-Item Env:{name} -ErrorAction SilentlyContinue"
        case FromVariable(name=other):
            return f"$env:{name} = $env:{other}"
        case FromFile(path=path):
            return f"$env:{name} = (Get-Content -LiteralPath {_doubled(path)} -TotalCount 1)"
        case text:
            return f"$env:{name} = {_doubled(text)}"


# It takes a typographic quote for a quote, and two of any kind for one.
_QUOTES = "'\u2018\u2019\u201a\u201b"


def _doubled(text: str) -> str:
    return "'" + "".join(c * 2 if c in _QUOTES else c for c in text) + "'"


def _cmd(name: str, setting: Setting) -> str:
    match setting:
        case None:
            return f'set "{name}="'
        case FromVariable(name=other):
            return f'set "{name}=%{other}%"'
        case FromFile(path=path):
            return f'set /p "{name}=" < "{path.replace("%", "%%")}"'
        case text:
            return f'set "{name}={"".join(_cmd_text(text))}"'


_CMDS_OWN = "&|<>^()"


def _cmd_text(text: str) -> Iterator[str]:
    """A text within the quotes of a batch file's line, where each quote in it ends the quoting.

    Raises ConfgenError for what no such line can hold.
    """
    if set(text) & set("\r\n"):
        raise ConfgenError(
            "cmd cannot set a variable to several lines",
            where="--shell cmd",
            hint="use --shell powershell, or 'confgen run'",
        )
    quoted = True
    for c in text:
        quoted ^= c == '"'
        yield "%%" if c == "%" else f"^{c}" if c in _CMDS_OWN and not quoted else c


SHELLS: Mapping[str, Shell] = {
    "sh": Shell("#", _posix, "false"),
    "bash": Shell("#", _posix, "false"),
    "zsh": Shell("#", _posix, "false"),
    "fish": Shell("#", _fish, "false"),
    "powershell": Shell("#", _powershell, "throw 'confgen: nothing is pinned'"),
    "cmd": Shell("rem", _cmd, "exit /b 1"),
}
