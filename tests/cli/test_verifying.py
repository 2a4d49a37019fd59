"""`confgen verify` as a command: who is verified, how, and in which words."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from conftest import Confgen, Ran, listing

from confgen.cli import main

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="POSIX executables")

PIN = {"order": ["fireworks"], "allow_fallbacks": False}
# An OpenCode that asks what its files say: its model five times, which all that it is told to do
# takes, and its small model once.
PROGRAM = """\
import json, os, pathlib, sys, urllib.error, urllib.request
if sys.argv[1:] == ["debug", "config"]:
    print('{"model": "what it comes to"}')
    sys.exit()
if sys.argv[1:] == ["--version"]:
    print("1.2.3")
    sys.exit()
found = {}
def merge(into, table):
    for name, value in table.items():
        if isinstance(value, dict):
            merge(into.setdefault(name, {}), value)
        else:
            into[name] = value
home = pathlib.Path(os.environ["HOME"])
folders = (home / ".config/opencode", pathlib.Path.cwd())
for path in (path for folder in folders for path in sorted(folder.glob("opencode.json*"))):
    merge(found, json.loads(path.read_text()))
merge(found, json.loads(os.environ.get("OPENCODE_CONFIG_CONTENT", "{}")))
openrouter = found["provider"]["openrouter"]
def ask(model, **more):
    options = openrouter.get("models", {}).get(model, {}).get("options", {})
    own = openrouter.get("options", {})
    key = own.get("apiKey", "{env:").replace("{env:OPENROUTER_API_KEY}", "{env:")
    key = os.environ["OPENROUTER_API_KEY"] if key.startswith("{env:") else key
    headers = {"Authorization": "Bearer " + key, "Content-Type": "application/json"}
    body = json.dumps({"model": model, **options, **more}).encode()
    url = own.get("baseURL", "https://openrouter.ai/api/v1") + "/chat/completions"
    with urllib.request.urlopen(urllib.request.Request(url, body, headers)) as answer:
        return json.loads(answer.read())["choices"][0]["message"]
def session(model):
    tools = [{"type": "function", "function": {"name": name}} for name in ("read", "task")]
    messages = [{"role": "user", "content": "say hi"}]
    while True:
        try:
            answer = ask(model, messages=messages, tools=tools)
        except urllib.error.HTTPError as error:
            if error.code != 400:
                raise
            messages = messages[:1]
            continue
        if not answer.get("tool_calls"):
            return
        for call in answer["tool_calls"]:
            told = json.loads(call["function"]["arguments"])
            if "subagent_type" in told:
                ask(model, messages=[{"role": "user", "content": told["prompt"]}])
        messages += [answer, *({"role": "tool", "tool_call_id": call["id"], "content": "done"}
                               for call in answer["tool_calls"])]
session(found["model"].removeprefix("openrouter/"))
ask(found["small_model"].removeprefix("openrouter/"))
"""


@pytest.fixture
def opencode(programs: Path) -> Path:
    script = programs / "opencode"
    script.write_text(f"#!{sys.executable}\n{PROGRAM}")
    script.chmod(0o755)
    return script


@pytest.fixture
def config(home: Path) -> Path:
    return home / ".config" / "opencode" / "opencode.json"


UNAPPLIED = "nothing is applied here yet: 'confgen apply opencode'"


def results(ran: Ran) -> list[dict[str, Any]]:
    assert ran.json["version"] == 1
    found: list[dict[str, Any]] = ran.json["results"]
    return found


@pytest.mark.usefixtures("opencode")
def test_json(confgen: Confgen, home: Path) -> None:
    ran = confgen("verify", "opencode", "--json")
    request = {
        "method": "POST",
        "path": "/api/v1/chat/completions",
        "upstream": "https://openrouter.ai",
        "model": "moonshotai/kimi-k2.5",
        "provider": PIN,
        "pinned": True,
        "reason": None,
    }
    assert (ran.code, ran.err) == (0, "")
    assert results(ran) == [
        {
            "harness": "opencode",
            "harness_version": "1.2.3",
            "mode": "isolated",
            "route": "native",
            "profile": "kimi-k2.5",
            "requests": [request] * 6,
            "verdict": "pinned",
            "detail": UNAPPLIED,
            "words": [],
            "view": "isolated",
            "left_out": [],
            "not_played": [],
            "elsewhere": [],
            "causes": [],
        }
    ]
    assert listing(home) == {}


@pytest.mark.usefixtures("opencode")
@pytest.mark.parametrize(
    ("encoding", "line"),
    [
        ("utf-8", "✓ opencode 1.2.3: 6 of 6 requests pinned to fireworks [isolated]"),
        ("ascii", "+ opencode 1.2.3: 6 of 6 requests pinned to fireworks [isolated]"),
    ],
)
def test_one_line(confgen: Confgen, encoding: str, line: str) -> None:
    ran = confgen("verify", env={"PYTHONIOENCODING": encoding})
    assert (ran.code, ran.out, ran.err) == (0, f"{line} ({UNAPPLIED})\n", "")


WORDS = {"sealed": "live, sealed", "copied": "live, as far as the client used the proxy"}


@pytest.mark.usefixtures("opencode")
@pytest.mark.parametrize(("route", "beside"), [("native", ""), ("shim", ", shim")])
def test_what_is_applied_is_proved_without_a_remark(
    confgen: Confgen, view: str, route: str, beside: str
) -> None:
    key = {"OPENROUTER_API_KEY": "sk-or-v1-canarycanary"}
    confgen("apply", "opencode", "--yes", "--route", route)
    ran = confgen("verify", "opencode", env=key)
    assert (ran.code, ran.out, ran.err) == (
        0,
        f"✓ opencode 1.2.3: 6 of 6 requests pinned to fireworks [{WORDS[view]}{beside}]\n",
        "",
    )


@pytest.mark.usefixtures("opencode")
def test_a_leak_shows_the_requests(confgen: Confgen, work: Path, view: str) -> None:
    confgen("apply", "opencode", "--yes")
    (work / "opencode.json").write_text('{"small_model": "openrouter/a/b"}')
    ran = confgen("verify", "opencode")
    first, *table = ran.out.splitlines()
    assert ran.code == 1
    assert first == (
        '✗ opencode 1.2.3: 1 of 6 requests not pinned: it asks "a/b", which the profile '
        f"does not name [{WORDS[view]}]"
    )
    assert [line.split()[:2] for line in table[1:7]] == [
        *[["pinned", "moonshotai/kimi-k2.5"]] * 5,
        ["LEAK", "a/b"],
    ]


@pytest.mark.usefixtures("opencode")
@pytest.mark.parametrize(
    ("applied", "given", "mode"),
    [
        ([], [], "isolated"),
        (["--yes"], [], "live"),
        (["--yes"], ["--live"], "live"),
        (["--yes"], ["--isolated"], "isolated"),
        (["--scope", "project", "--yes"], [], "live"),
    ],
    ids=["nothing applied", "applied", "live", "isolated", "applied to the project"],
)
def test_the_mode(confgen: Confgen, applied: list[str], given: list[str], mode: str) -> None:
    if applied:
        assert confgen("apply", "opencode", *applied).code == 0
    (result,) = results(confgen("verify", "opencode", "--json", *given))
    assert result["mode"] == mode


@pytest.mark.usefixtures("opencode")
def test_live_takes_profile_and_route_from_what_is_applied(confgen: Confgen, home: Path) -> None:
    settings = home / ".config" / "confgen" / "confgen.toml"
    settings.parent.mkdir(parents=True)
    settings.write_text(
        '[profiles.other] # mine\nmodel = "a/b"\nupstream = "https://gateway.example/or"\n'
        'provider = { only = ["c"] }\n'
    )
    confgen("apply", "opencode", "--yes", "--profile", "other", "--route", "shim")
    (result,) = results(confgen("verify", "opencode", "--json"))
    assert (result["verdict"], result["profile"], result["route"]) == ("pinned", "other", "shim")
    for request in result["requests"]:
        assert (request["model"], request["provider"]) == ("a/b", {"only": ["c"]})
        assert (request["upstream"], request["path"]) == (
            "https://gateway.example",
            "/or/v1/chat/completions",
        )


@pytest.mark.usefixtures("opencode")
def test_another_project_has_no_say(
    confgen: Confgen, work: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of what is applied to projects, the nearest above the current folder counts, and no other."""
    inner = work / "team"
    beside = work.with_name("beside")
    for folder in (inner, beside):
        folder.mkdir()
    project = ("--yes", "--scope", "project", "--project")
    confgen("apply", "opencode", *project, str(beside), "--model", "a/beside")
    confgen("apply", "opencode", "--yes", "--model", "a/user")
    for folder, model in ((work, "a/user"), (work, "a/outer"), (inner, "a/inner")):
        if model != "a/user":
            confgen("apply", "opencode", *project, str(folder), "--model", model)
        monkeypatch.chdir(folder)
        (result,) = results(confgen("verify", "opencode", "--json"))
        assert (result["verdict"], result["mode"]) == ("pinned", "live"), result
        assert {request["model"] for request in result["requests"]} == {model}


@pytest.mark.usefixtures("opencode")
@pytest.mark.parametrize("route", ["native", "shim"])
def test_options_of_the_call(confgen: Confgen, route: str) -> None:
    options = ("--model", "a/b", "--provider", '{"only": ["c"]}', "--upstream", "https://x.y:1/z")
    (result,) = results(confgen("verify", "opencode", "--json", "--route", route, *options))
    assert result["verdict"] == "pinned", result
    request, *_ = result["requests"]
    assert (request["upstream"], request["path"]) == ("https://x.y:1", "/z/v1/chat/completions")
    assert (request["model"], request["provider"]) == ("a/b", {"only": ["c"]})


@pytest.mark.usefixtures("opencode")
def test_live_expects_what_the_options_say(confgen: Confgen) -> None:
    confgen("apply", "opencode", "--yes")
    (result,) = results(confgen("verify", "opencode", "--json", "--only", "c"))
    assert result["verdict"] == "leak"


@pytest.mark.usefixtures("opencode")
def test_a_token_that_is_not_the_shim_s_opens_nothing(confgen: Confgen, config: Path) -> None:
    confgen("apply", "opencode", "--yes", "--route", "shim")
    token = json.loads(config.read_text())["provider"]["openrouter"]["options"]["apiKey"]
    (result,) = results(confgen("verify", "opencode", "--json"))
    assert result["verdict"] == "pinned", result
    config.write_text(config.read_text().replace(token, "confgen-" + "x" * 43))
    (result,) = results(confgen("verify", "opencode", "--json"))
    assert (result["verdict"], result["requests"]) == ("no-requests", [])
    assert "401" in result["detail"]


@pytest.mark.usefixtures("opencode")
def test_the_shim_starts_where_confgen_is_installed_in_the_home(home: Path) -> None:
    """`pip install --user` puts it there, and the shim between has another home."""
    python = (str(Path(sys.executable).resolve()), "-m")
    asked = subprocess.run((*python, "site", "--user-site"), capture_output=True, check=False)
    user_site = Path(asked.stdout.decode().strip())
    assert user_site.is_relative_to(home)
    user_site.mkdir(parents=True)
    folders = [
        folder
        for folder in (*sys.path, str(Path(main.__code__.co_filename).parents[2]))
        if Path(folder).is_dir()
    ]
    (user_site / "installed.pth").write_text("\n".join(folders))
    command = (*python, "confgen", "verify", "opencode", "--route", "shim", "--json")
    ran = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=False)
    (result,) = json.loads(ran.stdout)["results"]
    assert result["verdict"] == "pinned", result


@pytest.mark.usefixtures("opencode")
def test_live_without_the_key_says_so(confgen: Confgen) -> None:
    confgen("apply", "opencode", "--yes")
    ran = confgen("verify", "opencode", env={"OPENROUTER_API_KEY": None})
    assert ran.code == 0
    assert "$OPENROUTER_API_KEY is not set here" in ran.out


def test_what_is_not_installed(confgen: Confgen) -> None:
    ran = confgen("verify", "droid", "openhands", env={"PATH": "/nowhere"})
    assert ran.code == 1
    assert ran.out.splitlines() == [
        "! droid: error: Factory Droid is not installed: there is no 'droid' on the PATH",
        "! openhands: error: OpenHands is not installed: there is no 'openhands' on the PATH",
    ]


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["--isolated", "--live"], 2, "exclude each other"),
        (["nonsense"], 2, "no harness 'nonsense'"),
        (["--timeout", "0"], 2, "timeout"),
        ([], 2, "no harness is installed here"),
    ],
    ids=["two modes", "no harness", "no time", "nothing installed"],
)
def test_wrong_usage(confgen: Confgen, arguments: list[str], code: int, said: str) -> None:
    ran = confgen("verify", *arguments, env={"PATH": "/nowhere"})
    assert (ran.code, ran.out) == (code, "")
    assert said in ran.err


@pytest.mark.usefixtures("opencode")
def test_settings_that_do_not_hold_are_a_verdict(confgen: Confgen) -> None:
    confgen("apply", "opencode", "--yes")
    (result,) = results(confgen("verify", "openhands", "--json", "--model", "openhands/x"))
    assert result["verdict"] == "error"


@pytest.mark.usefixtures("opencode")
def test_apply_that_verifies(confgen: Confgen) -> None:
    ran = confgen("apply", "opencode", "--yes", "--verify")
    assert ran.code == 0, ran
    assert "6 of 6 requests pinned to fireworks [live, " in ran.out
    assert "Next:" in ran.out
    assert confgen("diff", "opencode").code == 0


@pytest.mark.usefixtures("opencode")
@pytest.mark.parametrize("before", [None, '{"model": "x/y"}\n'], ids=["no file", "a file"])
@pytest.mark.parametrize("as_json", [False, True], ids=["words", "json"])
def test_apply_takes_back_what_is_not_pinned(
    confgen: Confgen, home: Path, work: Path, config: Path, before: str | None, as_json: bool
) -> None:
    if before is not None:
        config.parent.mkdir(parents=True)
        config.write_text(before)
    (work / "opencode.json").write_text('{"small_model": "openrouter/a/b"}')
    found = {name: data for name, data in listing(home).items() if "state" not in name}
    ran = confgen("apply", "opencode", "--yes", "--verify", *(["--json"] if as_json else []))
    assert ran.code == 1
    left = {name: data for name, data in listing(home).items() if "state" not in name}
    assert {name: data for name, data in left.items() if name != ".local"} == found
    (row,) = [
        row for row in confgen("status", "--json").json["harnesses"] if row["harness"] == "opencode"
    ]
    assert row["state"] == "not applied"
    if as_json:
        assert ran.json["taken_back"] is True
        assert ran.json["verify"]["results"][0]["verdict"] == "leak"
        assert ran.json["changes"][0]["harness"] == "opencode"
    else:
        assert "again as they were" in ran.err


@pytest.mark.usefixtures("opencode")
def test_apply_takes_one_change_of_many_back(confgen: Confgen, home: Path, work: Path) -> None:
    """What an earlier apply has set stays, and can still be removed to the byte."""
    config = home / ".config" / "opencode" / "opencode.jsonc"
    config.parent.mkdir(parents=True)
    config.write_text('{"model": "x/y", "small_model": "z"}\n')
    before = config.read_bytes()
    confgen("apply", "opencode", "--yes")
    first = config.read_bytes()
    (work / "opencode.json").write_text('{"small_model": "openrouter/a/b"}')
    assert confgen("apply", "opencode", "--yes", "--verify", "--only", "c").code == 1
    assert config.read_bytes() == first
    assert confgen("diff", "opencode").code == 0
    assert confgen("remove", "opencode", "--yes").code == 0
    assert config.read_bytes() == before


def test_dry_runs_verify_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["apply", "opencode", "--dry-run", "--verify"]) == 0
    assert "requests" not in capsys.readouterr().out
