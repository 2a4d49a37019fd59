"""What `confgen doctor` finds of OpenCode's: each check where it shuts, and where it does not.

What the client does in each of these cases was seen on the wire with 1.18.33.
"""

import json

import pytest
from checked import KEY, MODEL, PIN, Case, cases, findings, go_wrong, one, pinned

from confgen.harnesses import opencode
from confgen.harnesses.opencode.checks import CHECKS

USER = "~/.config/opencode/opencode.json"
OTHER = "anthropic/claude-sonnet-4.5"
PROJECT = "./opencode.json"
AGENT = "~/.config/opencode/agent/build.md"
SMALL = f'"small_model": "openrouter/{MODEL}"'
MAIN = f'"model": "openrouter/{MODEL}"'
OPENROUTER = '"openrouter": {'
PINNED = json.dumps(PIN)
ROUTE = '[harness.opencode]\nroute = "shim"\n'


def in_model(text: str) -> str:
    """A project's file with `text` among the members of the pinned model."""
    return f'{{"provider": {{"openrouter": {{"models": {{"{MODEL}": {{{text}}}}}}}}}}}'


def in_options(text: str) -> str:
    return f'{{"provider": {{"openrouter": {{"options": {{{text}}}}}}}}}'


def beside(text: str) -> tuple[tuple[str, str], ...]:
    """An edit that puts members before the model of confgen's own file."""
    return ((MAIN, f"{text}, {MAIN}"),)


SHADOWED = "opencode.shadowed"
FIRES = (
    Case(
        "a project's file joins the pin",
        one(SHADOWED, "error"),
        {PROJECT: in_model('"options": {"provider": {"only": @["together"]}}')},
    ),
    Case(
        "a weaker file joins the pin",
        (
            *one(SHADOWED, "error"),
            *one("opencode.both-files", "warning", "~/.config/opencode/opencode.json"),
        ),
        {"~/.config/opencode/config.json": in_model('"options": {"provider": {"sort": @"price"}}')},
    ),
    Case(
        "a parent's .opencode replaces the order",
        one(SHADOWED, "error"),
        {
            "./.opencode/opencode.jsonc": in_model(
                '// mine\n"options": {"provider": {"order": @["together"]}}'
            )
        },
    ),
    Case(
        "a variable joins the pin",
        one(SHADOWED, "error", "$OPENCODE_CONFIG_CONTENT"),
        env={"OPENCODE_CONFIG_CONTENT": in_model('"options": {"provider": {"only": ["x"]}}')},
    ),
    Case(
        "a managed file replaces the pin by a text",
        one(SHADOWED, "error"),
        {"~/managed/opencode.json": in_model('"options": {"provider": @"fireworks"}')},
        env={"OPENCODE_TEST_MANAGED_CONFIG_DIR": "~/managed"},
    ),
    Case(
        "a variable's file names another model",
        one(SHADOWED, "error"),
        {"~/mine.json": f'{{"model": @"openrouter/{OTHER}"}}'},
        env={"OPENCODE_CONFIG": "~/mine.json"},
    ),
    Case(
        "a folder of a variable names another small model",
        one(SHADOWED, "error"),
        {"~/dir/opencode.json": f'{{"small_model": @"openrouter/{OTHER}"}}'},
        env={"OPENCODE_CONFIG_DIR": "~/dir"},
    ),
    Case(
        "a project's model has another pin",
        one(SHADOWED, "warning"),
        {
            PROJECT: f'{{"model": @"openrouter/{OTHER}",'
            f'"provider": {pinned(OTHER, {"only": ["x"]})}}}'
        },
    ),
    Case(
        "an empty small model",
        one(SHADOWED, "error"),
        {PROJECT: '{"small_model": @""}'},
    ),
    Case(
        "another address",
        one(SHADOWED, "error"),
        {PROJECT: in_options('"baseURL": @"https://gateway.example/v1"')},
    ),
    Case(
        "another name on the wire",
        one(SHADOWED, "error"),
        {PROJECT: in_model('"id": @"z-ai/glm-4.6"')},
    ),
    Case(
        "another package",
        one(SHADOWED, "error"),
        {
            PROJECT: in_model(
                '"provider": {"npm": @"@ai-sdk/anthropic"}'.replace("@ai", "\\u0040ai")
            )
        },
    ),
    Case(
        "both files speak of models",
        one("opencode.both-files", "warning", "~/.config/opencode/opencode.jsonc"),
        {"~/.config/opencode/opencode.jsonc": f'{{"model": "openrouter/{MODEL}"}}'},
    ),
    Case(
        "both files, one with a schema alone",
        one("opencode.both-files", "info", "~/.config/opencode/opencode.jsonc"),
        {"~/.config/opencode/opencode.jsonc": '{"$schema": "https://opencode.ai/config.json"}'},
    ),
    Case(
        "an agent's model",
        one("opencode.agent-model", "error"),
        {PROJECT: f'{{"agent": {{"build": {{"model": @"openrouter/{OTHER}"}}}}}}'},
    ),
    Case(
        "a mode's model",
        one("opencode.agent-model", "error"),
        {PROJECT: f'{{"mode": {{"build": {{"model": @"openrouter/{OTHER}"}}}}}}'},
    ),
    Case(
        "a command's model of another provider",
        one("opencode.agent-model", "error"),
        {PROJECT: '{"command": {"fix": {"template": "fix", "model": @"anthropic/claude-opus-5"}}}'},
    ),
    Case(
        "an agent's model with another pin",
        one("opencode.agent-model", "warning"),
        {
            PROJECT: f'{{"agent": {{"build": {{"model": @"openrouter/{OTHER}"}}}},'
            f'"provider": {pinned(OTHER, {"only": ["x"]})}}}'
        },
    ),
    Case(
        "an agent's own preferences",
        one("opencode.agent-model", "warning"),
        {PROJECT: '{"agent": {"build": {"options": {"provider": @{"only": ["x"]}}}}}'},
    ),
    Case(
        "preferences in an agent's unknown key",
        one("opencode.agent-model", "warning"),
        {PROJECT: '{"agent": {"build": {"provider": @{"only": ["x"]}}}}'},
    ),
    Case(
        "front matter of an agent",
        one("opencode.agent-model", "error"),
        {AGENT: f"---\ndescription: a: b\nmodel: @'openrouter/{OTHER}' # dear\n---\nYou build.\n"},
    ),
    Case(
        "front matter of a project's command",
        one("opencode.agent-model", "error"),
        {"./.opencode/commands/deep/fix.md": f"---\nmodel: @openrouter/{OTHER}\n---\nfix it\n"},
    ),
    Case(
        "front matter of a mode of a variable's folder",
        one("opencode.agent-model", "error"),
        {"~/dir/modes/build.md": f"---\r\nmodel: @openrouter/{OTHER}\r\n---\r\n"},
        env={"OPENCODE_CONFIG_DIR": "~/dir"},
    ),
    Case(
        "a page of the user's that a project's keeps the model of",
        one("opencode.agent-model", "error"),
        {
            "~/.config/opencode/agent/a.md": f"---\nmodel: @openrouter/{OTHER}\n---\n",
            ".opencode/agent/a.md": "---\ndescription: a\n---\n",
        },
    ),
    Case(
        "a page that outranks another folder's file",
        one("opencode.agent-model", "error"),
        {
            ".opencode/agents/a.md": f"---\nmodel: @>-\n  openrouter/{OTHER}\n---\n",
            "opencode.json": f'{{"agent": {{"a": {{"model": "openrouter/{MODEL}"}}}}}}',
        },
    ),
    Case(
        "preferences in front matter",
        one("opencode.agent-model", "warning"),
        {AGENT: "---\noptions:\n  @provider:\n    only: [x]\n---\nYou build.\n"},
    ),
    Case(
        "no small model",
        one("opencode.small-model", "error"),
        edits=((f"  {SMALL},\n", ""), (MAIN, MAIN.replace('"openrouter', '@"openrouter'))),
    ),
    Case(
        "a small model without a pin",
        one("opencode.small-model", "error"),
        edits=((SMALL, f'"small_model": @"openrouter/{OTHER}"'),),
    ),
    Case(
        "a model of another provider",
        one("opencode.other-provider", "error"),
        edits=((MAIN, '"model": @"anthropic/claude-opus-5"'),),
    ),
    Case(
        "a model without a pin",
        one("opencode.unpinned-model", "error"),
        edits=((MAIN, f'"model": @"openrouter/{OTHER}"'),),
    ),
    Case(
        "no model",
        one("opencode.unpinned-model", "error", USER),
        edits=((f"  {MAIN},\n", ""),),
    ),
    Case(
        "a pin at the provider",
        one("opencode.misplaced-pin", "warning"),
        {PROJECT: in_options('"provider": @{"order": ["fireworks"]}')},
    ),
    Case(
        "a pin a level too high",
        one("opencode.misplaced-pin", "warning"),
        {PROJECT: in_model('"options": {"order": @["fireworks"]}')},
    ),
    Case(
        "a pin where the model's package belongs",
        one("opencode.misplaced-pin", "warning"),
        {PROJECT: in_model('"provider": {"only": @["fireworks"]}')},
    ),
    Case(
        "a pin in a model's extraBody alone",
        one("opencode.misplaced-pin", "error"),
        {USER: in_model(f'"options": {{"extraBody": {{"provider": @{PINNED}}}}}')},
    ),
    Case(
        "a pin that is taken for a provider",
        one("opencode.misplaced-pin", "error"),
        {PROJECT: '{"provider": {"order": @["fireworks"]}}'},
    ),
    Case(
        "extraBody with another pin",
        one("opencode.extra-body", "warning"),
        {PROJECT: in_options('"extraBody": {"provider": @{"only": ["x"]}}')},
    ),
    Case(
        "extraBody with another model",
        one("opencode.extra-body", "error"),
        {PROJECT: in_options('"extraBody": {"model": @"z/z"}')},
    ),
    Case(
        "options with another model",
        one("opencode.extra-body", "error"),
        {PROJECT: in_model('"options": {"model": @"z/z"}')},
    ),
    Case(
        "providers of OpenCode 2",
        one("opencode.v2-config", "warning"),
        {PROJECT: '{"providers": @{"openrouter": {}}}'},
    ),
    Case(
        "permissions of OpenCode 2",
        one("opencode.v2-config", "error"),
        {PROJECT: '{"permissions": @{}}'},
    ),
    Case(
        "a variant that nobody chose",
        one("opencode.variant", "error"),
        {PROJECT: in_model('"variants": {"high": {"provider": @{"only": ["x"]}}}')},
    ),
    Case(
        "a key from a variable that is not set",
        one("opencode.api-key", "error"),
        {PROJECT: in_options('"apiKey": @"{env:NOBODY_SET_THIS}"')},
    ),
    Case(
        "a key from a file that is not there",
        one("opencode.api-key", "error"),
        {PROJECT: in_options('"apiKey": @"{file:./key.txt}"')},
    ),
    Case(
        "a key of another value",
        one("opencode.api-key", "info"),
        {PROJECT: in_options(f'"apiKey": @"{KEY}-other"')},
    ),
    Case(
        "a header in place of the key",
        one("opencode.api-key", "warning"),
        {PROJECT: in_model(f'"headers": {{"authorization": @"Bearer {KEY}"}}')},
    ),
    Case(
        "a provider that is disabled",
        one("opencode.disabled", "error"),
        {PROJECT: '{"disabled_providers": @["openrouter"]}'},
    ),
    Case(
        "providers that are enabled",
        one("opencode.disabled", "error"),
        {PROJECT: '{"enabled_providers": @["anthropic"]}'},
    ),
    Case(
        "a model on the black list",
        one("opencode.disabled", "error"),
        {PROJECT: f'{{"provider": {{"openrouter": {{"blacklist": @["{MODEL}"]}}}}}}'},
    ),
    Case(
        "a model that the white list lacks",
        one("opencode.disabled", "error"),
        {PROJECT: '{"provider": {"openrouter": {"whitelist": @["z-ai/glm-4.6"]}}}'},
    ),
    Case(
        "a switch that is not on",
        one("opencode.flags", "warning", "$OPENCODE_DISABLE_PROJECT_CONFIG"),
        env={"OPENCODE_DISABLE_PROJECT_CONFIG": "on"},
    ),
    Case(
        "a config in a variable that is none",
        one("opencode.flags", "error", "$OPENCODE_CONFIG_CONTENT"),
        env={"OPENCODE_CONFIG_CONTENT": '{"model":'},
    ),
    Case(
        "a list of models from elsewhere",
        one("opencode.flags", "info", "$OPENCODE_MODELS_URL"),
        env={"OPENCODE_MODELS_URL": "https://models.example"},
    ),
    Case(
        "the shim's address taken away",
        one(SHADOWED, "error"),
        {PROJECT: in_options('"baseURL": @"https://openrouter.ai/api/v1"')},
        settings=ROUTE,
    ),
    Case(
        "a pin of its own before the shim",
        one("opencode.own-pin", "info"),
        {PROJECT: in_model('"options": {"provider": @{"only": ["x"]}}')},
        settings=ROUTE,
    ),
    Case(
        "an agent's model that the shim refuses",
        one("opencode.agent-model", "warning"),
        {PROJECT: f'{{"agent": {{"build": {{"model": @"openrouter/{OTHER}"}}}}}}'},
        settings=f'{ROUTE}[profiles."kimi-k2.5"]\nunknown_models = "refuse"\n',
    ),
    Case(
        "an agent's model that passes the shim by",
        one("opencode.agent-model", "error"),
        {PROJECT: '{"agent": {"build": {"model": @"anthropic/claude-opus-5"}}}'},
        settings=ROUTE,
    ),
)
SILENT = (
    Case("what confgen wrote"),
    Case("what confgen wrote for the shim", settings=ROUTE),
    Case(
        "a small model of the profile's", settings='[profiles."kimi-k2.5"]\nsmall_model = "a/b"\n'
    ),
    Case("a project's file about other things", files={PROJECT: '{"share": "disabled"}'}),
    Case(
        "a page that a stronger one of its name outranks",
        files={
            "~/.config/opencode/agent/a.md": f"---\nmodel: openrouter/{OTHER}\n---\n",
            ".opencode/agent/a.md": f"---\nmodel: openrouter/{MODEL}\n---\n",
        },
    ),
    Case(
        "a page that a later folder's file outranks",
        files={
            "~/.config/opencode/agent/a.md": f"---\nmodel: openrouter/{OTHER}\n---\n",
            ".opencode/opencode.json": (f'{{"agent": {{"a": {{"model": "openrouter/{MODEL}"}}}}}}'),
        },
    ),
    Case("the same pin again", files={PROJECT: f'{{"provider": {pinned(MODEL)}}}'}),
    Case(
        "a weaker file with another model",
        files={"~/opencode.json": f'{{"model": "openrouter/{OTHER}"}}'},
    ),
    Case(
        "a weaker file that is outranked",
        files={"~/.config/opencode/config.json": "{}"},
        finds=one("opencode.both-files", "info", "~/.config/opencode/opencode.json"),
    ),
    Case(
        "a project's file that is left out",
        files={
            PROJECT: '{"small_model": ""}',
            "./.opencode/agent/build.md": f"---\nmodel: openrouter/{OTHER}\n---\n",
        },
        env={"OPENCODE_DISABLE_PROJECT_CONFIG": "TRUE"},
    ),
    Case(
        "an agent's model with the pin",
        files={
            PROJECT: f'{{"agent": {{"build": {{"model": "openrouter/{OTHER}"}}}},'
            f'"provider": {pinned(OTHER)}}}'
        },
    ),
    Case(
        "an agent's model from a variable",
        files={PROJECT: '{"agent": {"build": {"model": "openrouter/{env:THE_MODEL}"}}}'},
        env={"THE_MODEL": MODEL},
    ),
    Case(
        "an agent's model pinned by extraBody",
        files={
            PROJECT: f'{{"agent": {{"build": {{"model": "openrouter/{OTHER}"}}}},'
            f'"provider": {{"openrouter": {{"options": {{"extraBody": {{"provider": {PINNED}'
            "}}}}}"
        },
    ),
    Case(
        "an agent that is disabled",
        files={
            PROJECT: f'{{"agent": {{"x": {{"model": "openrouter/{OTHER}", "disable": true}}}}}}',
            AGENT: f"---\nmodel: openrouter/{OTHER}\ndisable: true\n---\n",
        },
    ),
    Case(
        "pages without a model",
        files={
            AGENT: f"---\ndescription: |\n  model: openrouter/{OTHER}\nmode: all\n---\n",
            "./.opencode/command/fix.md": f"model: openrouter/{OTHER}\n",
            "./.opencode/notes/fix.md": f"---\nmodel: openrouter/{OTHER}\n---\n",
        },
    ),
    Case("no small model and no titles", edits=((SMALL, '"agent": {"title": {"disable": true}}'),)),
    Case(
        "no small model and a white list",
        edits=((f"  {SMALL},\n", ""), (OPENROUTER, f'{OPENROUTER}"whitelist": ["{MODEL}"],')),
    ),
    Case(
        "a variant that keeps the pin", files={PROJECT: in_model('"variants": {"high": {"x": 1}}')}
    ),
    Case(
        "a variant that is disabled",
        files={
            PROJECT: in_model(
                '"variants": {"high": {"disabled": true, "provider": {"only": ["x"]}}}'
            )
        },
    ),
    Case(
        "the key's own variable",
        files={PROJECT: in_options('"apiKey": "{env:OPENROUTER_API_KEY}"')},
    ),
    Case(
        "a key from a file",
        files={PROJECT: in_options('"apiKey": "{file:~/key.txt}"'), "~/key.txt": KEY},
    ),
    Case(
        "lists that have the pinned ones",
        files={
            PROJECT: '{"enabled_providers": ["openrouter"], "disabled_providers": ["anthropic"]}'
        },
    ),
    Case("a switch that is off", env={"OPENCODE_DISABLE_PROJECT_CONFIG": "0"}),
    Case(
        "any model at all before the shim",
        files={PROJECT: f'{{"agent": {{"build": {{"model": "openrouter/{OTHER}"}}}}}}'},
        settings=ROUTE,
    ),
)


@cases(*FIRES)
def test_a_check_finds(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    wanted = go_wrong("opencode", case, USER, monkeypatch)
    assert findings("opencode") == wanted


@cases(*SILENT)
def test_nothing_is_found(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    wanted = go_wrong("opencode", case, USER, monkeypatch)
    assert findings("opencode") == wanted


def test_each_check_has_a_case() -> None:
    shown = {name for case in FIRES for name, _, _ in case.finds}
    assert shown == {check.id for check in CHECKS}
    assert all(check.id.startswith(f"{opencode.NAME}.") for check in CHECKS)


def test_a_variable_is_named_but_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    """A model may be written as a variable, and that may by accident be the key's."""
    named = '"openrouter/{env:OPENROUTER_API_KEY}"'
    agent = f'"agent": {{"build": {{"model": {named}}}}}'
    files = {PROJECT: f'{{"model": {named}, "small_model": {named}, {agent}}}'}
    go_wrong("opencode", Case("variable", files=files), USER, monkeypatch)
    assert {name for name, _, _ in findings("opencode")} == {SHADOWED, "opencode.agent-model"}
