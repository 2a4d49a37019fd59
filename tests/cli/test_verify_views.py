"""`confgen verify`: in which mode and view a harness is run, and what is said of that."""

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from conftest import Ran, listing
from test_verifying import PROGRAM, WORDS

from confgen.cli import main

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="POSIX executables")

KEY = "sk-or-v1-canarycanarycanary"
Here = Callable[..., Ran]


@pytest.fixture
def here(capsys: pytest.CaptureFixture[str]) -> Here:
    """`confgen` in this process."""

    def run(*arguments: str) -> Ran:
        capsys.readouterr()
        code = main(list(arguments))
        return Ran(code, *capsys.readouterr())

    return run


@pytest.fixture(autouse=True)
def opencode(programs: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An OpenCode that says what it was called with, and does nothing else where a file says so."""
    monkeypatch.setenv("OPENROUTER_API_KEY", KEY)
    return install(programs, "")


def install(programs: Path, before: str, command: str = "opencode") -> Path:
    """A stand-in that does something before it asks."""
    start, end = PROGRAM.split("found = {}\n", 1)
    script = programs / command
    script.write_text(f"#!{sys.executable}\n{start}{before}\nfound = {{}}\n{end}")
    script.chmod(0o755)
    return script


@pytest.fixture
def config(home: Path, here: Here) -> Path:
    """The user's config, with what confgen writes there."""
    folder = home / ".config" / "opencode"
    folder.mkdir(parents=True)
    file = folder / "opencode.jsonc"
    file.write_text(here("show", "opencode").out)
    return file


def result_of(ran: Ran) -> dict[str, Any]:
    (found,) = ran.json["results"]
    result: dict[str, Any] = found
    return result


def test_live_with_nothing_in_reach_is_an_error(here: Here) -> None:
    ran = here("verify", "opencode", "--live")
    assert ran.code == 1
    assert ran.out.splitlines() == [
        "! opencode: error: there is nothing to prove: no config of this harness is in reach",
        "  | confgen apply opencode first, or use --isolated",
    ]


@pytest.mark.parametrize(
    ("place", "text"),
    [
        (".config/opencode/opencode.json", "{}"),
        ("../work/opencode.json", "{}"),
        ("../work/.opencode/opencode.jsonc", "{}"),
        ("../work/confgen.toml", '[profiles.x]\nmodel = "a/b"\nprovider = {only = ["c"]}\n'),
        (
            ".config/confgen/confgen.toml",
            '[profiles.x]\nmodel = "a/b"\nprovider = {only = ["c"]}\n',
        ),
    ],
    ids=["the user's", "the project's", "its folder", "the project's pin", "the user's pin"],
)
def test_whatever_is_in_reach_makes_it_live(here: Here, home: Path, place: str, text: str) -> None:
    (home / place).parent.mkdir(parents=True, exist_ok=True)
    (home / place).write_text(text)
    result = result_of(here("verify", "opencode", "--json"))
    assert result["mode"] == "live"
    # The home has config, and no pin: that is none.
    assert result["verdict"] in ("no-requests", "leak")


def test_settings_that_name_no_pin_are_not_in_reach(here: Here, work: Path) -> None:
    (work / "confgen.toml").write_text("# nothing yet\n")
    assert result_of(here("verify", "opencode", "--json"))["mode"] == "isolated"


def test_what_is_named_must_be_installed_and_of_all_is_passed_over(
    here: Here, home: Path, config: Path
) -> None:
    (home / ".factory").mkdir()
    (home / ".factory" / "settings.json").write_text("{}")
    ran = here("verify", "droid")
    assert (ran.code, ran.out) == (
        1,
        "! droid: error: Factory Droid is not installed: there is no 'droid' on the PATH\n",
    )
    ran = here("verify", "--all")
    assert ran.code == 0, ran
    assert ran.out.startswith("✓ opencode 1.2.3: 6 of 6 requests pinned to fireworks [live, ")
    assert "droid" not in ran.out
    assert ran.err == "confgen: note: Factory Droid is not installed, and was skipped\n"
    assert config.exists()


def test_json_tells_of_the_view(here: Here, view: str, config: Path) -> None:
    tree = json.loads(config.read_text())
    tree["mcp"] = {"x": {"type": "local", "command": ["x"]}}
    config.write_text(json.dumps(tree))
    result = result_of(here("verify", "opencode", "--json"))
    assert (result["verdict"], result["mode"], result["view"]) == ("pinned", "live", view)
    assert result["left_out"] == [
        {"what": f"MCP server x of {config}", "why": "it has effects of its own"}
    ]
    assert result["not_played"] == []


def test_what_was_left_out_stands_below(here: Here, view: str, config: Path) -> None:
    tree = json.loads(config.read_text())
    tree["mcp"] = {"x": {"type": "local", "command": ["x"]}}
    config.write_text(json.dumps(tree))
    ran = here("verify", "opencode")
    assert (ran.code, ran.out.splitlines()) == (
        0,
        [
            f"✓ opencode 1.2.3: 6 of 6 requests pinned to fireworks [{WORDS[view]}]",
            "  left out: MCP server x of ~/.config/opencode/opencode.jsonc: it has effects of its "
            "own",
        ],
    )


# A plugin that gives the model away: what stands for OpenCode has it read by a file of its own.
PLUGIN = """\
own = pathlib.Path(os.environ["HOME"]) / ".config/opencode/plugin/own.js"
if "--pure" not in sys.argv and own.exists():
    os.environ["OPENCODE_CONFIG_CONTENT"] = own.read_text()
if sys.argv[1:] == ["debug", "config"]:
    print(json.dumps({"model": "x"}))
    sys.exit()
"""


@pytest.mark.parametrize("options", [(), ("--run-plugins",)], ids=["without", "with"])
@pytest.mark.parametrize("text", ["{}", '{"small_model": "openrouter/a/b"}'], ids=["tame", "wild"])
def test_plugins(
    here: Here, view: str, config: Path, programs: Path, options: tuple[str, ...], text: str
) -> None:
    """They run in a seal, and among copies where the user asks for it."""
    install(programs, PLUGIN)
    plugin = config.parent / "plugin" / "own.js"
    plugin.parent.mkdir()
    plugin.write_text(text)
    ran = here("verify", "opencode", "--json", *options)
    result = result_of(ran)
    left_out = {
        "what": f"plugin {plugin}",
        "why": "it may set models, and is not run",
    }
    if view == "copied" and not options:
        assert (result["verdict"], ran.code) == ("not-proven", 1)
        assert result["left_out"] == [left_out]
        assert f"plugin {plugin} was left out" in result["detail"]
    else:
        assert (result["verdict"], ran.code) == (("leak", 1) if "model" in text else ("pinned", 0))
        assert result["left_out"] == []


def test_not_proven_is_no_success(here: Here, view: str, config: Path, programs: Path) -> None:
    install(programs, "import socket")
    script = programs / "opencode"
    script.write_text(script.read_text().replace('("read", "task")', '("read",)'))
    ran = here("verify", "opencode")
    assert ran.code == 1
    assert ran.out.splitlines()[0] == (
        "! opencode 1.2.3: not-proven: it was asked for in vain: task(look around, general) "
        f"[{WORDS[view]}]"
    )
    result = result_of(here("verify", "opencode", "--json"))
    assert result["not_played"] == ["task(look around, general)"]
    assert config.exists()


def test_in_place_needs_a_yes(here: Here, home: Path, config: Path, programs: Path) -> None:
    """It lists what will run; where nobody is there to be asked, nothing is."""
    install(programs, "(pathlib.Path(os.environ['HOME']) / 'was-here').write_text('x')")
    tree = json.loads(config.read_text())
    tree["mcp"] = {"tools": {"type": "local", "command": ["x"]}}
    config.write_text(json.dumps(tree))
    plugin = config.parent / "plugin" / "own.js"
    plugin.parent.mkdir()
    plugin.write_text("")
    before = listing(home)
    ran = here("verify", "opencode", "--in-place")
    assert ran.code == 1
    # The MCP server it can be told to leave alone.
    assert (ran.out, ran.err.splitlines()) == (
        "",
        [
            "opencode: one session stays in its history, and these run:",
            "  ~/.config/opencode/plugin/own.js: a plugin",
            "confgen: error: nobody is here to be asked whether all of that may run (--in-place)",
            "hint: give --yes as well",
        ],
    )
    assert listing(home) == before
    # In JSON as well: there is one document on standard output.
    ran = here("verify", "opencode", "--in-place", "--json")
    assert (ran.code, ran.json["errors"][0]["message"][:11]) == (1, "nobody is h")
    assert listing(home) == before


def test_in_place_with_a_yes(here: Here, home: Path, config: Path, programs: Path) -> None:
    install(
        programs,
        "(pathlib.Path(os.environ['HOME']) / 'was-here').write_text(os.environ['HOME'])",
    )
    before = listing(home)
    ran = here("verify", "opencode", "--in-place", "--yes")
    assert ran.code == 0, ran
    assert ran.out.splitlines()[-1] == (
        # It has no note to read there.
        "✓ opencode 1.2.3: 5 of 5 requests pinned to fireworks [live, in place, as far as the "
        "client used the proxy]"
    )
    assert (home / "was-here").read_text() == str(home)
    assert {name: data for name, data in listing(home).items() if name != "was-here"} == before
    result = result_of(here("verify", "opencode", "--in-place", "--yes", "--json"))
    assert (result["view"], result["mode"], result["left_out"]) == ("in-place", "live", [])
    assert config.exists()


@pytest.mark.parametrize(
    ("options", "said"),
    [(("--isolated", "--in-place"), "exclude each other"), (("--live", "--isolated"), "exclude")],
)
def test_modes_that_exclude_each_other(here: Here, options: tuple[str, ...], said: str) -> None:
    ran = here("verify", "opencode", *options)
    assert (ran.code, ran.out) == (2, "")
    assert said in ran.err


@pytest.mark.parametrize(
    ("harness", "command", "place", "text", "at"),
    [
        (
            "claude-code",
            "claude",
            ".claude/settings.json",
            '{\n  "env": {"HTTPS_PROXY": "http://a.b:1"}\n}\n',
            "2:26",
        ),
        (
            "claude-code",
            "claude",
            ".claude/settings.json",
            '{"env": {\n "no_proxy": "openrouter.ai"}}',
            "2:14",
        ),
        ("openhands", "openhands", "../work/.env", "A=b\nHTTPS_PROXY=http://a.b:1\n", "2:1"),
    ],
    ids=["settings", "an exemption", "a .env"],
)
def test_a_config_that_sets_proxies(
    here: Here,
    home: Path,
    programs: Path,
    harness: str,
    command: str,
    place: str,
    text: str,
    at: str,
) -> None:
    """Before anything starts."""
    install(programs, "(pathlib.Path.cwd() / 'was-here').write_text('x')", command)
    file = home / place
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    if harness == "openhands":
        (home / ".openhands").mkdir()
        (home / ".openhands" / "agent_settings.json").write_text("{}")
    ran = here("verify", harness, "--json")
    result = result_of(ran)
    assert (ran.code, result["verdict"], result["requests"]) == (1, "error", [])
    assert f"{os.path.normpath(file)}:{at}" in result["detail"], result
    assert "past whatever looks at its requests" in result["detail"]
    assert not list(home.parent.rglob("was-here"))


def test_a_user_s_pin_against_a_project_s(
    here: Here, view: str, home: Path, work: Path, config: Path
) -> None:
    """Where a project asks for another pin than the user's file has, both files are named."""
    (work / "confgen.toml").write_text(
        'profile = "team"\n[profiles.team]\nmodel = "moonshotai/kimi-k2.5"\n'
        'provider = { only = ["together"] }\n'
    )
    ran = here("verify", "opencode")
    first = ran.out.splitlines()[0]
    assert ran.code == 1
    assert first.startswith("✗ opencode 1.2.3: 6 of 6 requests not pinned: its provider object is")
    assert f"that stands in {config.name}" in first or f"{config}:" in first
    assert f"{work / 'confgen.toml'}" in first
    assert '{"only": ["together"]}' in first
    assert first.endswith(f"[{WORDS[view]}]")
    assert home.exists()


@pytest.mark.parametrize(
    ("body", "verdict", "kept"),
    [
        ("", "pinned", True),
        ("sys.exit(0)", "no-requests", False),
        ("import time; time.sleep(0.1); os.kill(os.getpid(), 11)", "error", False),
    ],
    ids=["pinned", "no requests", "error"],
)
def test_what_apply_takes_back(
    here: Here, home: Path, programs: Path, body: str, verdict: str, kept: bool
) -> None:
    install(programs, body)
    ran = here("apply", "opencode", "--yes", "--verify", "--json")
    (result,) = ran.json["verify"]["results"]
    assert (result["verdict"], ran.code) == (verdict, 0 if verdict == "pinned" else 1)
    assert bool(list(home.glob(".config/opencode/opencode.json*"))) == kept


def test_apply_keeps_what_is_only_not_proven(here: Here, home: Path, programs: Path) -> None:
    script = programs / "opencode"
    script.write_text(script.read_text().replace('("read", "task")', '("read",)'))
    ran = here("apply", "opencode", "--yes", "--verify", "--json")
    (result,) = ran.json["verify"]["results"]
    assert (result["verdict"], ran.code) == ("not-proven", 1)
    assert ran.json.get("taken_back") in (None, False)
    assert list(home.glob(".config/opencode/opencode.json*"))
