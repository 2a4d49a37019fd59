"""The command line end to end: what is written, what is refused, and what is said of it."""

import json
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from confgen.cli import main

ALL = ["opencode", "claude-code", "droid", "openhands"]
KEY = "sk-or-v1-canarycanarycanarycanarycanarycanarycanarycanarycanary"


@pytest.fixture
def opencode(home: Path) -> Path:
    path = home / ".config" / "opencode" / "opencode.json"
    path.parent.mkdir(parents=True)
    return path


def said(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(capsys.readouterr().out)
    return document


def listing(home: Path) -> dict[str, bytes | None]:
    return {
        str(path.relative_to(home)): path.read_bytes() if path.is_file() else None
        for path in sorted(home.rglob("*"))
    }


def test_json_of_apply(capsys: pytest.CaptureFixture[str], opencode: Path) -> None:
    opencode.write_text(
        '{"model": "x/y", "provider": {"openrouter": {"options": {"apiKey": "k"}}}}'
    )
    assert main(["apply", "opencode", "--json", "--yes"]) == 0
    document = said(capsys)
    (change,) = document["changes"]
    assert document["version"] == 1
    assert (document["conflicts"], document["errors"]) == ([], [])
    assert {k: change[k] for k in ("harness", "path", "kind", "scope", "route")} == {
        "harness": "opencode",
        "path": str(opencode),
        "kind": "update",
        "scope": "user",
        "route": "native",
    }
    keys = {key["path"]: (key["before"], key["after"]) for key in change["keys"]}
    assert keys["model"] == ("x/y", "openrouter/moonshotai/kimi-k2.5")
    assert keys["small_model"] == (None, "openrouter/moonshotai/kimi-k2.5")
    assert '"apiKey": "***"' in change["diff"]


def test_the_second_apply_says_none(capsys: pytest.CaptureFixture[str]) -> None:
    main(["apply", "droid", "--yes"])
    capsys.readouterr()
    assert main(["apply", "droid", "--json"]) == 0
    assert [change["kind"] for change in said(capsys)["changes"]] == ["none"]


@pytest.mark.parametrize("arguments", [["apply", *ALL, "--dry-run"], ["diff", *ALL]])
def test_reading_writes_nothing(home: Path, arguments: list[str]) -> None:
    main(arguments)
    assert listing(home) == {}


def test_diff_ends_with_one_until_applied(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["diff", *ALL]) == 1
    main(["apply", *ALL, "--yes"])
    capsys.readouterr()
    assert main(["diff", *ALL]) == 0
    assert "Nothing to do" in capsys.readouterr().out


def test_a_conflict_writes_nothing_anywhere(
    home: Path, opencode: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["apply", "opencode", "--yes"])
    opencode.write_text(opencode.read_text().replace("kimi-k2.5", "kimi-k2-thinking", 1))
    before = listing(home)
    capsys.readouterr()
    assert main(["apply", "opencode", "droid", "--yes"]) == 3
    assert listing(home) == before
    error = capsys.readouterr().err
    assert "model: someone changed it" in error
    assert "--force" in error


def test_force_takes_it_back(opencode: Path) -> None:
    main(["apply", "opencode", "--yes"])
    applied = opencode.read_text()
    opencode.write_text(applied.replace("kimi-k2.5", "kimi-k2-thinking", 1))
    assert main(["apply", "opencode", "--force", "--yes"]) == 0
    assert opencode.read_text() == applied


def test_remove_leaves_what_someone_changed(
    opencode: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["apply", "opencode", "--yes"])
    opencode.write_text(
        opencode.read_text().replace('"openrouter/moonshotai/kimi-k2.5"', '"a/b"', 1)
    )
    capsys.readouterr()
    assert main(["remove", "opencode", "--yes"]) == 0
    assert json.loads(opencode.read_text()) == {"model": "a/b"}
    assert "model was changed since and stays as it is" in capsys.readouterr().err


def test_another_profile_takes_the_former_ones_keys_out(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = home / ".factory" / "settings.json"
    main(["apply", "droid", "--yes"])
    settings = home / "confgen.toml"
    settings.write_text('[profiles.glm]\nmodel = "z-ai/glm-5"\nprovider = {only = ["z-ai"]}\n')
    monkeypatch.setenv("CONFGEN_CONFIG", str(settings))
    assert main(["apply", "droid", "--profile", "glm", "--yes"]) == 0
    (entry,) = json.loads(path.read_text())["customModels"]
    assert entry["id"] == "custom:confgen-glm"
    assert entry["extraArgs"]["provider"] == {"only": ["z-ai"]}
    assert "maxContextLimit" not in entry


def test_one_failure_writes_none(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = home / ".claude" / "settings.json"
    path.parent.mkdir()
    path.write_text('{\n  "model": "opus", // mine\n}\n')
    before = listing(home)
    assert main(["apply", *ALL, "--yes"]) == 4
    after = {name: text for name, text in listing(home).items() if ".local" not in name}
    assert after == before
    captured = capsys.readouterr()
    assert "~/.claude/settings.json:2:20" in captured.err
    assert "Traceback" not in captured.err


@pytest.mark.parametrize(
    ("harness", "path", "text", "place"),
    [
        pytest.param("claude-code", ".claude/settings.json", '{"a":1,}', "1:7", id="claude-comma"),
        pytest.param(
            "claude-code", ".claude/settings.json", '{\n "model": 5}', "2:11", id="claude-type"
        ),
        pytest.param("droid", ".factory/settings.json", '{"a":[1,]}', "1:8", id="droid-comma"),
        pytest.param("droid", ".factory/settings.json", "\ufeff{}", "1:1", id="droid-bom"),
        pytest.param(
            "droid",
            ".factory/settings.json",
            '{"customModels":[\n{"model":"m","provider":"mistral","baseUrl":"http://x"}]}',
            "2:25",
            id="droid-provider",
        ),
        pytest.param(
            "openhands", ".openhands/agent_settings.json", "{} // x", "1:4", id="openhands-comment"
        ),
        pytest.param(
            "opencode", ".config/opencode/opencode.json", '{"provider": []}', "1:14", id="opencode"
        ),
    ],
)
def test_a_file_that_its_harness_would_drop_is_refused(
    home: Path, capsys: pytest.CaptureFixture[str], harness: str, path: str, text: str, place: str
) -> None:
    file = home / path
    file.parent.mkdir(parents=True)
    file.write_text(text, encoding="utf-8")
    assert main(["apply", harness, "--yes"]) == 4
    assert f"~/{path}:{place})" in capsys.readouterr().err
    assert file.read_text(encoding="utf-8") == text


def test_no_key_is_written_unasked(
    home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENROUTER_API_KEY", KEY)
    main(["apply", *ALL, "--diff", "--yes"])
    assert KEY.encode() not in b"".join(text or b"" for text in listing(home).values())
    assert KEY not in "".join(capsys.readouterr())


@pytest.mark.parametrize("harness", ALL)
def test_write_key_writes_it_and_shows_it_nowhere(
    home: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    harness: str,
) -> None:
    monkeypatch.setenv("OPENROUTER_API_KEY", KEY)
    for output in ([], ["--json"]):
        assert main(["apply", harness, "--write-key", "--diff", "--yes", *output]) == 0
    assert KEY not in "".join(capsys.readouterr())
    holders = [p for p in home.rglob("*") if p.is_file() and KEY.encode() in p.read_bytes()]
    assert holders
    assert all(stat.S_IMODE(p.stat().st_mode) == 0o600 for p in holders)
    assert not any(".local" in p.parts for p in holders)


def test_a_jsonc_outranks_a_json(opencode: Path) -> None:
    opencode.write_text("{}")
    jsonc = opencode.with_suffix(".jsonc")
    jsonc.write_text("{} // mine\n")
    main(["apply", "opencode", "--yes"])
    assert opencode.read_text() == "{}"
    assert "small_model" in jsonc.read_text()


def test_it_moves_to_the_file_that_now_outranks(opencode: Path) -> None:
    main(["apply", "opencode", "--yes"])
    jsonc = opencode.with_suffix(".jsonc")
    jsonc.write_text("{}\n")
    assert main(["apply", "opencode", "--yes"]) == 0
    assert not opencode.exists()
    main(["remove", "opencode", "--yes"])
    assert jsonc.read_text() == "{}\n"


@pytest.mark.parametrize(
    ("harness", "path", "text", "gone"),
    [
        pytest.param(
            "opencode",
            ".config/opencode/opencode.json",
            '{"provider": {"openrouter": {"options": {"baseURL": "http://x/v1", "apiKey": "gw"}}}}',
            '"gw"',
            id="a-gateway's-key",
        ),
        pytest.param(
            "opencode",
            ".config/opencode/opencode.json",
            '{"provider": {"openrouter": {"models": {"moonshotai/kimi-k2.5": {"id": "other/m"}}}}}',
            '"other/m"',
            id="another-model",
        ),
        pytest.param(
            "claude-code",
            ".claude/settings.json",
            '{"env": {"CLAUDE_CODE_USE_BEDROCK": "1", "X": "1"}}',
            "BEDROCK",
            id="another-service",
        ),
        pytest.param(
            "openhands",
            ".openhands/agent_settings.json",
            '{"llm": {"model": "m", "base_url": "https://gw/v1", "extra_headers": {"A": "gw"}}}',
            '"gw"',
            id="a-gateway's-header",
        ),
    ],
)
def test_what_would_lead_elsewhere_goes_and_comes_back(
    home: Path, harness: str, path: str, text: str, gone: str
) -> None:
    file = home / path
    file.parent.mkdir(parents=True)
    file.write_text(text)
    assert main(["apply", harness, "--yes"]) == 0
    assert gone not in file.read_text()
    assert main(["remove", harness, "--yes"]) == 0
    assert file.read_text() == text


def test_no_key_is_written_where_others_may_read(
    opencode: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("OPENROUTER_API_KEY", KEY)
    opencode.write_text("{}")
    opencode.chmod(0o644)
    assert main(["apply", "opencode", "--write-key", "--yes"]) == 4
    assert "chmod 600" in capsys.readouterr().err
    assert opencode.read_text() == "{}"


def test_a_file_beside_the_one_with_the_key_may_be_read_by_others(
    opencode: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENROUTER_API_KEY", KEY)
    opencode.write_text(json.dumps(BESIDE))
    opencode.chmod(0o644)
    winner = opencode.with_suffix(".jsonc")
    winner.touch(0o600)
    assert main(["apply", "opencode", "--write-key", "--yes"]) == 0
    assert KEY in winner.read_text()
    assert KEY not in opencode.read_text()


def test_an_empty_file_that_the_user_made_instead_stays(opencode: Path) -> None:
    main(["apply", "opencode", "--yes"])
    opencode.write_text("{}\n")
    assert main(["remove", "opencode", "--yes"]) == 0
    assert opencode.read_text() == "{}\n"


def test_a_folder_of_ours_goes_though_its_file_was_deleted_once(home: Path) -> None:
    main(["apply", "droid", "--yes"])
    (home / ".factory" / "settings.json").unlink()
    main(["apply", "droid", "--yes"])
    assert main(["remove", "droid", "--yes"]) == 0
    assert not (home / ".factory").exists()


def test_status_sees_that_another_file_outranks_ours(
    opencode: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["apply", "opencode", "--yes"])
    opencode.with_suffix(".jsonc").write_text('{"model": "anthropic/x"}')
    capsys.readouterr()
    main(["status", "--json"])
    assert said(capsys)["harnesses"][0]["state"] == "drifted"


def test_force_and_remove_tell_the_truth(
    opencode: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    opencode.write_text('{"model": "first"}')
    main(["apply", "opencode", "--yes"])
    opencode.write_text(opencode.read_text().replace("openrouter/moonshotai", "second", 1))
    main(["apply", "opencode", "--force", "--yes"])
    capsys.readouterr()
    main(["remove", "opencode", "--json", "--yes"])
    (change,) = said(capsys)["changes"]
    told = {key["path"]: key["after"] for key in change["keys"]}
    assert json.loads(opencode.read_text())["model"] == told["model"] == "first"


STALE = {"moonshotai/kimi-k2.5": {"options": {"provider": {"only": ["novita"]}, "x": 1}}}
BESIDE = {"provider": {"openrouter": {"options": {"baseURL": "http://old/v1"}, "models": STALE}}}


@pytest.mark.parametrize("name", ["opencode.json", "config.json"])
def test_what_another_file_would_add_to_the_pin_goes_and_comes_back(
    opencode: Path, name: str
) -> None:
    beside, winner = opencode.with_name(name), opencode.with_suffix(".jsonc")
    text = json.dumps(BESIDE, indent=3)
    beside.write_text(text)
    winner.write_text("{}\n")
    assert main(["apply", "opencode", "--yes"]) == 0
    router = json.loads(beside.read_text())["provider"]["openrouter"]
    assert router["options"] == {}
    assert router["models"]["moonshotai/kimi-k2.5"]["options"] == {"x": 1}
    assert main(["diff", "opencode"]) == 0
    assert main(["remove", "opencode", "--yes"]) == 0
    assert (beside.read_text(), winner.read_text()) == (text, "{}\n")


def test_the_former_winner_keeps_nothing_that_adds_to_the_pin(opencode: Path) -> None:
    text = json.dumps(BESIDE)
    opencode.write_text(text)
    main(["apply", "opencode", "--yes"])
    winner = opencode.with_suffix(".jsonc")
    winner.write_text("{}\n")
    assert main(["apply", "opencode", "--yes"]) == 0
    assert "novita" not in opencode.read_text()
    assert "baseURL" not in opencode.read_text()
    assert "small_model" not in opencode.read_text()
    assert main(["diff", "opencode"]) == 0
    assert main(["remove", "opencode", "--yes"]) == 0
    assert json.loads(opencode.read_text()) == BESIDE
    assert winner.read_text() == "{}\n"


def test_links_stay_links(home: Path, opencode: Path) -> None:
    dotfiles = home / "dotfiles"
    dotfiles.mkdir()
    (dotfiles / "real.json").write_text("{}\n")
    (dotfiles / "hop.json").symlink_to("real.json")
    opencode.symlink_to(dotfiles / "hop.json")
    main(["apply", "opencode", "--yes"])
    assert opencode.is_symlink()
    assert (dotfiles / "hop.json").is_symlink()
    assert "small_model" in (dotfiles / "real.json").read_text()
    main(["remove", "opencode", "--yes"])
    assert (dotfiles / "real.json").read_text() == "{}\n"


def test_project_scope(home: Path) -> None:
    project = home / "work"
    (project / ".git").mkdir(parents=True)
    assert main(["apply", "opencode", "--scope", "project", "--project", str(project)]) == 0
    assert (project / "opencode.json").exists()
    assert main(["remove", "opencode", "--scope", "project", "--project", str(project)]) == 0
    assert not (project / "opencode.json").exists()


def test_another_upstream_and_back(opencode: Path) -> None:
    opencode.write_text('{"provider": {"openrouter": {"options": {"baseURL": "http://mine/v1"}}}}')
    main(["apply", "opencode", "--upstream", "http://127.0.0.1:1/api/v1/", "--yes"])
    options = json.loads(opencode.read_text())["provider"]["openrouter"]["options"]
    assert options == {"baseURL": "http://127.0.0.1:1/api/v1"}
    main(["apply", "opencode", "--yes"])
    assert "baseURL" not in opencode.read_text()
    main(["remove", "opencode", "--yes"])
    assert "http://mine/v1" in opencode.read_text()


def test_a_deleted_file_is_made_again(opencode: Path) -> None:
    main(["apply", "opencode", "--yes"])
    text = opencode.read_text()
    opencode.unlink()
    assert main(["apply", "opencode", "--yes"]) == 0
    assert opencode.read_text() == text


def test_remove_of_what_was_never_applied(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["remove", *ALL, "--yes"]) == 0
    assert "Nothing to do" in capsys.readouterr().out


@pytest.mark.parametrize("state", ["applied", "drifted", "not applied", "not installed"])
def test_status(capsys: pytest.CaptureFixture[str], opencode: Path, state: str) -> None:
    if state in ("applied", "drifted"):
        main(["apply", "opencode", "--yes"])
    if state == "drifted":
        opencode.write_text("{}")
    if state == "not applied":
        opencode.write_text("{}")
    capsys.readouterr()
    assert main(["status", "--json"]) == 0
    row = next(r for r in said(capsys)["harnesses"] if r["harness"] == "opencode")
    assert row["state"] == state


def test_next_steps_name_the_key_and_the_command(capsys: pytest.CaptureFixture[str]) -> None:
    main(["apply", "claude-code", "--yes"])
    out = capsys.readouterr().out
    assert "export OPENROUTER_API_KEY" in out
    assert "  claude " in out


@pytest.mark.parametrize("stream", [0, 1, 2])
def test_a_closed_stream_is_no_reason_to_fail(home: Path, stream: int) -> None:
    command = f'exec {stream}>&-; "{sys.executable}" -m confgen apply droid --yes'
    assert subprocess.run(["/bin/sh", "-c", command], check=False).returncode == 0
    assert (home / ".factory" / "settings.json").exists()


def test_eight_at_once_is_one_after_another(home: Path) -> None:
    """Each harness's file ends as one of the eight wanted it, and the manifest agrees."""
    path = home / ".claude" / "settings.json"
    path.parent.mkdir()
    path.write_text('{"keep": [1e2]}')
    models = [f"author/model-{n}" for n in range(8)]
    runs = [
        subprocess.Popen(
            [sys.executable, "-m", "confgen", "apply", "claude-code", "--model", model, "--yes"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )
        for model in models
    ]
    errors = [run.communicate()[1].decode() for run in runs]
    assert [run.returncode for run in runs] == [0] * 8, errors
    settings = json.loads(path.read_text())
    assert settings["model"] in models
    assert {settings["env"]["ANTHROPIC_MODEL"], settings["model"]} == {settings["model"]}
    assert main(["remove", "claude-code", "--yes"]) == 0
    assert path.read_text() == '{"keep": [1e2]}'


@pytest.mark.parametrize(
    ("scope", "told"), [("user", True), ("project", False)], ids=["everywhere", "kept to it"]
)
def test_what_a_checkout_decides_for_every_folder_is_told(
    capsys: pytest.CaptureFixture[str], work: Path, scope: str, told: bool
) -> None:
    (work / "confgen.toml").write_text(
        'profile = "x"\n[profiles.x]\nmodel = "evil/model"\nprovider = { only = ["shady"] }\n'
    )
    assert main(["apply", "droid", "--scope", scope, "--yes"]) == 0
    words = "confgen.toml decides on the profile 'x' here"
    assert (words in capsys.readouterr().err) is told


@pytest.mark.parametrize("command", ["apply", "diff", "remove"])
def test_all_of_none_is_told(capsys: pytest.CaptureFixture[str], command: str) -> None:
    assert main([command, "--all"]) == 0
    assert "none of opencode, claude-code, droid, openhands is installed" in capsys.readouterr().err
