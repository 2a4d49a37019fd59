"""`confgen init` on a real terminal: from an empty home to pinned harnesses, or to nothing."""

import json
import os
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
from conftest import listing
from terminal import CTRL_C, Terminal

pytestmark = pytest.mark.skipif(os.name == "nt", reason="drives a POSIX terminal")

CLIENTS = ("opencode", "claude", "droid", "openhands")
NAMES = ("opencode", "claude-code", "droid", "openhands")
QUESTIONS = (
    "Harnesses",
    "Profile",
    "Model",
    "Providers",
    "Route",
    "Write this?",
    "Apply it, too?",
)  # in the order in which they come
VERIFY = "And verify it?"  # where something is applied
ALL = (*QUESTIONS, VERIFY)
COLUMNS = 60


@pytest.fixture(autouse=True)
def clients(programs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Stubs of all four clients, and no other program."""
    monkeypatch.setenv("PATH", str(programs))
    monkeypatch.setenv("SHELL", "/bin/bash")
    for name in CLIENTS:
        (programs / name).write_text("#!/bin/sh\necho 1.2.3\n")
        (programs / name).chmod(0o755)


def settings(home: Path) -> dict[str, Any]:
    return tomllib.loads((home / ".config" / "confgen" / "confgen.toml").read_text())


def test_from_an_empty_home_to_applied_files(home: Path) -> None:
    with Terminal.start("init") as terminal:
        for question in QUESTIONS:
            terminal.answer(question)
        terminal.answer(VERIFY, "n")
        assert terminal.end() == 0
    for name in NAMES:
        assert name in terminal.text
    assert "export OPENROUTER_API_KEY=<your key>" in terminal.text
    assert settings(home)["profile"] == "kimi-k2.5"
    droid = json.loads((home / ".factory" / "settings.json").read_text())
    assert droid["customModels"][0]["extraArgs"]["provider"]["order"] == ["fireworks"]
    with Terminal.start("diff", *NAMES) as terminal:
        assert terminal.end() == 0


def test_every_answer_counts(home: Path) -> None:
    answers = (
        "droid, opencode",
        "cheapest",
        "z-ai/glm-5",
        "z-ai,novita",
        "glm",
        "native",
        "y",
        "n",
    )
    questions = (*QUESTIONS[:4], "Name of this profile", *QUESTIONS[4:])
    with Terminal.start("init") as terminal:
        for question, answer in zip(questions, answers, strict=True):
            terminal.answer(question, answer)
        assert terminal.end() == 0
    assert settings(home) == {
        "profile": "glm",
        "profiles": {
            "glm": {
                "model": "z-ai/glm-5",
                "provider": {"only": ["z-ai", "novita"], "sort": "price"},
            }
        },
        "harness": {"droid": {"route": "native"}, "opencode": {"route": "native"}},
    }
    assert "confgen apply droid opencode" in terminal.text
    assert not (home / ".factory").exists()


def test_a_wrong_answer_is_asked_again(home: Path) -> None:
    with Terminal.start("init") as terminal:
        terminal.answer("Harnesses", "drid")
        terminal.wait("did you mean 'droid'?")
        terminal.answer("Harnesses", "droid")
        terminal.answer("Profile", "9")
        terminal.wait("no profile '9'")
        terminal.answer("Profile", "2")
        terminal.answer("Model", "glm-5")
        terminal.wait("lacks its author")
        terminal.answer("Model")
        terminal.answer("Providers", "fireworks,,x")
        terminal.wait("empty")
        terminal.answer("Providers", "any")
        terminal.answer("Name", "cheapest")
        terminal.wait("there is a 'cheapest' already")
        terminal.answer("Name", "mine")
        terminal.answer("Route", "native")
        terminal.answer("Write this?")
        terminal.answer("Apply it, too?", "n")
        assert terminal.end() == 0
    assert settings(home)["profiles"]["mine"]["provider"] == {
        "data_collection": "deny",
        "zdr": True,
    }


@pytest.mark.parametrize("keys", [CTRL_C, "\x04"], ids=["ctrl-c", "ctrl-d"])
@pytest.mark.parametrize("number", range(len(ALL)), ids=ALL)
def test_stopped_at_any_question_nothing_is_written(home: Path, number: int, keys: str) -> None:
    with Terminal.start("init") as terminal:
        for question in ALL[:number]:
            terminal.answer(question)
        terminal.wait(ALL[number])
        terminal.wait("]: ")
        assert terminal.stop(keys) == 130
    assert "stopped; nothing was written" in terminal.text
    assert "Traceback" not in terminal.text
    assert listing(home) == {}


def test_declined_nothing_is_written(home: Path) -> None:
    with Terminal.start("init") as terminal:
        for question in QUESTIONS[:-2]:
            terminal.answer(question)
        terminal.answer("Write this?", "n")
        assert terminal.end() == 130
    assert listing(home) == {}


@pytest.mark.parametrize("extra", [{}, {"NO_COLOR": "1"}], ids=["colours", "no-colour"])
def test_sixty_columns(extra: dict[str, str]) -> None:
    with Terminal.start("init", "--no-apply", columns=COLUMNS, env=extra) as terminal:
        for question in QUESTIONS[:-1]:
            terminal.answer(question)
        assert terminal.end() == 0
    lines = terminal.text.splitlines()
    # What goes to stderr is for logs, too: one line each.
    assert not [line for line in lines if len(line) > COLUMNS and not line.startswith("confgen: ")]
    assert bool(re.search(r"\x1b\[[0-9;]*3[0-7]m", terminal.raw)) is not bool(extra)


def test_a_second_time_it_keeps_what_is_there(home: Path) -> None:
    for _ in range(2):
        with Terminal.start("init", "--yes") as terminal:
            assert terminal.end() == 0
    before = listing(home)
    with Terminal.start("init") as terminal:
        for question in QUESTIONS[:5]:
            terminal.answer(question)
        assert terminal.end() == 0
    assert "stays as it is" in terminal.text
    assert "Nothing to do" in terminal.text
    assert listing(home) == before


def test_where_a_harness_is_refused_the_settings_stand(home: Path) -> None:
    (home / ".factory").write_text("in the way")
    with Terminal.start("init", "droid") as terminal:
        for question in QUESTIONS[1:6]:
            terminal.answer(question)
        assert terminal.end() == 4
    assert "is not a folder" in terminal.text
    assert settings(home)["profile"] == "kimi-k2.5"
