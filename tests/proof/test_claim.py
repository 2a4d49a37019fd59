"""What is to be proven: what is in reach here, or the template alone, and never no pin at all."""

from pathlib import Path

import pytest

from confgen.cli import main
from confgen.errors import ConfgenError, SettingsError
from confgen.harnesses import find_harness
from confgen.machine import this_machine
from confgen.planner import Planner
from confgen.proof.claim import Claim, Mode, make_claim
from confgen.settings import Overrides, Settings, read_settings
from confgen.target import LocalShim
from confgen.write import State


def claim(
    mode: Mode | None = None,
    overrides: Overrides = Overrides(),  # noqa: B008
    name: str = "droid",
) -> Claim:
    machine = this_machine()
    manifest = Planner.read(State(Path(machine.state_folder))).manifest
    settings = Settings(read_settings(machine, Path(machine.cwd)), overrides)
    return make_claim(
        find_harness(name), machine, settings, manifest, mode, LocalShim("127.0.0.1:8787")
    )


def test_where_there_is_no_config_at_all_the_template_alone_is_proven() -> None:
    found = claim()
    assert (found.mode, found.in_reach, found.is_applied) == ("isolated", False, False)
    with pytest.raises(ConfgenError, match="nothing to prove"):
        claim("live")


@pytest.mark.parametrize(
    ("whose", "path", "text"),
    [
        ("home", ".factory/settings.json", "{}"),
        ("work", ".factory/settings.local.json", "{}"),
        ("work", "confgen.toml", '[profiles.a]\nmodel = "a/b"\nprovider = { only = ["c"] }\n'),
    ],
    ids=["the user's", "the project's", "settings of confgen's"],
)
def test_any_config_in_reach_is_proven_as_it_is(
    home: Path, work: Path, whose: str, path: str, text: str
) -> None:
    file = {"home": home, "work": work}[whose] / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    found = claim()
    assert (found.mode, found.in_reach, found.is_applied) == ("live", True, False)


@pytest.mark.parametrize(
    ("name", "path", "text", "mode"),
    [
        ("opencode", ".opencode/agent/a.md", "---\nmodel: a/b\n---\n", "live"),
        ("opencode", ".opencode/agent/a.md", "---\nmode: primary\n---\n", "isolated"),
        ("opencode", ".opencode/plugin/p.js", "", "live"),
        ("openhands", ".env", "", "live"),
        ("claude-code", "CLAUDE.md", "", "isolated"),
    ],
)
def test_what_decides_without_a_config_file(
    work: Path, name: str, path: str, text: str, mode: Mode
) -> None:
    (work / path).parent.mkdir(parents=True, exist_ok=True)
    (work / path).write_text(text)
    assert claim(name=name).mode == mode


@pytest.mark.parametrize(
    ("name", "variable"),
    [("opencode", "OPENCODE_CONFIG_CONTENT"), ("claude-code", "ANTHROPIC_BASE_URL")],
)
def test_variables_that_win_over_files_are_in_reach(
    monkeypatch: pytest.MonkeyPatch, name: str, variable: str
) -> None:
    assert claim(name=name).mode == "isolated"
    monkeypatch.setenv(variable, "{}")
    assert claim(name=name).mode == "live"


@pytest.mark.parametrize(
    ("mode", "model"),
    [(None, "a/b"), ("live", "a/b"), ("isolated", "moonshotai/kimi-k2.5")],
    ids=["by itself", "live", "isolated"],
)
def test_what_is_applied_is_proven_with_the_options_of_that_call(
    mode: Mode | None, model: str
) -> None:
    assert main(["apply", "droid", "--model", "a/b", "--yes"]) == 0
    found = claim(mode)
    assert found.is_applied
    assert found.profile.model == model


def test_a_project_s_settings_win_over_options_for_the_user_s_files(work: Path) -> None:
    assert main(["apply", "droid", "--model", "a/user", "--yes"]) == 0
    (work / "confgen.toml").write_text(
        'profile = "team"\n[profiles.team]\nmodel = "a/team"\nprovider = { only = ["c"] }\n'
    )
    found = claim()
    assert (found.profile.name, found.profile.model) == ("team", "a/team")


def test_an_empty_pin_proves_nothing() -> None:
    with pytest.raises(SettingsError, match="pins nothing"):
        claim(overrides=Overrides(whole_provider={}))
