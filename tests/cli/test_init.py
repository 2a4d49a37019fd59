"""`confgen init` where nobody is there to be asked: the options and the defaults decide."""

import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
from conftest import Confgen, listing

from confgen.cli import main

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="POSIX executables")

KEY = "sk-or-v1-canarycanarycanarycanarycanarycanarycanarycanarycanary"


@pytest.fixture(autouse=True)
def droid(programs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One client alone is here."""
    monkeypatch.setenv("PATH", str(programs))
    monkeypatch.setenv("SHELL", "/usr/bin/fish")
    (programs / "droid").write_text("#!/bin/sh\necho 1.2.3\n")
    (programs / "droid").chmod(0o755)


def path_of(home: Path) -> Path:
    return home / ".config" / "confgen" / "confgen.toml"


def settings(home: Path) -> dict[str, Any]:
    return tomllib.loads(path_of(home).read_text())


def test_piped_it_writes_its_own_file_alone(confgen: Confgen, home: Path) -> None:
    ran = confgen("init")
    assert (ran.code, ran.err) == (0, "")
    assert "\x1b" not in ran.out
    assert "droid create ~/.factory/settings.json" in ran.out
    assert ran.out.endswith(
        "Next:\n  set -gx OPENROUTER_API_KEY <your key>\n  confgen apply droid\n"
    )
    assert settings(home)["profile"] == "kimi-k2.5"
    assert not (home / ".factory").exists()


@pytest.mark.parametrize("option", ["--yes", "--apply"])
def test_it_applies_when_it_is_told(confgen: Confgen, home: Path, option: str) -> None:
    ran = confgen("init", option)
    assert ran.code == 0
    assert "1 file written." in ran.out
    assert "droid          # Factory Droid, pinned" in ran.out
    assert confgen("diff", "droid").code == 0
    assert confgen("init", option).out.count("as it ") == 2
    assert (home / ".factory" / "settings.json").exists()


OPTIONS: dict[str, tuple[tuple[str, ...], dict[str, Any]]] = {
    "a preset": (
        ("--profile", "fastest"),
        {"profile": "fastest", "provider": {"sort": "throughput"}},
    ),
    "another model": (
        ("--model", "z-ai/glm-5:nitro", "--only", "z-ai"),
        {"profile": "glm-5", "provider": {"only": ["z-ai"]}},
    ),
    "another host": (
        ("--order", "together"),
        {"profile": "kimi-k2.5-2", "provider": {"order": ["together"]}},
    ),
    "a host more of a preset": (
        ("--profile", "cheapest", "--ignore", "chutes"),
        {"profile": "kimi-k2.5-2", "provider": {"sort": "price", "ignore": ["chutes"]}},
    ),
}


@pytest.mark.parametrize(("arguments", "expected"), OPTIONS.values(), ids=OPTIONS)
def test_options_are_answers(
    confgen: Confgen, home: Path, arguments: tuple[str, ...], expected: dict[str, Any]
) -> None:
    assert confgen("init", "--yes", *arguments).code == 0
    found = settings(home)
    name = expected["profile"]
    assert found["profile"] == name
    assert found["profiles"][name]["provider"] == expected["provider"]
    assert confgen("diff", "droid").code == 0


def test_what_one_model_can_do_is_not_said_of_another(confgen: Confgen, home: Path) -> None:
    assert confgen("init", "--model", "z-ai/glm-5", "--output-tokens", "5").code == 0
    (table,) = settings(home)["profiles"].values()
    assert (table["model"], table["output_tokens"]) == ("z-ai/glm-5", 5)
    assert "context_tokens" not in table


MINE = """\
# mine
profile = "mine" # by day
profiles.mine = { model = "a/b" }
"""


def test_what_stands_there_stays_and_stays_the_default(confgen: Confgen, home: Path) -> None:
    path_of(home).parent.mkdir(parents=True)
    path_of(home).write_text(MINE)
    assert confgen("init", "--yes").code == 0
    assert path_of(home).read_text() == MINE
    assert confgen("init", "--yes", "--profile", "cheapest", "--route", "native").code == 0
    found = settings(home)
    assert path_of(home).read_text().startswith(MINE)
    assert found["harness"] == {"droid": {"profile": "cheapest", "route": "native"}}
    assert confgen("init", "--yes", "--profile", "mine", "--model", "c/d").code == 0
    assert settings(home)["profiles"]["mine"] == {"model": "a/b"}
    assert settings(home)["profiles"]["d"] == {"model": "c/d"}


def test_a_projects_profile_becomes_the_users_own(confgen: Confgen, home: Path, work: Path) -> None:
    (work / "confgen.toml").write_text('[profiles.team]\nmodel = "t/m"\n')
    assert confgen("init", "--yes", "--profile", "team").code == 0
    assert settings(home) == {"profile": "team", "profiles": {"team": {"model": "t/m"}}}


def test_no_harness_at_all(confgen: Confgen, home: Path, programs: Path) -> None:
    (programs / "droid").unlink()
    ran = confgen("init", "--yes")
    assert ran.code == 0
    assert "No harness was found" in ran.out
    assert "confgen init   # again" in ran.out
    assert settings(home)["profile"] == "kimi-k2.5"


def test_a_key_is_seen_and_never_kept(confgen: Confgen, home: Path) -> None:
    ran = confgen("init", "--yes", env={"OPENROUTER_API_KEY": KEY})
    assert "$OPENROUTER_API_KEY is set." in ran.out
    assert KEY not in ran.out + ran.err
    assert KEY.encode() not in b"".join(text or b"" for text in listing(home).values())


def test_the_route_of_the_shim(confgen: Confgen, home: Path) -> None:
    ran = confgen("init", "--yes", "--route", "shim")
    assert ran.code == 0
    assert settings(home)["harness"] == {"droid": {"route": "shim"}}
    assert "confgen shim " in ran.out
    assert "127.0.0.1:8787/p/kimi-k2.5" in (home / ".factory" / "settings.json").read_text()


def test_a_conflict_is_told_and_left(confgen: Confgen, home: Path) -> None:
    assert confgen("init", "--yes").code == 0
    path = home / ".factory" / "settings.json"
    path.write_text(path.read_text().replace("fireworks", "novita"))
    before = path.read_text()
    ran = confgen("init", "--yes", "--route", "native")
    assert ran.code == 3
    assert "--force" in ran.err
    assert path.read_text() == before
    assert settings(home)["harness"] == {"droid": {"route": "native"}}


def test_a_projects_file_that_wins_is_told(confgen: Confgen, home: Path, work: Path) -> None:
    team = '[harness.droid]\nprofile = "team"\n[profiles.team]\nmodel = "t/m"\n'
    (work / "confgen.toml").write_text(team)
    ran = confgen("init", "--yes")
    assert "in this folder droid has the profile 'team'" in ran.err
    assert (work / "confgen.toml").read_text() == team
    assert settings(home)["profile"] == "kimi-k2.5"


def test_a_projects_profile_does_not_become_the_users(
    confgen: Confgen, home: Path, work: Path
) -> None:
    team = 'profile = "team"\n[profiles.team]\nmodel = "t/m"\nprovider = { only = ["t"] }\n'
    (work / "confgen.toml").write_text(team)
    assert confgen("init", "--yes").code == 0
    assert settings(home)["profile"] == "kimi-k2.5"
    assert "team" not in settings(home)["profiles"]


def test_stopped_between_the_two_writes(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    real = Path.replace

    def replace(source: Path, target: Path) -> Path:
        if target.name == "settings.json":
            raise KeyboardInterrupt
        return real(source, target)

    monkeypatch.setattr(Path, "replace", replace)
    assert main(["init", "--yes"]) == 130
    error = capsys.readouterr().err
    assert "stopped; confgen.toml is written, and no other file" in error
    assert "'confgen apply droid' goes on from there" in error
    assert settings(home)["profile"] == "kimi-k2.5"
    assert not (home / ".factory").exists()


REFUSED = {
    "an unknown harness": (("pilot",), 2, "one of: "),
    "an unknown profile": (("--profile", "nope"), 5, "one of: "),
    "a wrong route": (("--route", "scenic"), 2, "one of: "),
    "a wrong preference": (("--sort", "cheap"), 2, "price"),
}


@pytest.mark.parametrize(("arguments", "code", "hint"), REFUSED.values(), ids=REFUSED)
def test_what_is_refused(
    confgen: Confgen, home: Path, arguments: tuple[str, ...], code: int, hint: str
) -> None:
    ran = confgen("init", "--yes", *arguments)
    assert ran.code == code
    assert hint in ran.err
    assert listing(home) == {}


def test_a_broken_file_is_refused(confgen: Confgen, home: Path) -> None:
    path_of(home).parent.mkdir(parents=True)
    path_of(home).write_text("a = 1\nb 2\n")
    ran = confgen("init", "--yes")
    assert ran.code == 5
    assert "confgen.toml:2:3)" in ran.err
    assert path_of(home).read_text() == "a = 1\nb 2\n"
