"""The line that says what takes so long: on a terminal alone, and gone at the end."""

import os
import shutil
import sys
from collections.abc import Mapping, Sequence
from threading import Event

import pytest
from standin import KEY, KIMI, Reply, Standin
from terminal import CTRL_C, Terminal

pytestmark = pytest.mark.skipif(os.name == "nt", reason="drives a POSIX terminal")

# It waits until it is told to go on; the line can be waited for as long as that takes.
WAITING = """
from confgen.report.progress import progress
with progress("thinking of {doing}"):
    input()
print("done")
"""


def waiting(doing: str = "it") -> tuple[str, ...]:
    return (sys.executable, "-c", WAITING.format(doing=doing))


SIGNS: Mapping[str, tuple[Mapping[str, str], str]] = {
    "utf-8": ({"PYTHONIOENCODING": "utf-8"}, "⠋ thinking of it ..."),
    "ascii": ({"PYTHONIOENCODING": "ascii"}, "| thinking of it ..."),
}


@pytest.mark.parametrize(("env", "line"), SIGNS.values(), ids=SIGNS)
def test_a_line_while_it_takes(env: Mapping[str, str], line: str) -> None:
    with Terminal.running(*waiting(), env=env) as terminal:
        terminal.wait(line)
        terminal.type("\n")
        assert terminal.end() == 0
    *_, blanks, last = terminal.raw.replace("\r\n", "\n").split("\r")
    assert blanks == " " * len(line)
    assert last == "done\n"


def test_a_line_is_never_longer_than_the_terminal_is_wide() -> None:
    with Terminal.running(*waiting("x" * 100), columns=40) as terminal:
        terminal.wait("thinking")
        terminal.type("\n")
        assert terminal.end() == 0
    drawn = terminal.raw.replace("\r\n", "\n").split("\r")
    assert max(len(line.rstrip("\n")) for line in drawn) == 39


@pytest.mark.parametrize("program", [["sh", "-c", 'exec "$@" 2>/dev/null', "sh"], []])
def test_nothing_where_it_could_not_be_taken_back(program: Sequence[str]) -> None:
    """Where stderr is no terminal, or one that cannot go back in a line."""
    found = shutil.which(program[0]) if program else None
    call = (*([found, *program[1:]] if found else []), *waiting())
    with Terminal.running(*call, env={} if program else {"TERM": "dumb"}) as terminal:
        terminal.type("\n")
        assert terminal.end() == 0
    assert terminal.text.split() == ["done"]


def test_a_failure_takes_the_line_away() -> None:
    with Terminal.running(*waiting()) as terminal:
        terminal.wait("thinking of it")
        terminal.type(CTRL_C)
        assert terminal.end() != 0
    assert "\r                    \r" in terminal.raw


ASKING = {
    "models": (("models",), "/v1/models", "asking OpenRouter for its models"),
    "providers": (
        ("providers", KIMI),
        f"/v1/models/{KIMI}/endpoints",
        f"asking OpenRouter who serves {KIMI}",
    ),
    "doctor": (("doctor",), "/v1/models", "looking at this machine, and asking OpenRouter"),
}


@pytest.mark.parametrize(("call", "path", "line"), ASKING.values(), ids=ASKING)
def test_whoever_waits_for_openrouter_is_told(
    openrouter: Standin, call: tuple[str, ...], path: str, line: str
) -> None:
    may_answer = Event()
    answer = openrouter.replies[path]
    assert isinstance(answer, Reply)

    def late() -> Reply:
        assert may_answer.wait(60)
        return answer

    openrouter.replies[path] = late
    env = {"OPENROUTER_API_KEY": KEY}
    with Terminal.start(*call, "--upstream", openrouter.root, env=env) as terminal:
        terminal.wait(f" {line} ...")
        may_answer.set()
        terminal.end()
    # Nothing of it is left on the screen, before what was asked for.
    assert line not in terminal.text.rpartition("\r")[2]
