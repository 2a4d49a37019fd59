"""`--route shim`: the harness sends to the shim, with its token, and pins nothing by itself."""

import json
import os
import stat
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from conftest import listing

from confgen.cli import main
from confgen.shim.record import Running, write_record
from confgen.shim.token import ensure_token

ALL = ["opencode", "claude-code", "droid", "openhands"]
KEY = "sk-or-v1-canary-of-the-shim-route"
FILES = {
    "opencode": [".config/opencode/opencode.json"],
    "claude-code": [".claude/settings.json"],
    "droid": [".factory/settings.json"],
    "openhands": [".openhands/agent_settings.json", ".openhands/profiles/confgen.json"],
}
GOLDEN = Path(__file__).parents[1] / "golden"
PIN = {"sort": "price"}
MODEL = "moonshotai/kimi-k2.5"

every_harness = pytest.mark.parametrize("harness", ALL)


@pytest.fixture(autouse=True)
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENROUTER_API_KEY", KEY)


@pytest.fixture
def state(home: Path) -> Path:
    return home / ".local" / "state" / "confgen"


@pytest.fixture
def token(state: Path) -> str:
    return ensure_token(state)


def put(home: Path, harness: str, text: str) -> Path:
    """The harness's main file, holding `text`."""
    path = home / FILES[harness][0]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    path.chmod(0o600)
    return path


def rich(home: Path, harness: str) -> Path:
    (before,) = (GOLDEN / harness / "rich").glob("before.*")
    path = put(home, harness, "")
    path.write_bytes(before.read_bytes())
    return path


def settings(home: Path, text: str) -> None:
    path = home / ".config" / "confgen" / "confgen.toml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def files(home: Path) -> dict[str, bytes | None]:
    """All that the home holds besides confgen's own state."""
    return {name: text for name, text in listing(home).items() if not name.startswith(".local")}


def written(home: Path, harness: str) -> list[Any]:
    return [json.loads((home / name).read_text()) for name in FILES[harness]]


def addresses(harness: str, documents: list[Any]) -> list[tuple[str, str]]:
    """Each place where a harness takes an address from, with the key beside it."""
    main_file = documents[0]
    match harness:
        case "opencode":
            options = main_file["provider"]["openrouter"]["options"]
            return [(options["baseURL"], options["apiKey"])]
        case "claude-code":
            env = main_file["env"]
            return [(f"{env['ANTHROPIC_BASE_URL']}/v1", env["ANTHROPIC_AUTH_TOKEN"])]
        case "droid":
            return [(entry["baseUrl"], entry["apiKey"]) for entry in main_file["customModels"]]
    llms = (main_file["llm"], main_file["condenser"]["llm"], documents[1])
    return [(llm["base_url"], llm["api_key"]) for llm in llms]


@every_harness
def test_every_address_is_the_shims_and_every_key_its_token(
    home: Path, token: str, harness: str
) -> None:
    assert main(["apply", harness, "--route", "shim", "--yes"]) == 0
    documents = written(home, harness)
    found = addresses(harness, documents)
    assert set(found) == {("http://127.0.0.1:8787/p/kimi-k2.5/v1", token)}
    text = json.dumps(documents)
    assert "fireworks" not in text
    assert "OPENROUTER" not in text
    assert KEY.encode() not in b"".join(content or b"" for content in listing(home).values())


@every_harness
@pytest.mark.parametrize("home_is", ["fresh", "rich"])
@pytest.mark.parametrize(
    "routes",
    [["shim"], ["native", "shim"], ["shim", "native"], ["native", "shim", "native"],
     ["shim", "native", "shim"]],
    ids="-".join,
)  # fmt: skip
def test_whatever_the_way_remove_brings_every_byte_back(
    home: Path, harness: str, home_is: str, routes: list[str]
) -> None:
    if home_is == "rich":
        rich(home, harness)
    before = files(home)
    for route in routes:
        assert main(["apply", harness, "--route", route, "--yes"]) == 0
        assert main(["diff", harness, "--route", route]) == 0
    assert main(["remove", harness, "--yes"]) == 0
    assert files(home) == before


OWN_PINS = {
    "opencode-model": (
        "opencode",
        {"provider": {"openrouter": {"models": {MODEL: {"options": {"provider": PIN, "x": 1}}}}}},
    ),
    "opencode-every-model": (
        "opencode",
        {"provider": {"openrouter": {"options": {"extraBody": {"provider": PIN, "x": 1}}}}},
    ),
    "claude-code": (
        "claude-code",
        {"env": {"CLAUDE_CODE_EXTRA_BODY": '{"provider":{"sort":"price"}}', "X": "1"}},
    ),
    "openhands-agent": (
        "openhands",
        {"llm": {"model": "m", "litellm_extra_body": {"provider": PIN, "x": 1}}},
    ),
    "openhands-condenser": (
        "openhands",
        {
            "llm": {"model": "m"},
            "condenser": {
                "kind": "LLMSummarizingCondenser",
                "llm": {"model": "m", "litellm_extra_body": {"provider": PIN}},
            },
        },
    ),
}


@pytest.mark.parametrize(("harness", "own"), OWN_PINS.values(), ids=OWN_PINS)
def test_a_pin_of_the_users_own_goes_and_comes_back(
    home: Path, harness: str, own: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    path = put(home, harness, json.dumps(own))
    assert main(["apply", harness, "--route", "shim", "--yes"]) == 0
    assert "price" not in path.read_text()
    assert "price" in capsys.readouterr().out, "the plan shows what goes"
    assert main(["diff", harness, "--route", "shim"]) == 0
    assert main(["remove", harness, "--yes"]) == 0
    assert path.read_text() == json.dumps(own)


def test_a_pin_in_a_file_that_opencode_merges_goes_too(home: Path) -> None:
    own = json.dumps(OWN_PINS["opencode-model"][1])
    beneath = put(home, "opencode", "{}").with_name("config.json")
    beneath.write_text(own)
    assert main(["apply", "opencode", "--route", "shim", "--yes"]) == 0
    assert "price" not in beneath.read_text()
    assert main(["remove", "opencode", "--yes"]) == 0
    assert beneath.read_text() == own


@every_harness
def test_a_pin_that_someone_changed_is_not_sent_to_the_shim_unasked(
    home: Path, harness: str, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["apply", harness, "--yes"])
    path = home / FILES[harness][0]
    path.write_text(path.read_text().replace("fireworks", "novita"))
    capsys.readouterr()
    code = main(["apply", harness, "--route", "shim", "--yes"])
    error = capsys.readouterr().err
    if harness == "droid":
        # It stays in the entry: a request's own pin yields to the shim's.
        assert (code, "changed since and stays" in error) == (0, True)
    else:
        assert (code, "someone changed it" in error) == (3, True)
    assert main(["apply", harness, "--route", "shim", "--force", "--yes"]) == 0


ADDRESSES = {
    "the profile of the flag": (
        "[profiles.glm]\nmodel = 'z-ai/glm-5'\n", ["--profile", "glm"], "127.0.0.1:8787/p/glm"
    ),
    "an odd name": (
        "profile = 'a b/ü?'\n[profiles.'a b/ü?']\nmodel = 'a/b'\n", [],
        f"127.0.0.1:8787/p/{quote('a b/ü?', safe='')}",
    ),
    "a port": ("[shim]\nport = 9001\n", [], "127.0.0.1:9001/p/kimi-k2.5"),
    "every interface": ("[shim]\nhost = '0.0.0.0'\n", [], "127.0.0.1:8787/p/kimi-k2.5"),
    "version 6": ("[shim]\nhost = '::1'\n", [], "[::1]:8787/p/kimi-k2.5"),
}  # fmt: skip


@every_harness
@pytest.mark.parametrize(("toml", "options", "address"), ADDRESSES.values(), ids=ADDRESSES)
def test_the_address_follows_the_settings(
    home: Path, harness: str, toml: str, options: list[str], address: str
) -> None:
    """Also where the file has another already."""
    assert main(["apply", harness, "--route", "shim", "--yes"]) == 0
    settings(home, toml)
    assert main(["apply", harness, "--route", "shim", *options, "--yes"]) == 0
    found = {url for url, _ in addresses(harness, written(home, harness))}
    assert found == {f"http://{address}/v1"}


def test_the_settings_may_name_the_route(home: Path) -> None:
    settings(home, '[harness.droid]\nroute = "shim"\n')
    assert main(["apply", *ALL, "--yes"]) == 0
    held = [
        name for names in FILES.values() for name in names if "/p/" in (home / name).read_text()
    ]
    assert held == FILES["droid"]


def test_openhands_takes_a_key_of_any_name_from_the_shim(home: Path) -> None:
    settings(home, 'api_key_env = "TEAM_KEY"\n')
    assert main(["apply", *ALL, "--route", "shim", "--yes"]) == 0
    assert not [name for names in FILES.values() for name in names
                if "TEAM_KEY" in (home / name).read_text()]  # fmt: skip


@every_harness
def test_a_token_that_someone_changed_is_a_conflict(
    home: Path, token: str, harness: str, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["apply", harness, "--route", "shim", "--yes"])
    path = home / FILES[harness][0]
    path.write_text(path.read_text().replace(token, "another-canary"))
    capsys.readouterr()
    assert main(["apply", harness, "--route", "shim", "--yes"]) == 3
    assert main(["apply", harness, "--route", "shim", "--json"]) == 3
    said = "".join(capsys.readouterr())
    assert "someone changed it" in said
    assert "canary" not in said
    assert token not in said
    main(["status", "--json"])
    rows = {row["harness"]: row for row in json.loads(capsys.readouterr().out)["harnesses"]}
    assert rows[harness]["state"] == "drifted"
    assert main(["apply", harness, "--route", "shim", "--force", "--yes"]) == 0
    assert token in path.read_text()


@every_harness
def test_a_new_token_is_written_over_the_old_one(home: Path, state: Path, harness: str) -> None:
    main(["apply", harness, "--route", "shim", "--yes"])
    (state / "shim-token").unlink()
    assert main(["diff", harness, "--route", "shim"]) == 1
    assert not (state / "shim-token").exists()
    assert main(["apply", harness, "--route", "shim", "--yes"]) == 0
    assert {key for _, key in addresses(harness, written(home, harness))} == {ensure_token(state)}


@every_harness
def test_the_token_is_never_shown(
    home: Path, token: str, harness: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path = put(home, harness, json.dumps({"mine": f"beside {token}"}))
    if harness == "openhands":
        path.write_text(json.dumps({"mine": f"beside {token}", "llm": {"model": "m"}}))
    for call in (
        ["apply", "--route", "shim", "--dry-run", "--diff"],
        ["diff", "--route", "shim"],
        ["diff", "--route", "shim", "--json"],
        ["apply", "--route", "shim", "--diff", "--yes"],
        ["apply", "--route", "shim", "--json"],
        ["apply", "--route", "native", "--diff", "--dry-run"],
        ["apply", "--route", "native", "--diff", "--json", "--dry-run"],
        ["remove", "--dry-run", "--diff"],
        ["remove", "--json", "--yes"],
    ):
        main([call[0], harness, *call[1:]])
    said = "".join(capsys.readouterr())
    assert "***" in said
    assert token not in said


@every_harness
def test_reading_makes_no_token(
    home: Path, harness: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["show", harness, "--route", "shim"]) == 0
    shown, remarks = capsys.readouterr()
    assert {key for _, key in addresses(harness, [json.loads(shown), *_profile(harness)])} == {
        "***"
    }
    assert "'confgen apply' writes" in remarks
    assert "the shim must run at 127.0.0.1:8787: 'confgen shim' starts it" in remarks
    assert main(["apply", harness, "--route", "shim", "--dry-run"]) == 0
    assert main(["diff", harness, "--route", "shim"]) == 1
    assert listing(home) == {}


def _profile(harness: str) -> list[Any]:
    """OpenHands has a second file, which `show` prints by its name."""
    return [{"base_url": "", "api_key": "***"}] if harness == "openhands" else []


@every_harness
def test_json_of_show_holds_no_token(
    token: str, harness: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["show", harness, "--route", "shim", "--json"]) == 0
    shown, remarks = capsys.readouterr()
    document = json.loads(shown)
    fragments = [file["fragment"] for file in document["files"]]
    assert {key for _, key in addresses(harness, fragments)} == {"***"}
    assert (document["route"], remarks) == ("shim", "")
    assert token not in shown


REFUSED = {
    "the key itself": (["--write-key"], "the shim alone holds it", "--write-key --route shim"),
    "a project's file": (["--scope", "project"], "does not belong in the project's files",
                         "--route shim --scope project"),
    "the system's file": (["--scope", "system"], "does not belong in the system's files",
                          "--route shim --scope system"),
}  # fmt: skip


@pytest.mark.parametrize("harness", ["opencode", "claude-code", "droid"])
@pytest.mark.parametrize("by", ["flag", "settings"])
@pytest.mark.parametrize(("options", "message", "where"), REFUSED.values(), ids=REFUSED)
def test_what_the_route_does_not_go_with(
    home: Path,
    harness: str,
    by: str,
    options: list[str],
    message: str,
    where: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    route = ["--route", "shim"] if by == "flag" else []
    if by == "settings":
        settings(home, f'[harness.{harness}]\nroute = "shim"\n')
    before = files(home)
    assert main(["apply", harness, *route, *options, "--yes"]) == 2
    error = capsys.readouterr().err
    assert message in error
    assert f"({where})" in error
    assert "hint: " in error
    assert files(home) == before


@pytest.mark.parametrize("command", ["apply", "diff"])
def test_a_spoilt_token_is_told(
    home: Path, state: Path, command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    state.mkdir(parents=True)
    (state / "shim-token").write_text("canary")
    assert main([command, "droid", "--route", "shim"]) == 1
    error = capsys.readouterr().err
    assert "this file does not hold the shim's token (~/.local/state/confgen/shim-token)" in error
    assert "canary" not in error
    assert files(home) == {}
    assert main(["apply", "droid", "--route", "native", "--yes"]) == 0


@pytest.mark.skipif(os.name == "nt", reason="modes of POSIX")
@pytest.mark.parametrize(("mode", "warned"), [(0o600, False), (0o644, True), (0o640, True)])
def test_a_file_with_the_token_that_others_may_read(
    home: Path, mode: int, warned: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    path = put(home, "claude-code", "{}")
    path.chmod(mode)
    assert main(["apply", "claude-code", "--route", "shim", "--yes"]) == 0
    assert stat.S_IMODE(path.stat().st_mode) == mode
    assert (f"chmod 600 '{path}'" in capsys.readouterr().err) == warned
    main(["apply", "claude-code", "--route", "native", "--yes"])
    assert "chmod" not in capsys.readouterr().err


OWN_TEMPLATES = {
    "a pin": ({"extraArgs": {"provider": PIN}}, "customModels.0.extraArgs.provider may not stand"),
    "another address": ({"baseUrl": "https://openrouter.ai/api/v1"}, "customModels.0.baseUrl has"),
    "another key": ({"apiKey": "${OPENROUTER_API_KEY}"}, "which nothing provides"),
    "no key": ({"apiKey": ""}, "customModels.0.apiKey has an unexpected form"),
}


@pytest.mark.parametrize(("member", "message"), OWN_TEMPLATES.values(), ids=OWN_TEMPLATES)
@pytest.mark.parametrize("call", [["show"], ["apply", "--yes"]], ids=["show", "apply"])
def test_a_template_of_the_users_own_that_goes_round_the_shim(
    home: Path,
    call: list[str],
    member: dict[str, Any],
    message: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    packaged = json.loads((GOLDEN.parents[1] / "templates/droid/settings.json").read_text())
    entry = {**packaged["customModels"][0], **member}
    own = home / ".config" / "confgen" / "templates" / "droid" / "settings.json"
    own.parent.mkdir(parents=True)
    own.write_text(json.dumps({**packaged, "customModels": [entry]}))
    assert main([call[0], "droid", "--route", "shim", *call[1:]]) == 5
    assert message in capsys.readouterr().err
    assert not (home / ".factory").exists()


class Answering(BaseHTTPRequestHandler):
    """What a shim says of itself."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        body = json.dumps({"status": "ok", "id": "cafe"}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def running(home: Path, state: Path) -> Iterator[int]:
    """The port, by the settings too, of a shim that answers; its process is 4711."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Answering) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        port = server.server_port
        settings(home, f"[shim]\nport = {port}\n")
        write_record(state, Running(4711, "127.0.0.1", port, "1", "kimi", 0.0, "cafe", "stop"))
        yield port
        server.shutdown()


def test_the_plan_says_that_the_shim_must_run(capsys: pytest.CaptureFixture[str]) -> None:
    main(["apply", *ALL, "--route", "shim", "--json", "--dry-run"])
    (notes,) = {tuple(c["notes"]) for c in json.loads(capsys.readouterr().out)["changes"]}
    assert notes == ("the shim must run at 127.0.0.1:8787: 'confgen shim' starts it",)


def test_the_plan_says_that_the_shim_runs(running: int, capsys: pytest.CaptureFixture[str]) -> None:
    main(["apply", "droid", "--route", "shim", "--yes"])
    out, err = capsys.readouterr()
    assert f"the shim runs at 127.0.0.1:{running} (pid 4711)" in err
    assert "confgen shim " not in out


@pytest.mark.parametrize(
    ("options", "has_key", "steps"),
    [
        (["droid", "--route", "shim"], False, ["export", "confgen shim", "droid"]),
        (["droid", "--route", "shim"], True, ["confgen shim", "droid"]),
        (["droid", "--route", "native"], False, ["export", "droid"]),
        (["droid", "claude-code", "--route", "shim"], True, ["confgen shim", "droid", "claude"]),
    ],
    ids=["no key", "a key", "native", "two harnesses"],
)
def test_next_steps(
    options: list[str],
    has_key: bool,
    steps: list[str],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if not has_key:
        monkeypatch.delenv("OPENROUTER_API_KEY")
    main(["apply", *options, "--yes"])
    assert next_steps(capsys.readouterr().out) == [*steps, "confgen verify", "confgen status"]


def test_a_shim_that_runs_needs_no_key(
    running: int, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert running
    monkeypatch.delenv("OPENROUTER_API_KEY")
    main(["apply", "droid", "--route", "shim", "--yes"])
    assert next_steps(capsys.readouterr().out) == ["droid", "confgen verify", "confgen status"]


def next_steps(out: str) -> list[str]:
    """What each of the next steps starts with."""
    lines = out.partition("Next:\n")[2].splitlines()
    return [line.partition("#")[0].partition(" OPENROUTER")[0].strip() for line in lines]


def test_status_of_a_shim_that_does_not_run(capsys: pytest.CaptureFixture[str]) -> None:
    main(["apply", *ALL, "--route", "shim", "--yes"])
    capsys.readouterr()
    assert main(["status"]) == 0
    table, _, steps = capsys.readouterr().out.partition(
        "The shim does not run at 127.0.0.1:8787.\n"
    )
    assert table.count("  shim (down)  ") == table.count("  by the shim  ") == 4
    assert "opencode, claude-code, droid or openhands gets no answer until it runs" in steps
    assert "  confgen shim\n" in steps


def test_status_of_a_shim_that_runs(running: int, capsys: pytest.CaptureFixture[str]) -> None:
    main(["apply", "droid", "--route", "shim", "--yes"])
    main(["apply", "opencode", "--yes"])
    capsys.readouterr()
    assert main(["status"]) == 0
    assert f"\nThe shim answers at 127.0.0.1:{running} (pid 4711).\n" in capsys.readouterr().out
    main(["status", "--json"])
    rows = {row["harness"]: row for row in json.loads(capsys.readouterr().out)["harnesses"]}
    assert rows["droid"]["route"] == "shim"
    address = f"127.0.0.1:{running}"
    assert rows["droid"]["shim"] == {
        "address": address, "port": running, "running": True, "pid": 4711
    }  # fmt: skip
    assert (rows["opencode"]["shim"], rows["claude-code"]["shim"]) == (None, None)


def test_status_asks_at_the_address_that_the_files_have(
    home: Path, running: int, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["apply", "droid", "--route", "shim", "--yes"])
    settings(home, "[shim]\nport = 9001\n")
    capsys.readouterr()
    main(["status"])
    assert f"answers at 127.0.0.1:{running}" in capsys.readouterr().out


@pytest.mark.parametrize("text", ["{}", "{", ""], ids=repr)
def test_status_of_files_that_name_no_shim(
    home: Path, text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["apply", "droid", "--route", "shim", "--yes"])
    (home / FILES["droid"][0]).write_text(text)
    capsys.readouterr()
    assert main(["status"]) == 0
    out = capsys.readouterr().out
    assert "drifted" in out
    assert "the shim" not in out


@pytest.mark.parametrize("profile", [".", ".."])
def test_a_profile_that_a_url_cannot_name(
    home: Path, profile: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whoever resolves `/p/../v1` asks for `/v1`, which has another profile's pin."""
    settings(home, f'[profiles."{profile}"]\nmodel = "a/b"\n')
    assert main(["apply", "droid", "--route", "shim", "--profile", profile, "--yes"]) == 5
    assert f"'{profile}' has no address at the shim" in capsys.readouterr().err
    assert not (home / FILES["droid"][0]).exists()


def test_remove_says_which_route_it_was(capsys: pytest.CaptureFixture[str]) -> None:
    main(["apply", "droid", "--route", "shim", "--yes"])
    capsys.readouterr()
    main(["remove", "droid", "--json", "--yes"])
    (change,) = json.loads(capsys.readouterr().out)["changes"]
    assert (change["kind"], change["route"], change["profile"]) == ("remove", "shim", "kimi-k2.5")
