"""The command line as a reader of its help meets it."""

import re

import pytest
from conftest import Confgen

from confgen.cli import GROUPS

PROFILE = ("list", "show", "add", "use", "remove")
COMMANDS = [name for commands in GROUPS.values() for name in commands]


def test_the_help_lists_every_command_under_its_heading(confgen: Confgen) -> None:
    ran = confgen("--help")
    assert ran.code == 0
    for title, commands in GROUPS.items():
        section = ran.out.partition(f"\n{title}:\n")[2].partition("\n\n")[0]
        assert [line.split()[0] for line in section.splitlines()] == list(commands)


def test_no_line_of_the_help_is_cut_at_80_columns(confgen: Confgen) -> None:
    out = confgen("--help", env={"COLUMNS": "80"}).out
    for commands in GROUPS.values():
        for summary in commands.values():
            assert f"  {summary}\n" in out


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_an_example(confgen: Confgen, name: str) -> None:
    ran = confgen(name, "--help")
    assert ran.code == 0
    assert re.search(rf"Example: .*\bconfgen {name}\b", ran.out)


CALLS = [(), *((name,) for name in COMMANDS), *(("profile", name) for name in PROFILE)]


@pytest.mark.parametrize("columns", [60, 80])
@pytest.mark.parametrize("call", CALLS, ids=" ".join)
def test_no_line_is_cut_or_too_long(confgen: Confgen, call: tuple[str, ...], columns: int) -> None:
    out = confgen(*call, "--help", env={"COLUMNS": str(columns)}).out
    assert all(len(line) <= columns for line in out.splitlines())
    assert not [line for line in out.splitlines()[1:] if line.endswith("...")]
    example = out.partition("  Example: ")[2].partition("\n\n")[0].replace("\\\n      ", "")
    assert " ".join(("confgen", *call)) in example
    # It can be copied as it stands there, over two lines too.
    assert not [line for line in example.splitlines()[:-1] if not line.endswith("\\")]


@pytest.mark.parametrize("name", ["apply", "run", "verify", "diff", "show", "env", "shim"])
def test_the_routing_options_stand_apart(confgen: Confgen, name: str) -> None:
    out = confgen(name, "--help").out
    own, _, shared = out.partition("\nProfile and model:\n")
    model, _, providers = shared.partition("\nProviders:\n")
    assert "  -h, --help" in own
    assert "  --model SLUG" in model
    assert "  --order a,b" in providers
    assert "--order" not in own.partition("\nOptions:")[2]


@pytest.mark.parametrize(
    ("shell", "typed", "offered"),
    [
        ("bash", "confgen ap", {"apply"}),
        ("bash", "confgen apply --data", {"--data-collection"}),
        ("fish", "confgen sta", {"status"}),
        ("zsh", "confgen shim --grac", {"--grace"}),
    ],
    ids=["command", "option", "fish", "zsh"],
)
def test_completion_offers(confgen: Confgen, shell: str, typed: str, offered: set[str]) -> None:
    words = {
        "COMP_WORDS": typed,
        "COMP_CWORD": str(len(typed.split()) - 1),
        "_TYPER_COMPLETE_ARGS": typed,
        "_TYPER_COMPLETE_FISH_ACTION": "get-args",
    }
    out = confgen(env={"_CONFGEN_COMPLETE": f"complete_{shell}", **words}).out
    assert {word for word in offered if word in out} == offered
