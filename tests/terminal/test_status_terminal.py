"""`confgen status` on a terminal: a page that fits its width, and a word for each colour."""

import os
import re
from pathlib import Path

import pytest
from conftest import Confgen
from terminal import Terminal

pytestmark = pytest.mark.skipif(os.name == "nt", reason="drives a POSIX terminal")

PAGES = Path(__file__).with_name("pages")
WIDTHS = (60, 80, 120, 170)
CLIENTS = {"opencode": "1.18.33", "claude": "2.1.400", "droid": "0.225.2"}
COLOUR = re.compile(r"\x1b\[[0-9;]*3[0-7]m")


@pytest.fixture(autouse=True)
def everything(
    confgen: Confgen, home: Path, programs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Something of each kind: well, newer and without its shim, changed by hand, absent."""
    for name, version in CLIENTS.items():
        (programs / name).write_text(f"#!/bin/sh\necho {version}\n")
        (programs / name).chmod(0o755)
    monkeypatch.setenv("PATH", str(programs))
    assert confgen("apply", "opencode", "droid").code == 0
    assert confgen("apply", "claude-code", "--route", "shim").code == 0
    droid = home / ".factory" / "settings.json"
    droid.write_text(droid.read_text().replace("fireworks", "novita"))


def page(columns: int, **env: str) -> Terminal:
    with Terminal.start("status", columns=columns, env=env) as terminal:
        assert terminal.end() == 0
    return terminal


@pytest.mark.parametrize("columns", WIDTHS)
def test_the_page(columns: int) -> None:
    shown = page(columns).text
    assert shown == (PAGES / f"status-{columns}.txt").read_text(encoding="utf-8")
    assert all(len(line) <= columns for line in shown.splitlines())


@pytest.mark.parametrize("columns", WIDTHS)
def test_no_colour_says_the_same(columns: int) -> None:
    coloured, plain = page(columns), page(columns, NO_COLOR="1")
    assert COLOUR.search(coloured.raw)
    assert not COLOUR.search(plain.raw)
    assert plain.text == coloured.text


def test_an_encoding_without_the_signs() -> None:
    shown = page(80, PYTHONIOENCODING="ascii").text
    assert "+ opencode" in shown
    assert "x droid" in shown


def test_what_is_not_pinned_yet(confgen: Confgen) -> None:
    assert confgen("remove", "opencode", "claude-code").code == 0
    assert "  confgen apply opencode claude-code # not pinned yet\n" in page(100).text
    assert "  # not pinned yet\n  confgen apply opencode claude-code\n" in page(80).text


def test_settings_that_say_something_else(work: Path) -> None:
    (work / "confgen.toml").write_text('[profiles."kimi-k2.5".provider]\nonly = ["a"]\n')
    shown = page(80).text
    assert "! opencode" in shown
    assert re.search(r"confgen diff opencode +# the settings say something else\n", shown)


def test_all_is_well(confgen: Confgen) -> None:
    assert confgen("apply", "droid", "--force").code == 0
    assert confgen("remove", "claude-code").code == 0
    shown = page(80).text
    assert "✓ droid" in shown
    assert "diff" not in shown
