"""What is to be proved: what is applied, or the template alone, and never no pin at all."""

from pathlib import Path

import pytest

from confgen.cli import main
from confgen.errors import SettingsError
from confgen.harnesses import find_harness
from confgen.machine import this_machine
from confgen.planner import Planner
from confgen.proof.claim import Claim, Mode, make_claim
from confgen.settings import Overrides, Settings
from confgen.write import State


def claim(mode: Mode | None = None, overrides: Overrides = Overrides()) -> Claim:  # noqa: B008
    machine = this_machine()
    manifest = Planner.read(State(Path(machine.state_folder))).manifest
    return make_claim(find_harness("droid"), machine, Settings((), overrides), manifest, mode)


def test_where_nothing_is_applied_the_template_alone_is_proved() -> None:
    found = claim()
    assert (found.mode, found.is_applied) == ("isolated", False)


@pytest.mark.parametrize(
    ("mode", "model"),
    [(None, "a/b"), ("live", "a/b"), ("isolated", "moonshotai/kimi-k2.5")],
    ids=["by itself", "live", "isolated"],
)
def test_what_is_applied_is_proved_with_the_options_of_that_call(
    mode: Mode | None, model: str
) -> None:
    assert main(["apply", "droid", "--model", "a/b", "--yes"]) == 0
    found = claim(mode)
    assert found.is_applied
    assert found.profile.model == model


def test_an_empty_pin_proves_nothing() -> None:
    with pytest.raises(SettingsError, match="pins nothing"):
        claim(overrides=Overrides(whole_provider={}))
