"""What each shell says of the line that is being typed, and the words in which it is answered."""

from collections.abc import Mapping

import pytest
from conftest import Confgen

from confgen.cli.tab import Typed, typed


def bash(line: str, word: int) -> Mapping[str, str]:
    return {"COMP_WORDS": line, "COMP_CWORD": str(word)}


def other(line: str, **more: str) -> Mapping[str, str]:
    return {"_TYPER_COMPLETE_ARGS": line, **more}


def powershell(line: str, word: str) -> Mapping[str, str]:
    return other(line, _TYPER_COMPLETE_WORD_TO_COMPLETE=word)


SAID: Mapping[str, tuple[str, Mapping[str, str], Typed]] = {
    "a word": ("bash", bash("confgen\napp", 1), Typed((), "app")),
    "a new word": ("bash", bash("confgen\napply\n", 2), Typed(("apply",), "")),
    "the cursor in the middle": ("bash", bash("confgen\napp\ndroid", 1), Typed((), "app")),
    "an equals sign": (
        "bash",
        bash("confgen\napply\n--order\n=\nfire", 4),
        Typed(("apply",), "--order=fire", "--order="),
    ),
    "nothing after the equals sign": (
        "bash",
        bash("confgen\napply\n--order\n=", 3),
        Typed(("apply",), "--order=", "--order="),
    ),
    "a colon": (
        "bash",
        bash("confgen\nproviders\na/b\n:\nfr", 4),
        Typed(("providers",), "a/b:fr", "a/b:"),
    ),
    "a colon that is whole": (
        "bash",
        bash("confgen\nproviders\na/b:fr", 2),
        Typed(("providers",), "a/b:fr"),
    ),
    "both": (
        "bash",
        bash("confgen\napply\n--model\n=\na/b\n:\n", 6),
        Typed(("apply",), "--model=a/b:", "--model=a/b:"),
    ),
    "after both": (
        "bash",
        bash("confgen\napply\n--model\n=\na/b\n:\nfree\n", 7),
        Typed(("apply", "--model=a/b:free"), ""),
    ),
    "quotes": ("bash", bash("confgen\nshow\n'a b'\nd", 3), Typed(("show", "a b"), "d")),
    "an open quote": ("bash", bash("confgen\nshow\n'a b", 2), Typed(("show",), "a b")),
    "nothing at all": ("bash", {}, Typed()),
    "no number": ("bash", {"COMP_WORDS": "confgen", "COMP_CWORD": "x"}, Typed()),
    "zsh": ("zsh", other("confgen apply op"), Typed(("apply",), "op")),
    "zsh, a new word": ("zsh", other("confgen apply "), Typed(("apply",), "")),
    "zsh, an equals sign": (
        "zsh",
        other("confgen apply --order=f"),
        Typed(("apply",), "--order=f"),
    ),
    "zsh, nothing": ("zsh", {}, Typed()),
    "fish": ("fish", other("confgen diff droid o"), Typed(("diff", "droid"), "o")),
    "fish, an open quote": ("fish", other('confgen show "a b'), Typed(("show",), "a b")),
    "powershell": ("powershell", powershell("confgen apply op", "op"), Typed(("apply",), "op")),
    "powershell, a new word": ("pwsh", powershell("confgen apply ", ""), Typed(("apply",), "")),
}


@pytest.mark.parametrize(("shell", "env", "expected"), SAID.values(), ids=SAID)
def test_what_is_typed(shell: str, env: Mapping[str, str], expected: Typed) -> None:
    assert typed(shell, env) == expected


ANSWERS = {
    "bash": ("bash", bash("confgen\napply\n--order\n=\nfirew", 4), "fireworks\n"),
    "zsh": (
        "zsh",
        other("confgen apply --order=firew"),
        "local -a offered; offered=(--order=fireworks); _describe -V confgen offered\n",
    ),
    "zsh, with help": (
        "zsh",
        other("confgen apply --dry"),
        "local -a offered; offered=('--dry-run:Print the plan and write nothing.'); "
        "_describe -V confgen offered\n",
    ),
    "zsh, names of files": ("zsh", other("confgen apply --project x"), "_files\n"),
    "fish": (
        "fish",
        other("confgen apply --dry", _TYPER_COMPLETE_FISH_ACTION="get-args"),
        "--dry-run\tPrint the plan and write nothing.\n",
    ),
    "powershell": (
        "powershell",
        powershell("confgen apply --order firew", "firew"),
        "fireworks::: \n",
    ),
}


@pytest.mark.parametrize(("shell", "env", "expected"), ANSWERS.values(), ids=ANSWERS)
def test_what_is_answered(
    confgen: Confgen, shell: str, env: Mapping[str, str], expected: str
) -> None:
    ran = confgen(env={"_CONFGEN_COMPLETE": f"complete_{shell}", **env})
    assert (ran.code, ran.out, ran.err) == (0, expected, "")


@pytest.mark.parametrize(("line", "code"), [("confgen app", 0), ("confgen apply x", 1)])
def test_fish_asks_whether_there_is_anything(confgen: Confgen, line: str, code: int) -> None:
    asked = other(line, _TYPER_COMPLETE_FISH_ACTION="is-args")
    assert confgen(env={"_CONFGEN_COMPLETE": "complete_fish", **asked}).code == code


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish", "powershell", "pwsh"])
def test_the_script_asks_in_these_words(confgen: Confgen, shell: str) -> None:
    script = confgen(env={"_CONFGEN_COMPLETE": f"source_{shell}"}).out
    asks = "powershell" if shell == "pwsh" else shell
    assert "_CONFGEN_COMPLETE" in script
    assert f"complete_{asks}" in script
