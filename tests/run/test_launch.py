"""How each harness would be started, as a pure function of what its user has."""

import json
from collections.abc import Mapping
from pathlib import PurePath, PurePosixPath, PureWindowsPath
from typing import Any

import pytest

from confgen.document import JSONC, STRICT_JSON, open_json
from confgen.errors import ConfgenError, DocumentError
from confgen.harnesses import HARNESSES, Route
from confgen.harnesses.footprint import Entry, Home, Place, places
from confgen.harnesses.launching import TOKEN, FromVariable, Launch
from confgen.harnesses.packages import launch_of
from confgen.harnesses.reading import Page, ReadFile, Reading
from confgen.machine import Machine, Platform
from confgen.settings import Overrides, Settings
from confgen.target import LocalShim, wanted

PIN = {"order": ["fireworks"], "allow_fallbacks": False}
MODEL = "moonshotai/kimi-k2.5"
PINNED = f"confgen/{MODEL}"
SHIM = LocalShim("127.0.0.1:1234", "confgen-canary")
HOMES: Mapping[Platform, PurePath] = {
    "linux": PurePosixPath("/home/u"),
    "darwin": PurePosixPath("/Users/u"),
    "win32": PureWindowsPath("C:\\Users\\u"),
}
AGENTS = Place(PurePosixPath("/home/u"), Entry("pages", Home(), "user", defines="agent"), "agent")


def reading(
    name: str,
    *,
    files: Mapping[str, str] | None = None,
    pages: Mapping[str, str] | None = None,
    env: Mapping[str, str] | None = None,
    platform: Platform = "linux",
    route: Route = "native",
) -> Reading:
    """A machine whose files, named by whose they are, hold these texts."""
    home = HOMES[platform]
    machine = Machine(platform, env or {}, home, home / "project")
    settings = Settings((), Overrides(route=route))
    harness = HARNESSES[name]
    targets = wanted(harness, settings, machine, "user", machine.cwd, shim=SHIM)
    named = {place.whose: place for place in places(harness, machine, machine.cwd, "config")}
    return Reading(
        machine=machine,
        project=machine.cwd,
        profile=settings.profile_for(name),
        route=route,
        files=tuple(
            ReadFile(at.path, at.entry, open_json(text, JSONC, name=str(at.path)))
            for at, text in ((named[whose], text) for whose, text in (files or {}).items())
        ),
        pages=tuple(
            Page(AGENTS.path / path, AGENTS, text, harness.FRONT_MATTER)
            for path, text in (pages or {}).items()
        ),
        wanted={target.file.template: target.fragment for target in targets},
    )


def launch(name: str, **scene: Any) -> Launch:
    seen = reading(name, **scene)
    credential = TOKEN if seen.route == "shim" else "OPENROUTER_API_KEY"
    return launch_of(HARNESSES[name]).launch(seen, credential, seen.machine.home / "scratch")


def content(**scene: Any) -> Any:
    return json.loads(str(launch("opencode", **scene).environment["OPENCODE_CONFIG_CONTENT"]))


def settings(**scene: Any) -> Any:
    option, text = launch("claude-code", **scene).arguments
    assert option == "--settings"
    return json.loads(text)


@pytest.mark.parametrize("route", ["native", "shim"])
@pytest.mark.parametrize("platform", HOMES)
@pytest.mark.parametrize("name", HARNESSES)
def test_the_pin_is_there_and_no_secret(name: str, platform: Platform, route: Route) -> None:
    made = launch(name, platform=platform, route=route, env={"OPENROUTER_API_KEY": "sk-canary"})
    shown = json.dumps([made.arguments, list(map(str, made.environment.values()))])
    told = shown + "".join(file.text for file in made.files)
    assert ("fireworks" in told) == (route == "native")
    assert ("127.0.0.1:1234/p/kimi-k2.5" in told) == (route == "shim")
    assert "sk-canary" not in told
    assert SHIM.token not in shown
    assert made.price
    for file in made.files:
        assert file.path.is_relative_to(HOMES[platform] / "scratch")


def test_opencode_knows_the_pinned_models_alone() -> None:
    made = content()
    assert made["model"] == made["small_model"] == PINNED
    assert made["enabled_providers"] == ["confgen"]
    [(provider, of)] = made["provider"].items()
    assert provider == "confgen"
    assert {name: model["options"]["provider"] for name, model in of["models"].items()} == {
        MODEL: PIN
    }
    assert of["options"]["apiKey"] == "{env:OPENROUTER_API_KEY}"


def test_opencode_content_of_the_users_own_stays() -> None:
    own = '{"theme": "x", "model": "a/b", "provider": {"other": {}}, "instructions": ["c"] /* */}'
    made = content(env={"OPENCODE_CONFIG_CONTENT": own})
    assert (made["theme"], made["instructions"], made["model"]) == ("x", ["c"], PINNED)
    assert made["provider"].keys() == {"other", "confgen"}


def test_opencode_content_that_is_none() -> None:
    with pytest.raises(DocumentError) as caught:
        content(env={"OPENCODE_CONFIG_CONTENT": "{"})
    assert str(caught.value.where).startswith("$OPENCODE_CONFIG_CONTENT:1:")


def test_opencode_agents_lose_their_own_model() -> None:
    made = content(
        files={"user": '{"agent": {"a": {"model": "x/y"}, "title": {}}, "mode": {"m": {}}}'},
        pages={"agent/team/b.md": "---\nmodel: x/y\n---\n"},
    )
    assert {name: agent["model"] for name, agent in made["agent"].items()} == dict.fromkeys(
        ("build", "plan", "a", "title", "team/b"), PINNED
    )
    assert made["mode"] == {"m": {"model": PINNED}}


@pytest.mark.parametrize(
    ("scene", "where"),
    [
        ({"files": {"user": '{"agent": {"a": {"provider": {}}}}'}}, "opencode.jsonc:1:30"),
        (
            {"files": {"project": '{"mode":\n{"a": {"options": {"provider": {}}}}}'}},
            "opencode.jsonc:2:32",
        ),
        (
            {"env": {"OPENCODE_CONFIG_CONTENT": '{"agent": {"a": {"provider": {}}}}'}},
            "$OPENCODE_CONFIG_CONTENT:1:30",
        ),
        ({"pages": {"agent/b.md": "---\noptions:\n  provider:\n    only: [x]\n---\n"}}, "b.md:3:3"),
        ({"pages": {"agent/b.md": '---\r\noptions: {"provider": {}}\r\n---\r\n'}}, "b.md:2:23"),
    ],
)
def test_opencode_agents_that_would_add_to_the_pin(scene: dict[str, Any], where: str) -> None:
    with pytest.raises(ConfgenError) as caught:
        content(**scene)
    assert str(caught.value.where).endswith(where)
    content(**scene, route="shim")


@pytest.mark.parametrize(
    "text",
    [
        "---\ndescription: asks the provider: nothing\n---\n",
        "---\nmodel: provider/model\n---\nprovider: x\n",
        "no front matter\nprovider: x\n",
    ],
    ids=["in a sentence", "in the text", "without one"],
)
def test_opencode_pages_that_only_speak_of_providers(text: str) -> None:
    content(pages={"agent/b.md": text})


@pytest.mark.parametrize(
    ("name", "text", "key"),
    [
        ("opencode", '{"model": "a/b"}', "model"),
        ("opencode", '{"enabled_providers": ["openrouter"]}', "enabled_providers"),
        ("claude-code", '{"env": {"CLAUDE_CODE_USE_BEDROCK": "1"}}', "env.CLAUDE_CODE_USE_BEDROCK"),
        ("claude-code", '{"apiKeyHelper": "x"}', "apiKeyHelper"),
    ],
)
def test_what_an_administrator_has_set_otherwise(name: str, text: str, key: str) -> None:
    with pytest.raises(DocumentError, match=key) as caught:
        launch(name, files={"managed": text})
    assert "/etc/" in str(caught.value.where)
    launch(name, files={"managed": '{"foreign": 1}'})


def test_claude_code_blanks_what_would_send_requests_elsewhere() -> None:
    env = settings(route="shim")["env"]
    for name in ("ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN", "ANTHROPIC_CUSTOM_HEADERS",
                 "CLAUDE_CODE_EXTRA_BODY", "CLAUDE_CODE_USE_BEDROCK"):  # fmt: skip
        assert env[name] == ""
    assert settings()["env"]["CLAUDE_CODE_EXTRA_BODY"] != ""


@pytest.mark.parametrize("label", ["user", "project", "local"])
def test_claude_code_keeps_the_permission_mode_of_its_user(label: str) -> None:
    assert settings()["permissions"] == {"defaultMode": "default"}
    assert "permissions" not in settings(files={label: '{"permissions": {"defaultMode": "plan"}}'})
    assert "permissions" in settings(files={label: '{"permissions": {"allow": []}}'})


def test_claude_code_on_windows_reads_a_file() -> None:
    made = launch("claude-code", platform="win32")
    [file] = made.files
    assert made.arguments == ("--settings", str(file.path))
    assert json.loads(file.text)["model"] == MODEL


def test_claude_code_in_a_shell() -> None:
    made = launch_of(HARNESSES["claude-code"]).shell(reading("claude-code"), "TEAM_KEY")
    assert made.environment["ANTHROPIC_AUTH_TOKEN"] == FromVariable("TEAM_KEY")
    assert made.environment["ANTHROPIC_API_KEY"] is None
    assert json.loads(str(made.environment["CLAUDE_CODE_EXTRA_BODY"])) == {"provider": PIN}
    assert (made.arguments, made.files) == ((), ())


@pytest.mark.parametrize("text", ['{"env": {"ANTHROPIC_MODEL": ""}}', '{"apiKeyHelper": "x"}'])
def test_claude_code_in_a_shell_that_a_file_outranks(text: str) -> None:
    with pytest.raises(ConfgenError) as caught:
        launch_of(HARNESSES["claude-code"]).shell(
            reading("claude-code", files={"user": text}), "KEY"
        )
    assert "/home/u/.claude/settings.json:1:" in str(caught.value.where)


def test_droid_reads_its_key_from_the_environment() -> None:
    [file] = launch("droid", route="shim").files
    [model] = json.loads(file.text)["customModels"]
    assert model["apiKey"] == "${CONFGEN_RUN_TOKEN}"


def test_openhands_keeps_its_conversations_where_they_are() -> None:
    env = launch("openhands").environment
    assert env["OPENHANDS_CONVERSATIONS_DIR"] == "/home/u/.openhands/conversations"
    assert env["LLM_MODEL"] == ""
    moved = {"OPENHANDS_PERSISTENCE_DIR": "/data/oh", "OPENHANDS_CONVERSATIONS_DIR": "/data/c"}
    made = launch("openhands", env=moved)
    assert made.environment["OPENHANDS_CONVERSATIONS_DIR"] == "/data/c"
    assert {str(link.target) for link in made.links} == {"/data/oh/mcp.json", "/data/oh/cloud"}


def test_a_file_that_holds_nothing_says_nothing() -> None:
    empty = open_json("", STRICT_JSON, name="x")
    seen = reading("opencode")._replace(
        files=(
            ReadFile(PurePosixPath("x"), Entry("config", Home(), "user"), empty),
            ReadFile(PurePosixPath("y"), Entry("config", Home(), "managed"), None),
        )
    )
    made = launch_of(HARNESSES["opencode"]).launch(seen, "KEY", PurePosixPath("/s"))
    assert "OPENCODE_CONFIG_CONTENT" in made.environment
