"""`confgen profile list` on terminals that are too narrow for its table."""

import os
from pathlib import Path

import pytest
from terminal import Terminal

pytestmark = pytest.mark.skipif(os.name == "nt", reason="drives a POSIX terminal")

CARD = """\
mine  ~/.config/confgen/confgen.toml
    a/b: c then d first, every parameter known
    used by: nobody
kimi-k2.5  built-in
    moonshotai/kimi-k2.5: fireworks, no fallbacks
    used by: default
"""


def test_a_card_for_each(home: Path) -> None:
    path = home / ".config" / "confgen" / "confgen.toml"
    path.parent.mkdir(parents=True)
    path.write_text(
        '[profiles.mine]\nmodel = "a/b"\n'
        '[profiles.mine.provider]\norder = ["c", "d"]\nrequire_parameters = true\n'
    )
    with Terminal.start("profile", "list", columns=60) as terminal:
        assert terminal.end() == 0
    shown = terminal.text
    assert shown.startswith(f"{CARD}\nPresets")
    assert all(len(line) <= 60 for line in shown.splitlines())
