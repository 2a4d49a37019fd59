"""The Tab key: what is offered, in bash itself, and that a broken home does not matter to it."""

import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import Confgen, listing

BASH = shutil.which("bash")
HARNESSES = ["opencode", "claude-code", "droid", "openhands"]
PRESETS = ["kimi-k2.5", "us-no-retention", "cheapest", "fastest"]
OFFERED = {
    "a command": ("ap", ["apply"]),
    "a harness": ("apply ", HARNESSES),
    "another harness": ("diff droid o", ["opencode", "openhands"]),
    "the one of show": ("show d", ["droid"]),
    "an option": ("remove --al", ["--all"]),
    "the value of an option": ("apply --profile ch", ["cheapest"]),
    "a profile": ("profile use ", ["mine", *PRESETS]),
    "a harness of its own": ("profile use mine cl", ["claude-code"]),
    "a source": ("profile add x --from m", ["mine"]),
    "a command of a group": ("profile r", ["remove"]),
    "a harness that is not there yet": ("apply droid ", ["opencode", "claude-code", "openhands"]),
    "a model": ("apply --model z", ["z-ai/glm-5", "z-ai/glm-5:free"]),
    "a small model": ("diff --small-model a", ["a/b"]),
    "the model of a command": ("providers a/", ["a/b"]),
    "a provider": ("apply --only firew", ["fireworks"]),
    "another provider": ("apply --ignore deepseek,xia", ["deepseek,xiaomi"]),
    "no provider twice": ("apply --order xiaomi,xia", []),
    "a route": ("diff --route ", ["auto", "native", "shim"]),
    "a scope": ("remove --scope p", ["project"]),
    "what is kept": ("show --data-collection ", ["allow", "deny"]),
    "an order": ("apply --sort ", ["price", "throughput", "latency", "exacto"]),
    "a precision": ("apply --quantizations fp8,bf", ["fp8,bf16"]),
    "a mode": ("shim --mode ", ["enforce", "fill", "strict"]),
    "a level": ("shim --log-level w", ["warning"]),
    "a harness to run": ("run op", ["opencode", "openhands"]),
    "a harness to verify": ("verify dr", ["droid"]),
    "a shell": ("env droid --shell f", ["fish"]),
    "no token": ("shim --token ", ["none"]),
    "an action": ("shim s", ["serve", "status", "stop"]),
    "a column": ("usage --by ", ["model", "provider", "harness", "day", "profile"]),
    "nothing": ("apply x", []),
}


@pytest.fixture
def user_file(home: Path) -> Path:
    path = home / ".config" / "confgen" / "confgen.toml"
    path.parent.mkdir(parents=True)
    path.write_text('[profiles.mine]\nmodel = "a/b"\n')
    names = home / ".local" / "state" / "confgen" / "catalog" / "model-names"
    names.parent.mkdir(parents=True)
    names.write_text("a/b\nz-ai/glm-5\nz-ai/glm-5:free\n")
    return path


def bash(line: str) -> dict[str, str]:
    """What bash's completion script sets."""
    words = f"confgen {line}"
    return {
        "_CONFGEN_COMPLETE": "complete_bash",
        "COMP_WORDS": words,
        "COMP_CWORD": str(len(words.split()) - (words[-1] != " ")),
    }


@pytest.mark.parametrize(("line", "expected"), OFFERED.values(), ids=OFFERED)
def test_what_is_offered(confgen: Confgen, user_file: Path, line: str, expected: list[str]) -> None:
    assert user_file.exists()
    ran = confgen(env=bash(line))
    assert (ran.out.split(), ran.err) == (expected, "")


def test_other_shells(confgen: Confgen) -> None:
    words = {"_TYPER_COMPLETE_ARGS": "confgen apply ", "_TYPER_COMPLETE_FISH_ACTION": "get-args"}
    for shell in ("zsh", "fish"):
        ran = confgen(env={"_CONFGEN_COMPLETE": f"complete_{shell}", **words})
        assert all(name in ran.out for name in HARNESSES)
        assert ran.err == ""


@pytest.mark.parametrize("text", ["a = 1\nb 2\n", "[profiles.x]\nmodle = 1\n"])
def test_broken_settings_leave_the_presets(confgen: Confgen, user_file: Path, text: str) -> None:
    user_file.write_text(text)
    ran = confgen(env=bash("profile show "))
    assert (ran.out.split(), ran.err) == (PRESETS, "")


@pytest.mark.parametrize("line", ["apply --model ", "apply --order ", "profile use "])
def test_no_home_is_no_matter(confgen: Confgen, line: str) -> None:
    ran = confgen(env={**bash(line), "HOME": None, "USERPROFILE": None})
    assert (ran.code, ran.err) == (0, "")


def test_nothing_is_written(confgen: Confgen, home: Path) -> None:
    assert confgen(env=bash("profile use ")).code == 0
    assert listing(home) == {}


@pytest.mark.skipif(BASH is None, reason="no bash")
def test_in_bash(confgen: Confgen, programs: Path) -> None:
    """The script that --install-completion installs, sourced, and its function called by Tab."""
    script = confgen(env={"_CONFGEN_COMPLETE": "source_bash"}).out
    command = programs / "confgen"
    command.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m confgen "$@"\n')
    command.chmod(0o755)
    lines = [
        script,
        "COMP_WORDS=(confgen apply op) COMP_CWORD=2",
        "$(complete -p confgen | sed 's/.*-F \\([^ ]*\\).*/\\1/') confgen op apply",
        'printf "%s\\n" "${COMPREPLY[@]}"',
    ]
    ran = subprocess.run(
        [str(BASH), "--norc", "-c", "\n".join(lines)],
        capture_output=True,
        text=True,
        env=dict(os.environ),
        check=False,
    )
    assert (ran.stdout.split(), ran.stderr) == (["opencode", "openhands"], "")
