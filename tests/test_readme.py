"""The README against the command line: nothing is told that is not there, and nothing left out."""

import re
from pathlib import Path

import pytest
from conftest import Confgen

from confgen.cli import COMMANDS
from confgen.doctor.table import MACHINE
from confgen.harnesses import HARNESSES
from confgen.harnesses.packages import checks_of
from confgen.settings.presets import Preset, load_presets

README = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")
SUBCOMMANDS = ("list", "show", "add", "use", "remove")
OF_OTHERS = {"--settings", "--continue"}
"""Options of harnesses, which the README speaks of too."""

CHECKS = {check.id for check in MACHINE} | {
    check.id for harness in HARNESSES.values() for check in checks_of(harness).CHECKS
}


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_is_told_of(name: str) -> None:
    assert re.search(rf"confgen {name}\b", README)


def test_every_option_that_is_told_of_exists(confgen: Confgen) -> None:
    calls = [(name,) for name in COMMANDS] + [("profile", name) for name in SUBCOMMANDS] + [()]
    helps = "".join(confgen(*call, "--help", env={"COLUMNS": "200"}).out for call in calls)
    known = set(re.findall(r"(?<![\w-])--[a-z][a-z-]*", helps)) | OF_OTHERS
    told = set(re.findall(r"(?<![\w-])--[a-z][a-z-]*[a-z](?![\w-])", README))
    assert told - known == set()


def test_every_check_that_is_told_of_exists() -> None:
    prefixes = "|".join((*HARNESSES, "env", "secrets", "state", "shim"))
    told = set(re.findall(rf"\b(?:error|warning|note) ((?:{prefixes})\.[a-z-]+)", README))
    assert told
    assert told <= CHECKS


@pytest.mark.parametrize("name", HARNESSES)
def test_the_version_that_was_measured_is_told(name: str) -> None:
    assert f"{HARNESSES[name].TITLE.removeprefix('Factory ')} {_last(name)}" in README


def _last(name: str) -> str:
    return HARNESSES[name].KNOWN_VERSIONS[1]


@pytest.mark.parametrize("preset", load_presets(), ids=lambda preset: preset.name)
def test_every_preset_is_told_of(preset: Preset) -> None:
    assert f"{preset.name}  " in README
    assert preset.trade_off in README
