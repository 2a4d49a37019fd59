"""The Tab key in the shells themselves: completion as it is installed, and lines typed by keys."""

import os
import shlex
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from terminal import Terminal

pytestmark = pytest.mark.skipif(os.name == "nt", reason="drives a POSIX terminal")

PROMPT = "ready> "
RC = {
    "bash": (".bashrc", f"PS1='{PROMPT}'\n"),
    "zsh": (".zshrc", f"PROMPT='{PROMPT}'\n"),
    "fish": (".config/fish/config.fish", f"function fish_prompt; echo -n '{PROMPT}'; end\n"),
}
# `confgen` itself where completion asks, and else a note of its arguments.
STAND_IN = """\
#!/bin/sh
if [ -n "$_CONFGEN_COMPLETE" ] || [ "$1" = --install-completion ]; then
  exec {python} -m confgen "$@"
fi
printf '%s\\n' "$*" >> {calls}
"""
LINES = {
    "apply openc": "apply opencode",  # also the first Tab of a session
    "sta": "status",
    "apply droid --dr": "apply droid --dry-run",
    "diff droid claude": "diff droid claude-code",
    "apply --profile mi": "apply --profile mine",
    "profile use fast": "profile use fastest",
    "apply --order fireworks,tog": "apply --order fireworks,together",
    "apply --order=firew": "apply --order=fireworks",
    "apply --model z-ai/": "apply --model z-ai/glm-5",
    "apply --small-model moonshotai/kimi-k2.5:": "apply --small-model moonshotai/kimi-k2.5:free",
    "providers z-ai/gl": "providers z-ai/glm-5",
    "shim --mode st": "shim --mode strict",
    "apply --route sh": "apply --route shim",
    "usage --by prov": "usage --by provider",
    "show droid --project conf": "show droid --project confgen-project",
}
"""What is typed before the Tab key, and what is run by the Enter key after it."""


@pytest.fixture
def calls(home: Path, programs: Path, work: Path) -> Path:
    """Where the stand-in notes what it was called with, in a home where some names are known."""
    calls = home.with_name("calls")
    calls.touch()
    stand_in = STAND_IN.format(python=shlex.quote(sys.executable), calls=shlex.quote(str(calls)))
    (programs / "confgen").write_text(stand_in)
    (programs / "confgen").chmod(0o755)
    settings = home / ".config" / "confgen" / "confgen.toml"
    settings.parent.mkdir(parents=True)
    settings.write_text('[profiles.mine]\nmodel = "a/b"\n')
    names = home / ".local" / "state" / "confgen" / "catalog" / "model-names"
    names.parent.mkdir(parents=True)
    names.write_text("moonshotai/kimi-k2.5\nmoonshotai/kimi-k2.5:free\nz-ai/glm-5\n")
    (work / "confgen-project").mkdir()
    return calls


def lines(calls: Path) -> Iterator[str]:
    """The calls that were made; zsh alone takes the slash of a folder back."""
    for line in calls.read_text().splitlines():
        yield line.rstrip("/")


@pytest.mark.parametrize("shell", RC)
def test_what_the_tab_key_types(home: Path, calls: Path, shell: str) -> None:
    program = shutil.which(shell)
    if program is None:
        missing = pytest.fail if os.environ.get("CONFGEN_REQUIRE_CLIENTS") else pytest.skip
        missing(f"{shell} is not installed")
    rc, prompt = RC[shell]
    (home / rc).parent.mkdir(parents=True, exist_ok=True)
    (home / rc).write_text(prompt)
    with Terminal.running(program, "-i", columns=120) as terminal:
        terminal.wait(PROMPT)
        terminal.type("confgen --install-completion\n")
        terminal.wait(f"{shell} completion installed in")
        terminal.wait(PROMPT)
    with Terminal.running(program, "-i", columns=120) as terminal:
        terminal.wait(PROMPT)
        for typed in LINES:
            terminal.type(f"confgen {typed}\t\n")
            terminal.wait(PROMPT)
        terminal.type("exit\n")
        assert terminal.end() == 0
    assert list(lines(calls)) == list(LINES.values())
