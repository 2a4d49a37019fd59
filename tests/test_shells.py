"""What each shell makes of a line that sets a variable: run for real where the shell is there."""

import subprocess
import sys
from pathlib import Path, PurePosixPath

import pytest
from conftest import shell_program

from confgen.errors import ConfgenError, UsageError
from confgen.harnesses.launching import FromVariable
from confgen.machine import Machine
from confgen.shells import SHELLS, FromFile, default_shell, shell_of

HOSTILE = {
    "plain": "one",
    "json": '{"a":"b c","d":[1,"$HOME"]}',
    "single quotes": "it's 'so'",
    "double quotes": 'say "hi" "',
    "backslashes": "a\\b \\' \\\\ \\",
    "dollars and backticks": "$HOME ${HOME} $(id) `id` !x !!",
    "operators": "a;b&c|d>e<f*?[g]{h,i}~#j%k^l(m)",
    "lines": "one\ntwo\n\tthree",
    "spaces": "  a  b  ",
    "other scripts": "Grüße, 日本",
    "typographic quotes": "\u2018a\u2019 \u201cb\u201d",
}
REAL = ("sh", "bash", "zsh", "fish")
PRINT = (sys.executable, "-c", "import os; print(ascii(os.environ.get('NAME')), end='')")


def printed(shell: str, line: str, env: dict[str, str]) -> str:
    """What a program that the shell starts after the line finds in NAME, as Python spells it."""
    program = shell_program(shell)
    command = f"{line}\n'{PRINT[0]}' -c \"{PRINT[2]}\"\n"
    ran = subprocess.run(
        (program, "-c", command),
        env={"PATH": "/usr/bin:/bin", "HOME": str(Path.cwd()), "LC_ALL": "C.UTF-8", **env},
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=True,
    )
    assert ran.stderr == ""
    return ran.stdout


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX shells")
@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
@pytest.mark.parametrize("shell", REAL)
def test_a_text_arrives_as_it_is(shell: str, text: str) -> None:
    line = SHELLS[shell].spell("NAME", text)
    assert printed(shell, line, {"NAME": "before"}) == ascii(text)


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX shells")
@pytest.mark.parametrize("shell", REAL)
def test_what_is_no_text(shell: str, tmp_path: Path) -> None:
    file = tmp_path / "it's a file"
    file.write_text("from a file\n")
    spell = SHELLS[shell].spell
    assert printed(shell, spell("NAME", None), {"NAME": "before"}) == "None"
    assert printed(shell, spell("NAME", None), {}) == "None"
    reference = spell("NAME", FromVariable("OTHER"))
    assert printed(shell, reference, {"OTHER": "a 'b' $c *"}) == ascii("a 'b' $c *")
    assert printed(shell, spell("NAME", FromFile(str(file))), {}) == ascii("from a file")


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX shells")
@pytest.mark.parametrize("shell", REAL)
def test_comment_and_failure(shell: str) -> None:
    program = shell_program(shell)
    spelt = SHELLS[shell]
    ran = subprocess.run(
        (program, "-c", f"{spelt.comment} it's no command; exit 7\n{spelt.failure}\n"),
        capture_output=True,
        check=False,
    )
    assert (ran.returncode, ran.stderr) == (1, b"")


@pytest.mark.parametrize(
    ("shell", "setting", "line"),
    [
        ("powershell", "it's", "$env:NAME = 'it''s'"),
        ("powershell", "\u2018a\u2019", "$env:NAME = '\u2018\u2018a\u2019\u2019'"),
        ("powershell", '{"a":"$b `c"}', '$env:NAME = \'{"a":"$b `c"}\''),
        ("powershell", FromVariable("OTHER"), "$env:NAME = $env:OTHER"),
        ("powershell", None, "Remove-Item Env:NAME -ErrorAction SilentlyContinue"),
        (
            "powershell",
            FromFile("C:\\it's"),
            "$env:NAME = (Get-Content -LiteralPath 'C:\\it''s' -TotalCount 1)",
        ),
        ("cmd", "a b", 'set "NAME=a b"'),
        ("cmd", "100% a&b", 'set "NAME=100%% a&b"'),
        ("cmd", '{"a&b":"c|d"}', 'set "NAME={"a^&b":"c^|d"}"'),
        ("cmd", 'a&"b&"c&', 'set "NAME=a&"b^&"c&"'),
        ("cmd", '"a^(b)<>"', 'set "NAME="a^^^(b^)^<^>""'),
        ("cmd", FromVariable("OTHER"), 'set "NAME=%OTHER%"'),
        ("cmd", None, 'set "NAME="'),
        ("cmd", FromFile("C:\\a%b"), 'set /p "NAME=" < "C:\\a%%b"'),
    ],
)
def test_shells_of_windows(shell: str, setting: str | None, line: str) -> None:
    assert SHELLS[shell].spell("NAME", setting) == line


@pytest.mark.parametrize("text", ["a\nb", "a\rb"])
def test_cmd_has_no_lines(text: str) -> None:
    with pytest.raises(ConfgenError, match="several lines"):
        SHELLS["cmd"].spell("NAME", text)


@pytest.mark.parametrize(
    ("platform", "shell", "name"),
    [
        ("linux", "/bin/bash", "bash"),
        ("linux", "/usr/bin/fish", "fish"),
        ("darwin", "/bin/zsh", "zsh"),
        ("linux", "/bin/dash", "sh"),
        ("linux", "", "sh"),
        ("win32", "/bin/bash", "powershell"),
    ],
)
def test_the_users_own_shell(platform: str, shell: str, name: str) -> None:
    home = PurePosixPath("/home/u")
    machine = Machine(platform, {"SHELL": shell}, home, home)  # type: ignore[arg-type]
    assert default_shell(machine) == name
    assert shell_of(machine, None) is SHELLS[name]


def test_an_unknown_shell() -> None:
    home = PurePosixPath("/home/u")
    with pytest.raises(UsageError, match="no shell 'tcsh'"):
        shell_of(Machine("linux", {}, home, home), "tcsh")
