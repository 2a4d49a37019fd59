"""The first five minutes with a real client: from an empty home to a harness that is proved."""

import json
import os
from pathlib import Path

import pytest
from clients import CLIENTS, REQUIRED
from terminal import Terminal

pytestmark = pytest.mark.skipif(os.name == "nt", reason="drives a POSIX terminal")

CLIENT = next(client for client in CLIENTS if client.name == "claude-code")
QUESTIONS = ("Profile", "Model", "Providers", "Route", "Write", "Apply it, too?", "And verify it?")


def test_every_answer_by_enter_ends_in_a_proof(
    home: Path, programs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not CLIENT.binary.exists():
        missing = pytest.fail if REQUIRED else pytest.skip
        missing(f"{CLIENT.name} is not at {CLIENT.binary}: run .ci/install-clients")
    (programs / CLIENT.command).symlink_to(CLIENT.binary)
    monkeypatch.setenv("PATH", f"{programs}:/usr/bin:/bin")
    with Terminal.start("init", CLIENT.name, columns=100) as terminal:
        for question in QUESTIONS:
            terminal.answer(question)
        assert terminal.end() == 0, terminal.text
    assert "requests pinned to fireworks [live, sealed]" in terminal.text
    settings = json.loads((home / ".claude" / "settings.json").read_text())
    assert "fireworks" in settings["env"]["CLAUDE_CODE_EXTRA_BODY"]
