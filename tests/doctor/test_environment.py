"""Variables that have a say beside the files: rivals, the key, a `.env`, proxies."""

import pytest
from examined import KEY, Scene, levels

CONFLICTS = {
    "another service": ("claude-code", "CLAUDE_CODE_USE_BEDROCK", "1", "error"),
    "a third service": ("claude-code", "CLAUDE_CODE_USE_VERTEX", "true", "error"),
    "one that came later": ("claude-code", "CLAUDE_CODE_USE_MANTLE", "1", "error"),
    "headers": ("claude-code", "ANTHROPIC_CUSTOM_HEADERS", "X-A: b", "warning"),
    "a config file": ("opencode", "OPENCODE_CONFIG", "/a.json", "info"),
    "a config folder": ("opencode", "OPENCODE_CONFIG_DIR", "/a", "info"),
    "a whole config": ("opencode", "OPENCODE_CONFIG_CONTENT", "{}", "info"),
    "a model": ("openhands", "LLM_MODEL", "a/b", "warning"),
    "an address": ("openhands", "LLM_BASE_URL", "http://x", "warning"),
    "a key": ("openhands", "LLM_API_KEY", "abc", "warning"),
    "an old address": ("openhands", "OPENAI_BASE_URL", "http://x", "info"),
}


@pytest.mark.parametrize(
    ("harness", "name", "value", "level"), CONFLICTS.values(), ids=CONFLICTS.keys()
)
def test_a_rival(scene: Scene, harness: str, name: str, value: str, level: str) -> None:
    scene.apply(harness)
    (finding,) = scene.look("env.conflict", **{name: value})
    assert (finding.level, finding.where, finding.hint) == (level, f"${name}", f"unset {name}")
    assert name in finding.message


@pytest.mark.parametrize(
    ("applied", "env"),
    [
        ("claude-code", {"CLAUDE_CODE_USE_BEDROCK": ""}),
        ("claude-code", {"ANTHROPIC_API_KEY": "sk-ant-x", "ANTHROPIC_BASE_URL": "http://x"}),
        ("claude-code", {"LLM_MODEL": "a/b", "OPENCODE_CONFIG": "/x"}),
        ("opencode", {"ANTHROPIC_API_KEY": "sk-ant-x", "OPENAI_API_KEY": "sk-x"}),
        (None, {"CLAUDE_CODE_USE_BEDROCK": "1", "LLM_MODEL": "a/b"}),
        ("openhands", {"LLM_MODEL": "openrouter/moonshotai/kimi-k2.5", "LLM_API_KEY": KEY}),
    ],
    ids=[
        *("blank", "overruled by the file", "other harnesses'", "not its own", "nothing applied"),
        "what the file has",
    ],
)
def test_no_rival(scene: Scene, applied: str | None, env: dict[str, str]) -> None:
    scene.install("claude-code")
    if applied:
        scene.apply(applied)
    assert levels(scene.look("env.conflict", **env)) == ["ok"]


def test_a_key_that_the_file_does_not_overrule(scene: Scene) -> None:
    """As where someone pinned Claude Code by hand, and left the shell's key as it was."""
    scene.apply("claude-code")
    path = scene.file("claude-code")
    path.write_text(path.read_text().replace("ANTHROPIC_API_KEY", "OTHER"))
    (finding,) = scene.look("env.conflict", ANTHROPIC_API_KEY="sk-ant-0123456789")
    assert finding.level == "error"


KEYS = {
    "missing": ("", "warning", "is not set"),
    "blank": ("  ", "warning", "is not set"),
    "a line break behind": (f"{KEY}\n", "error", "line breaks"),
    "a blank before": (f" {KEY}", "error", "blanks"),
    "a blank within": (f"{KEY} {KEY}", "error", "blanks"),
    "Anthropic's": ("sk-ant-api03-0123456789abcdef", "error", "an Anthropic key"),
    "OpenAI's": ("sk-proj-0123456789abcdef", "error", "an OpenAI key"),
    "Groq's": ("gsk_0123456789abcdef", "error", "a Groq key"),
    "Fireworks'": ("fw_0123456789abcdef", "error", "that ends in cdef"),
}


@pytest.mark.parametrize(("value", "level", "words"), KEYS.values(), ids=KEYS.keys())
def test_a_key_that_is_none(scene: Scene, value: str, level: str, words: str) -> None:
    scene.apply("droid")
    (finding,) = scene.look("env.key", OPENROUTER_API_KEY=value)
    assert (finding.level, finding.where) == (level, "$OPENROUTER_API_KEY")
    assert words in finding.message
    assert value.strip() == "" or value.strip() not in finding.message


def test_who_needs_the_key(scene: Scene) -> None:
    scene.apply("droid", "openhands")
    (finding,) = scene.look("env.key", OPENROUTER_API_KEY="")
    assert "Factory Droid and OpenHands" in finding.message
    scene.apply("droid", "openhands", "--route", "shim")
    (finding,) = scene.look("env.key", OPENROUTER_API_KEY="")
    assert "the shim" in finding.message


@pytest.mark.parametrize(
    ("settings", "env"),
    [
        ("", {}),
        ('api_key_env = "MINE"', {"MINE": KEY, "OPENROUTER_API_KEY": ""}),
        ('upstream = "https://gateway.example"', {"OPENROUTER_API_KEY": "sk-proj-012345678"}),
    ],
    ids=["good", "in another variable", "a gateway's own"],
)
def test_a_key_that_is_one(scene: Scene, settings: str, env: dict[str, str]) -> None:
    scene.settings(settings)
    scene.apply("droid")
    assert levels(scene.look("env.key", **env)) == ["ok"]


def test_nobody_needs_a_key(scene: Scene) -> None:
    scene.install("droid")
    assert levels(scene.look("env.key", OPENROUTER_API_KEY="")) == ["ok"]


def test_a_key_that_is_written_down(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENROUTER_API_KEY", KEY)
    scene.apply("droid", "--write-key")
    assert levels(scene.look("env.key", OPENROUTER_API_KEY="")) == ["ok"]


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("LLM_MODEL=a/b\n", ["1"]),
        ("# x\n\n  export OPENROUTER_API_BASE = http://x\nLLM_API_KEY=k", ["3", "4"]),
        ("OTHER=1\nMY_LLM_MODEL=2\n# LLM_MODEL=a\nLLM=1", []),
        ("OPENROUTER_API_KEY=k", []),
    ],
    ids=["a model", "two", "others", "the environment wins"],
)
def test_a_dotenv(scene: Scene, text: str, where: list[str]) -> None:
    scene.install("openhands")
    (scene.work / ".env").write_text(text)
    found = [finding for finding in scene.look("env.dotenv") if finding.level != "ok"]
    assert {finding.level for finding in found} <= {"warning"}
    assert [finding.where for finding in found] == [
        f"{scene.work / '.env'}:{line}:1" for line in where
    ]


def test_a_dotenv_that_swaps_all_settings(scene: Scene) -> None:
    scene.install("openhands")
    (scene.work / ".env").write_text("OPENHANDS_PERSISTENCE_DIR=evil\n")
    [found] = scene.look("env.dotenv")
    assert (found.level, found.where) == ("error", f"{scene.work / '.env'}:1:1")


def test_a_dotenv_without_openhands(scene: Scene) -> None:
    (scene.work / ".env").write_text("LLM_MODEL=a/b\n")
    assert levels(scene.look("env.dotenv")) == ["ok"]


@pytest.mark.parametrize(
    ("env", "level"),
    [
        ({"http_proxy": "http://p"}, "warning"),
        ({"ALL_PROXY": "http://p", "NO_PROXY": "localhost,example.org"}, "warning"),
        ({"HTTPS_PROXY": "http://p"}, "ok"),
        ({"HTTP_PROXY": "http://p", "NO_PROXY": "a.b, 127.0.0.1"}, "ok"),
        ({"HTTP_PROXY": "http://p", "no_proxy": "*"}, "ok"),
        ({"HTTP_PROXY": "http://p", "NO_PROXY": "127.0.0.0/8"}, "ok"),
        ({"HTTP_PROXY": ""}, "ok"),
        ({}, "ok"),
    ],
)
@pytest.mark.parametrize("route", ["the shim's", "a loopback upstream"])
def test_a_proxy(scene: Scene, route: str, env: dict[str, str], level: str) -> None:
    if route == "the shim's":
        scene.apply("droid", "--route", "shim")
    else:
        scene.settings('upstream = "http://127.0.0.1:9000/api"')
        scene.apply("droid")
    found = scene.look("env.proxy", **env)
    assert levels(found) == [level]
    assert level == "ok" or found[0].where == f"${min(env, key=lambda name: name == 'NO_PROXY')}"


def test_a_proxy_for_the_internet_alone(scene: Scene) -> None:
    scene.apply("droid")
    assert levels(scene.look("env.proxy", HTTP_PROXY="http://p")) == ["ok"]
