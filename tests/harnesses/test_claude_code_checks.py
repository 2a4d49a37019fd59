"""What `confgen doctor` finds of Claude Code's: each check where it shuts, and where it does not.

What the client does in each of these cases was seen on the wire with 2.1.330, the questions that
it asks on a terminal excepted.
"""

import json
from pathlib import PurePath

import pytest
from checked import KEY, MODEL, PIN, Case, cases, findings, found_in, go_wrong, one, reading_of

from confgen.document import open_json
from confgen.finding import Level
from confgen.harnesses import claude_code
from confgen.harnesses.claude_code.checks import CHECKS
from confgen.harnesses.claude_code.files import DIALECT
from confgen.harnesses.reading import ReadFile

USER = "~/.claude/settings.json"
PROJECT = "./.claude/settings.json"
LOCAL = "./.claude/settings.local.json"
AGENT = "~/.claude/agents/deep/helper.md"
ROUTE = '[harness.claude-code]\nroute = "shim"\n'
SMALL = '[profiles."kimi-k2.5"]\nsmall_model = "a/small"\n'
BODY = '"CLAUDE_CODE_EXTRA_BODY": '
PINNED = json.dumps(json.dumps({"provider": PIN}))
OTHER = json.dumps(json.dumps({"provider": {"only": ["x"]}}))
URL = '"ANTHROPIC_BASE_URL": "https://openrouter.ai/api"'
HELPER = '"apiKeyHelper": "printenv OPENROUTER_API_KEY"'
SHADOWED = "claude-code.shadowed"


def env(text: str) -> str:
    return f'{{"env": {{{text}}}}}'


def page(model: str) -> str:
    return f"---\nname: helper\nmodel: {model}\n---\nYou help.\n"


def shim_asks(unknown: str) -> str:
    return f'{ROUTE}[profiles."kimi-k2.5"]\nunknown_models = "{unknown}"\n'


FIRES = (
    Case(
        "another address",
        one(SHADOWED, "error"),
        {LOCAL: env('"ANTHROPIC_BASE_URL": @"https://gateway.example"')},
    ),
    Case(
        "an address that is null",
        one(SHADOWED, "error"),
        {LOCAL: env('"ANTHROPIC_BASE_URL": @null')},
    ),
    Case("another pin", one(SHADOWED, "error"), {PROJECT: env(f"{BODY}@{OTHER}")}),
    Case("another model", one(SHADOWED, "error"), {LOCAL: env('"ANTHROPIC_MODEL": @"z/z"')}),
    Case(
        "another model for a tier",
        one(SHADOWED, "warning"),
        {PROJECT: env('"ANTHROPIC_DEFAULT_OPUS_MODEL": @"z/z"')},
    ),
    Case("another key's command", one(SHADOWED, "error"), {LOCAL: '{"apiKeyHelper": @"echo x"}'}),
    Case(
        "the model as a setting, with the variable blank",
        one(SHADOWED, "error"),
        {LOCAL: '{"model": @"z/z"}'},
        edits=((f'"ANTHROPIC_MODEL": "{MODEL}"', '"ANTHROPIC_MODEL": ""'),),
    ),
    Case(
        "a body that is an object",
        one("claude-code.extra-body", "error"),
        {LOCAL: env(f'{BODY}@{{"provider": {{}}}}')},
    ),
    Case(
        "a body that is not JSON",
        one("claude-code.extra-body", "error"),
        {LOCAL: env(f'{BODY}@"{{provider: x}}"')},
    ),
    Case(
        "a body that is a list",
        one("claude-code.extra-body", "error"),
        {LOCAL: env(f'{BODY}@"[1]"')},
    ),
    Case(
        "a body that is empty", one("claude-code.extra-body", "error"), {LOCAL: env(f'{BODY}@""')}
    ),
    Case(
        "a body that is null", one("claude-code.extra-body", "error"), {LOCAL: env(f"{BODY}@null")}
    ),
    Case(
        "a body without a pin",
        one("claude-code.extra-body", "error"),
        {LOCAL: env(f'{BODY}@"{{\\"top_k\\": 1}}"')},
    ),
    Case(
        "a body with a model",
        one("claude-code.extra-body", "error"),
        {LOCAL: env(f"{BODY}@{json.dumps(json.dumps({'provider': PIN, 'model': 'z/z'}))}")},
    ),
    Case(
        "no body",
        one("claude-code.extra-body", "error", USER),
        edits=((BODY, '"THE_BODY": '),),
    ),
    Case(
        "a body in the shell alone",
        one("claude-code.extra-body", "error", "$CLAUDE_CODE_EXTRA_BODY"),
        edits=((BODY, '"THE_BODY": '),),
        env={"CLAUDE_CODE_EXTRA_BODY": '{"provider": {"only": ["x"]}}'},
    ),
    Case(
        "an address with /v1",
        one("claude-code.base-url", "error"),
        {LOCAL: env('"ANTHROPIC_BASE_URL": @"https://openrouter.ai/api/v1"')},
    ),
    Case(
        "an address of another service",
        one("claude-code.base-url", "error"),
        edits=((URL, '"ANTHROPIC_BASE_URL": @"https://gateway.example"'),),
    ),
    Case(
        "no address",
        one("claude-code.base-url", "error", USER),
        edits=((f"    {URL},\n", ""),),
    ),
    Case(
        "a main model that nobody took away",
        one("claude-code.main-model", "error"),
        edits=((f'"ANTHROPIC_MODEL": "{MODEL}"', '"ANTHROPIC_MODEL": @"z/z"'),),
    ),
    Case("an agent's model", one("claude-code.agent-model", "warning"), {AGENT: page("@z/z")}),
    Case(
        "a command's model that is no alias",
        one("claude-code.agent-model", "warning"),
        {"./.claude/commands/fix.md": page("@default")},
    ),
    Case(
        "a skill's model",
        one("claude-code.agent-model", "warning"),
        {"./.claude/skills/fix/SKILL.md": page('@"claude-opus-5-5"')},
    ),
    Case(
        "another small model",
        one("claude-code.small-model", "warning"),
        {LOCAL: env('"ANTHROPIC_DEFAULT_HAIKU_MODEL": @"z/z"')},
    ),
    Case(
        "another small model by its old name",
        one("claude-code.small-model", "warning"),
        edits=(
            (f'"ANTHROPIC_DEFAULT_HAIKU_MODEL": "{MODEL}"', '"ANTHROPIC_DEFAULT_HAIKU_MODEL": ""'),
            (f'"ANTHROPIC_SMALL_FAST_MODEL": "{MODEL}"', '"ANTHROPIC_SMALL_FAST_MODEL": @"z/z"'),
        ),
    ),
    Case(
        "no small model",
        one("claude-code.small-model", "warning", USER),
        edits=(
            ('"ANTHROPIC_DEFAULT_HAIKU_MODEL": "a/small"', '"ANTHROPIC_DEFAULT_HAIKU_MODEL": ""'),
            ('"ANTHROPIC_SMALL_FAST_MODEL": "a/small"', '"ANTHROPIC_SMALL_FAST_MODEL": ""'),
        ),
        settings=SMALL,
    ),
    Case(
        "another model for sub-agents",
        one("claude-code.subagent-model", "warning"),
        {PROJECT: env('"CLAUDE_CODE_SUBAGENT_MODEL": @"z/z"')},
    ),
    Case(
        "a model to fall back to",
        one("claude-code.fallback-model", "warning"),
        {LOCAL: f'{{"fallbackModel": @["{MODEL}", "z/z"]}}'},
    ),
    Case(
        "a window that is too large",
        one("claude-code.context-window", "warning"),
        {LOCAL: env('"CLAUDE_CODE_MAX_CONTEXT_TOKENS": @1000000')},
    ),
    Case(
        "no window",
        one("claude-code.context-window", "warning", USER),
        edits=(('"CLAUDE_CODE_MAX_CONTEXT_TOKENS"', '"THE_WINDOW"'),),
    ),
    Case(
        "auto mode",
        one("claude-code.auto-mode", "warning"),
        {LOCAL: '{"permissions": {"defaultMode": @"auto"}}'},
    ),
    Case(
        "no mode",
        one("claude-code.auto-mode", "warning", USER),
        edits=(('"defaultMode": "default"', '"allow": []'),),
    ),
    Case(
        "another service in the shell",
        one("claude-code.other-service", "error", "$CLAUDE_CODE_USE_BEDROCK"),
        env={"CLAUDE_CODE_USE_BEDROCK": "1"},
    ),
    Case(
        "another service in a file",
        one("claude-code.other-service", "error"),
        {LOCAL: env('"CLAUDE_CODE_USE_MANTLE": @true')},
    ),
    Case(
        "another service in the client's memory",
        one("claude-code.other-service", "error"),
        {"~/.claude.json": env('"CLAUDE_CODE_USE_VERTEX": @"yes"')},
    ),
    Case(
        "another service in an older memory",
        one("claude-code.other-service", "error"),
        {
            "~/.claude/.config.json": env('"CLAUDE_CODE_USE_VERTEX": @"yes"'),
            "~/.claude.json": env('"CLAUDE_CODE_USE_BEDROCK": "yes"'),
        },
    ),
    Case(
        "a second credential in a file",
        one("claude-code.credentials", "error"),
        {LOCAL: env(f'"ANTHROPIC_API_KEY": @"{KEY}"')},
    ),
    Case(
        "a second credential in the shell",
        one("claude-code.credentials", "error", "$ANTHROPIC_AUTH_TOKEN"),
        edits=(('"ANTHROPIC_AUTH_TOKEN": ""', '"THE_TOKEN": ""'),),
        env={"ANTHROPIC_AUTH_TOKEN": KEY},
    ),
    Case(
        "no credential",
        one("claude-code.credentials", "error"),
        {LOCAL: '{"apiKeyHelper": @""}'},
    ),
    Case(
        "headers of the shell",
        one("claude-code.custom-headers", "warning", "$ANTHROPIC_CUSTOM_HEADERS"),
        env={"ANTHROPIC_CUSTOM_HEADERS": f"x-gateway: {KEY}"},
    ),
    Case(
        "the shim's address taken away",
        one(SHADOWED, "error"),
        {LOCAL: env('"ANTHROPIC_BASE_URL": @"https://openrouter.ai/api"')},
        settings=ROUTE,
    ),
    Case(
        "the shim's token taken away",
        one("claude-code.credentials", "error"),
        {LOCAL: env(f'"ANTHROPIC_AUTH_TOKEN": @"{KEY}"')},
        settings=ROUTE,
    ),
    Case(
        "a key's command beside the shim's token",
        one("claude-code.credentials", "error"),
        {LOCAL: '{"apiKeyHelper": @"echo x"}'},
        settings=ROUTE,
    ),
    Case(
        "a pin of its own before the shim",
        one("claude-code.extra-body", "info"),
        {LOCAL: env(f"{BODY}@{OTHER}")},
        settings=ROUTE,
    ),
    Case(
        "an agent's model that the shim refuses",
        one("claude-code.agent-model", "warning"),
        {AGENT: page("@z/z")},
        settings=shim_asks("refuse"),
    ),
    Case(
        "an agent's model that the shim lets pass",
        one("claude-code.agent-model", "warning"),
        {AGENT: page("@z/z")},
        settings=shim_asks("pass"),
    ),
)
SILENT = (
    Case("what confgen wrote"),
    Case("what confgen wrote for the shim", settings=ROUTE),
    Case("what confgen wrote with a small model", settings=SMALL),
    Case("a project's file about other things", files={PROJECT: '{"cleanupPeriodDays": 3}'}),
    Case("the same pin, spelt otherwise", files={LOCAL: env(f"{BODY}{PINNED}")}),
    Case(
        "a file that is not taken",
        files={
            LOCAL: '{"env": {"ANTHROPIC_MODEL": "z/z"},}',
            PROJECT: "// no\n" + env(f'{BODY}""'),
        },
    ),
    Case("the model as a setting beside the variable", files={LOCAL: '{"model": "z/z"}'}),
    Case(
        "what the files outrank",
        files={"~/.claude.json": env(f'"ANTHROPIC_MODEL": "z/z", {BODY}""')},
        env={
            "ANTHROPIC_API_KEY": KEY,
            "ANTHROPIC_AUTH_TOKEN": KEY,
            "ANTHROPIC_BASE_URL": "https://gateway.example",
            "ANTHROPIC_DEFAULT_HAIKU_MODEL": "z/z",
        },
    ),
    Case(
        "a setting of the memory", files={"~/.claude.json": '{"apiKeyHelper": "x", "model": "z"}'}
    ),
    Case(
        "aliases of models",
        files={
            f"./.claude/commands/{name}.md": page(name)
            for name in ("haiku", "sonnet", "opus", "fable", "opusplan", "inherit")
        }
        | {AGENT: page(MODEL), "./.claude/commands/long.md": page("sonnet[1m]")},
    ),
    Case(
        "an alias whose tier is the small model",
        files={AGENT: page("haiku"), "./.claude/commands/a.md": "model: z/z\n"},
        settings=SMALL,
    ),
    Case(
        "switches that are off",
        files={LOCAL: env('"CLAUDE_CODE_USE_BEDROCK": ""')},
        env={"CLAUDE_CODE_USE_BEDROCK": "1", "CLAUDE_CODE_USE_VERTEX": "0"},
    ),
    Case("a smaller window", files={LOCAL: env('"CLAUDE_CODE_MAX_CONTEXT_TOKENS": "100000"')}),
    Case("a mode of one's own", files={LOCAL: '{"permissions": {"defaultMode": "plan"}}'}),
    Case("a model to fall back to", files={LOCAL: f'{{"fallbackModel": ["{MODEL}", "opus"]}}'}),
    Case(
        "a token in place of the key's command",
        edits=(
            (f"  {HELPER},\n", ""),
            ('"ANTHROPIC_AUTH_TOKEN": ""', f'"ANTHROPIC_AUTH_TOKEN": "{KEY}"'),
        ),
    ),
    Case(
        "headers beside the address", edits=((URL, f'{URL}, "ANTHROPIC_CUSTOM_HEADERS": "a: b"'),)
    ),
    Case("a login that nobody manages", files={LOCAL: '{"forceLoginMethod": "claudeai"}'}),
    Case(
        "any model at all before the shim",
        files={
            AGENT: page("z/z"),
            LOCAL: env('"ANTHROPIC_MODEL": "z/z", "CLAUDE_CODE_SUBAGENT_MODEL": "z/z"'),
        },
        settings=ROUTE,
    ),
    Case(
        "a model that the shim has a rule for",
        files={AGENT: page("z/z")},
        settings=shim_asks("refuse") + '[profiles."kimi-k2.5".models."z/*"]\nmodel = "a/b"\n',
    ),
)


@cases(*FIRES)
def test_a_check_finds(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    wanted = go_wrong("claude-code", case, USER, monkeypatch)
    assert findings("claude-code") == wanted


@cases(*SILENT)
def test_nothing_is_found(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    wanted = go_wrong("claude-code", case, USER, monkeypatch)
    assert findings("claude-code") == wanted


def test_each_check_has_a_case() -> None:
    shown = {name for case in FIRES for name, _, _ in case.finds}
    # What only a managed file can do has a test of its own.
    assert shown == {check.id for check in CHECKS} - {"claude-code.force-login"}
    assert all(check.id.startswith(f"{claude_code.NAME}.") for check in CHECKS)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('{"forceLoginMethod": "claudeai"}', ("claude-code.force-login", "error", "1:22")),
        (env(f"{BODY}{OTHER}"), (SHADOWED, "error", "1:36")),
        (env(f"{BODY}{PINNED}"), None),
    ],
    ids=["login", "pin", "same pin"],
)
def test_a_managed_file(
    text: str, found: tuple[str, Level, str] | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its folder is no test's to write, so it is put into the reading."""
    go_wrong("claude-code", Case("managed"), USER, monkeypatch)
    path = PurePath("/etc/claude-code/managed-settings.d/10-team.json")
    entry = next(one for one in claude_code.FOOTPRINT if one.whose == "managed")
    file = ReadFile(path, entry, open_json(text, DIALECT, name=str(path)))
    reading = reading_of("claude-code")
    wanted = [(found[0], found[1], f"{path}:{found[2]}")] if found else []
    assert found_in("claude-code", reading._replace(files=(*reading.files, file))) == wanted
