"""`confgen env`: lines that pin, or lines that fail; never a secret."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import Confgen, listing, shell_program

from confgen.shells import SHELLS as SPELT

KEY = "sk-or-v1-canary-of-env"
SHELLS = ("sh", "bash", "zsh", "fish", "powershell", "cmd")


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX shells")
@pytest.mark.parametrize("shell", ["sh", "bash", "zsh", "fish"])
@pytest.mark.parametrize(
    ("name", "variable"),
    [("opencode", "OPENCODE_CONFIG_CONTENT"), ("claude-code", "CLAUDE_CODE_EXTRA_BODY")],
)
def test_a_shell_that_evaluates_it_is_pinned(
    name: str, variable: str, shell: str, confgen: Confgen, home: Path
) -> None:
    program = shell_program(shell)
    ran = confgen("env", name, "--shell", shell, "--only", "it's", env={"OPENROUTER_API_KEY": KEY})
    assert ran.code == 0
    assert listing(home) == {}
    assert KEY not in ran.out + ran.err
    printed = subprocess.run(
        (program, "-c", f"{ran.out}\nprintenv {variable}; printenv ANTHROPIC_AUTH_TOKEN; true"),
        env={"PATH": "/usr/bin:/bin", "OPENROUTER_API_KEY": KEY, "HOME": str(home)},
        capture_output=True,
        text=True,
        check=True,
    )  # fmt: skip
    assert printed.stderr == ""
    content, *token = printed.stdout.splitlines()
    assert '"only":["it\'s"]' in json.dumps(json.loads(content), separators=(",", ":"))
    assert token == ([KEY] if name == "claude-code" else [])


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize("name", ["droid", "openhands"])
def test_a_harness_that_no_environment_pins(name: str, shell: str, confgen: Confgen) -> None:
    ran = confgen("env", name, "--shell", shell)
    assert ran.code == 1
    assert "an environment cannot pin" in ran.err
    comment, failure = ran.out.splitlines()
    assert comment.startswith(("# confgen: nothing is pinned", "rem confgen: nothing is pinned"))
    assert failure in ("false", "throw 'confgen: nothing is pinned'", "exit /b 1")


def test_the_shim_is_referred_to(confgen: Confgen, home: Path) -> None:
    ran = confgen("env", "opencode", "--route", "shim", "--shell", "sh")
    token = home / ".local" / "state" / "confgen" / "shim-token"
    assert ran.code == 0
    assert token.read_text().strip() not in ran.out + ran.err
    lines = [line for line in ran.out.splitlines() if not line.startswith("#")]
    assert lines[0] == f"export CONFGEN_RUN_TOKEN=\"$(cat '{token}')\""
    assert "{env:CONFGEN_RUN_TOKEN}" in lines[1]
    assert "http://127.0.0.1:8787/p/kimi-k2.5/v1" in lines[1]
    assert "the shim must run" in ran.err


def test_a_secret_that_stands_in_the_variable_is_not_printed(confgen: Confgen) -> None:
    own = json.dumps({"provider": {"x": {"options": {"apiKey": KEY}}}})
    ran = confgen("env", "opencode", env={"OPENCODE_CONFIG_CONTENT": own})
    assert ran.code == 1
    assert KEY not in ran.out + ran.err
    assert "$OPENCODE_CONFIG_CONTENT" in ran.err


def test_a_key_that_is_missing_is_told(confgen: Confgen) -> None:
    assert "OPENROUTER_API_KEY is not set" in confgen("env", "claude-code").err
    assert "not set" not in confgen("env", "claude-code", env={"OPENROUTER_API_KEY": KEY}).err


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize(
    ("arguments", "env", "code"),
    [
        (["opencode", "--profile", "none"], {}, 5),
        (["opencode", "--sort", "nonsense"], {}, 2),
        (["opencode", "--nonsense"], {}, 2),
        (["opencod"], {}, 2),
        ([], {}, 2),
        (["opencode"], {"CONFGEN_CONFIG": os.devnull + "/x", "HOME": "", "USERPROFILE": ""}, 1),
    ],
    ids=["profile", "value", "option", "harness", "nothing", "no home"],
)
def test_whatever_is_wrong_fails_in_the_shell_too(
    arguments: list[str], env: dict[str, str], code: int, shell: str, confgen: Confgen
) -> None:
    """Else `eval "$(confgen env opencode)" && opencode` would start it unpinned."""
    for named in (["--shell", shell], [f"--shell={shell}"]):
        ran = confgen("env", *named, *arguments, env=env)
        comment, failure = ran.out.splitlines()
        assert ran.code == code
        assert "confgen: nothing is pinned: " in comment
        assert failure == SPELT[shell].failure


def test_an_unknown_shell(confgen: Confgen) -> None:
    ran = confgen("env", "opencode", "--shell", "tcsh")
    assert (ran.code, ran.out.splitlines()[1:]) == (2, ["false"])
