"""`confgen env` on a terminal: what it has to say stands there once."""

import os

import pytest
from terminal import Terminal

pytestmark = pytest.mark.skipif(os.name == "nt", reason="drives a POSIX terminal")


def test_a_note_stands_there_once() -> None:
    with Terminal.start("env", "opencode", "--shell", "bash") as terminal:
        assert terminal.end() == 0
    assert terminal.text.count("# it does not know what these models cost") == 1
    assert terminal.text.count("it does not know what these models cost") == 1
