"""`confgen show`: the fragment and nothing else, whatever stands on the disk."""

import json
from pathlib import Path
from typing import Any

import pytest
from conftest import Confgen, listing

from confgen.harnesses import HARNESSES

KEY = "sk-or-v1-canary-of-show"
PIN = {"order": ["fireworks"], "allow_fallbacks": False}


@pytest.mark.parametrize("name", HARNESSES)
def test_show_prints_one_json_object(name: str, confgen: Confgen, home: Path) -> None:
    ran = confgen("show", name, env={"OPENROUTER_API_KEY": KEY})
    assert ran.code == 0
    assert isinstance(ran.json, dict)
    assert "fireworks" in ran.out
    assert KEY not in ran.out + ran.err
    assert ran.out.endswith("}\n")
    assert listing(home) == {}


@pytest.mark.parametrize("name", HARNESSES)
def test_show_reads_no_config_file(name: str, confgen: Confgen, home: Path) -> None:
    before = confgen("show", name)
    for path in (
        ".config/opencode/opencode.json",
        ".claude/settings.json",
        ".factory/settings.json",
    ):
        (home / path).mkdir(parents=True)
    assert confgen("show", name) == before


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ((), PIN),
        (("--order", "together, novita", "--fallbacks"),
         {"order": ["together", "novita"], "allow_fallbacks": True}),
        (("--only", "fireworks"), {**PIN, "only": ["fireworks"]}),
        (("--provider", "{}"), {}),
        (("--provider", '{"zdr": true, "sort": "price"}', "--no-zdr"),
         {"zdr": False, "sort": "price"}),
        (("--provider", "{}", "--sort", '{"by":"price","partition":"none"}'),
         {"sort": {"by": "price", "partition": "none"}}),
        (("--provider", "{}", "--min-throughput", "40", "--max-latency", '{"p90":1.5}'),
         {"preferred_min_throughput": 40, "preferred_max_latency": {"p90": 1.5}}),
        (("--provider", "{}", "--max-price", '{"prompt":"0.6"}', "--quantizations", "fp8,bf16"),
         {"max_price": {"prompt": "0.6"}, "quantizations": ["fp8", "bf16"]}),
        (("--provider", "{}", "--ignore", "novita", "--data-collection", "deny"),
         {"ignore": ["novita"], "data_collection": "deny"}),
        (("--provider", "{}", "--require-parameters", "--distillable"),
         {"require_parameters": True, "enforce_distillable_text": True}),
        (("--provider", "{}", "--no-require-parameters", "--no-distillable", "--zdr"),
         {"require_parameters": False, "enforce_distillable_text": False, "zdr": True}),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)  # fmt: skip
def test_the_routing_options(
    confgen: Confgen, options: tuple[str, ...], expected: dict[str, Any]
) -> None:
    entry = confgen("show", "droid", *options).json["customModels"][0]
    assert entry["extraArgs"] == {"provider": expected}


def test_the_profile_options(confgen: Confgen) -> None:
    options = ("--model", "a/b", "--context-tokens", "9", "--output-tokens", "8", "--no-images")
    entry = confgen("show", "droid", *options, "--upstream", "https://g.example/v1").json
    shown = entry["customModels"][0]
    assert (shown["model"], shown["noImageSupport"]) == ("a/b", True)
    assert (shown["maxContextLimit"], shown["maxOutputTokens"]) == (9, 8)
    assert shown["baseUrl"] == "https://g.example/v1"


def test_a_file_by_its_name(confgen: Confgen) -> None:
    agent = confgen("show", "openhands", "--file", "agent_settings")
    profile = confgen("show", "openhands", "--file", "profile")
    assert agent == confgen("show", "openhands")
    assert profile.json["usage_id"] == "confgen"


def test_show_as_json(confgen: Confgen, home: Path) -> None:
    ran = confgen("show", "openhands", "--json", "--model", "a/b")
    assert (ran.code, ran.err) == (0, "")
    shown = ran.json
    assert (shown["version"], shown["harness"], shown["route"]) == (1, "openhands", "native")
    files = {file["name"]: file for file in shown["files"]}
    assert files.keys() == {"agent_settings", "profile"}
    assert files["profile"]["path"] == str(home / ".openhands" / "profiles" / "confgen.json")
    assert (
        files["profile"]["fragment"]
        == confgen("show", "openhands", "--file", "profile", "--model", "a/b").json
    )
    assert (shown["sources"]["model"], shown["sources"]["provider.order"]) == ("flag", "built-in")


def test_show_says_where_each_value_comes_from(confgen: Confgen, home: Path, work: Path) -> None:
    own = home / ".config" / "confgen" / "confgen.toml"
    own.parent.mkdir(parents=True)
    own.write_text("[profiles.'kimi-k2.5']\noutput_tokens = 7\n")
    (work / "confgen.toml").write_text("[profiles.'kimi-k2.5'.provider]\nonly = ['together']\n")
    ran = confgen("show", "droid", "--sources", "--zdr")
    rows = [line.split(maxsplit=3) for line in ran.out.splitlines()]
    sources = {row[1]: row[2:] for row in rows}
    assert sources["model"] == ['"moonshotai/kimi-k2.5"', "built-in"]
    assert sources["output_tokens"][0] == "7"
    assert sources["output_tokens"][1].endswith("confgen/confgen.toml")
    assert sources["provider.zdr"] == ["true", "flag"]
    assert sources["provider.only"][0] == '["together"]'
    assert sources["provider.only"][1].endswith("work/confgen.toml")


def test_the_project_file_is_found_from_the_current_folder(
    confgen: Confgen, work: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (work / ".git").mkdir()
    deep = work / "a" / "b"
    deep.mkdir(parents=True)
    (work / "a" / "confgen.toml").write_text("[profiles.'kimi-k2.5']\nmodel = 'a/near'\n")
    (work / "confgen.toml").write_text("[profiles.'kimi-k2.5']\nmodel = 'a/far'\n")
    monkeypatch.chdir(deep)
    assert confgen("show", "droid").json["customModels"][0]["model"] == "a/near"
    far = confgen("show", "droid", "--project", str(work))
    assert far.json["customModels"][0]["model"] == "a/far"


def test_doubts_go_to_stderr(confgen: Confgen) -> None:
    ran = confgen("show", "opencode", "--only", "firework")
    assert ran.code == 0
    assert json.loads(ran.out)
    assert "confgen: note: provider.only: 'firework' is no provider slug" in ran.err


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [(("--version",), "confgen "), (("--help",), "Usage: confgen "), ((), "Usage: confgen "),
     (("show", "--help"), "Usage: confgen show "), (("apply", "-h"), "Usage: confgen apply ")],
    ids=" ".join,
)  # fmt: skip
def test_version_and_help_need_no_home(
    confgen: Confgen, arguments: tuple[str, ...], expected: str
) -> None:
    ran = confgen(*arguments, env={"HOME": None, "USERPROFILE": None})
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.lstrip().startswith(expected)


@pytest.mark.parametrize("command", ["apply", "remove", "diff", "status", "show"])
def test_every_command_has_an_example(confgen: Confgen, command: str) -> None:
    assert f"Example: confgen {command}" in confgen(command, "--help").out
