"""What each client is asked to do headless, and what is kept out of that.

In the paths of a case `~` is the home, `.` the current folder, which is a git worktree. What the
clients do when they are run so is seen in the wire tests.
"""

import json
import shlex
from collections.abc import Mapping
from pathlib import Path, PurePath
from types import MappingProxyType
from typing import Any, NamedTuple

import pytest
from checked import reading_of, real

from confgen.harnesses import HARNESSES, find_harness
from confgen.harnesses.claude_code import headless as claude_code
from confgen.harnesses.footprint import System
from confgen.harnesses.opencode import headless as opencode
from confgen.harnesses.openhands import headless as openhands
from confgen.harnesses.packages import headless_of
from confgen.harnesses.session import TASK, Call, Offered, Overflow, Question, Session, Step

PROMPT = "say hi"
NOTE = PurePath("/view/project/note.txt")
HOME = PurePath("/view/home")
EFFECTS = {"a": {"command": "/bin/true"}}
HOOK = {"Stop": [{"hooks": [{"type": "command", "command": "true"}]}]}
ASKING_HOOK = {"Stop": [{"hooks": [{"type": "prompt", "prompt": "done?", "model": "x/y"}]}]}

USER = {
    "opencode": "~/.config/opencode/opencode.json",
    "claude-code": "~/.claude/settings.json",
    "droid": "~/.factory/settings.json",
    "openhands": "~/.openhands/agent_settings.json",
}


class Case(NamedTuple):
    """A machine, and what comes of it. None: whatever comes of it.

    `runs` are the arguments as in a shell, each with {options} for those of every run; `steps` what
    is played; `changes` the texts by path, as JSON where they are; `left_out` what is left out, and
    with a `!` before it what decides.
    """

    name: str
    harness: str
    files: Mapping[str, object] = MappingProxyType({})
    env: Mapping[str, str] = MappingProxyType({})
    plugins: bool = True
    note: PurePath | None = NOTE
    runs: tuple[str, ...] | None = None
    steps: tuple[str, ...] | None = None
    changes: Mapping[str, object] | None = None
    left_out: tuple[str, ...] | None = None
    environment: Mapping[str, object] | None = None


def page(**fields: str) -> str:
    lines = "".join(f"{name}: {value}\n" for name, value in fields.items())
    return f"---\n{lines}---\nHelp.\n"


def many(folder: str, count: int) -> dict[str, object]:
    return {f"{folder}/a{at}.md": page(description="d", model="x/y") for at in range(count)}


OPENCODE = (
    Case(
        "nothing of its own",
        "opencode",
        runs=("run 'say hi'",),
        steps=("read", "general", "overflow 3"),
        changes={},
        left_out=(),
        environment={},
    ),
    Case(
        "no note may be laid",
        "opencode",
        note=None,
        steps=("general", "overflow 3"),
    ),
    Case(
        "agents, modes and commands of JSON",
        "opencode",
        {
            USER["opencode"]: {
                "agent": {
                    "one": {},
                    "two": {"model": "x/y", "mode": "subagent"},
                    "first": {"model": "x/y", "mode": "primary"},
                    "plan": {"model": "x/y"},
                    "build": {"model": "x/y"},
                    "title": {"model": "x/y"},
                    "off": {"model": "x/y", "disable": True},
                },
                "mode": {"old": {"model": "x/y"}, "plain": {}},
                "command": {"go": {"model": "x/y", "template": "t"}, "stay": {"template": "t"}},
            }
        },
        runs=(
            "run 'say hi'",
            "run --agent old 'say hi'",
            "run --agent first 'say hi'",
            "run --agent plan 'say hi'",
            "run --command go 'say hi'",
        ),
        steps=("read", "general", "two", "one", "overflow 3"),
    ),
    Case(
        "the default agent needs no run of its own, and build does",
        "opencode",
        {
            USER["opencode"]: {
                "default_agent": "plan",
                "agent": {"plan": {"model": "x/y"}, "build": {"model": "x/z"}},
            }
        },
        runs=("run 'say hi'", "run --agent build 'say hi'"),
    ),
    Case(
        "agents and commands that change the pin, or may",
        "opencode",
        {
            USER["opencode"]: {
                "agent": {
                    "plan": {"options": {"provider": {"order": ["x"]}}},
                    "loud": {"mode": "primary", "provider": {"order": ["x"]}},
                    "vary": {"mode": "primary", "variant": "high"},
                    "calm": {"mode": "primary", "prompt": "p", "temperature": 0.1, "tools": {}},
                },
                "command": {"go": {"variant": "high", "template": "t"}},
            },
            "./.opencode/agent/deep.md": page(
                mode="primary", options="\n  provider: {sort: price}"
            ),
        },
        runs=(
            "run 'say hi'",
            "run --agent plan 'say hi'",
            "run --agent loud 'say hi'",
            "run --agent vary 'say hi'",
            "run --agent deep 'say hi'",
            "run --command go 'say hi'",
        ),
    ),
    Case(
        "pages, by their front matter",
        "opencode",
        {
            "./.opencode/agent/deep/er.md": page(description="d"),
            "./.opencode/agents/named.md": page(name="other", model="x/y"),
            "~/.config/opencode/mode/slow.md": page(model="x/y"),
            "~/.config/opencode/command/go.md": page(model=">-\n  x/y"),
        },
        runs=("run 'say hi'", "run --agent slow 'say hi'", "run --command go 'say hi'"),
        steps=("read", "general", "other", "deep/er", "overflow 3"),
    ),
    Case(
        "no more than eight",
        "opencode",
        many("~/.config/opencode/agent", 9),
        steps=("read", "general", *(f"a{at}" for at in range(7)), "overflow 3"),
        left_out=("!sub-agent a7", "!sub-agent a8"),
    ),
    Case(
        "servers are turned off by the content",
        "opencode",
        {
            USER["opencode"]: {"mcp": {"we.ird/x": {"type": "local", "command": ["true"]}}},
            "./opencode.json": {"lsp": {"own": {"command": ["true"]}}, "mcp": {"b": {}}},
        },
        {"OPENCODE_CONFIG_CONTENT": '{"model": "x/y", "mcp": {"c": {"enabled": true}}}'},
        changes={},
        environment={
            "OPENCODE_CONFIG_CONTENT": {
                "model": "x/y",
                "mcp": {
                    "c": {"enabled": False},
                    "we.ird/x": {"enabled": False},
                    "b": {"enabled": False},
                },
                "lsp": False,
            }
        },
        left_out=(
            f"MCP server we.ird/x of {USER['opencode']}",
            "MCP server b of ./opencode.json",
            "language servers of ./opencode.json",
            "MCP server c of $OPENCODE_CONFIG_CONTENT",
        ),
    ),
    Case(
        "a broken content stops it anyway",
        "opencode",
        {USER["opencode"]: {"mcp": {"a": {}}}},
        {"OPENCODE_CONFIG_CONTENT": "{"},
        environment={},
        left_out=(),
    ),
    Case(
        "an administrator's servers are taken out",
        "opencode",
        {"~/managed/opencode.json": {"mcp": {"a": {}}, "model": "x/y"}},
        {"OPENCODE_TEST_MANAGED_CONFIG_DIR": "~/managed"},
        changes={"~/managed/opencode.json": {"model": "x/y"}},
        environment={},
    ),
    Case(
        "plugins stay out by name",
        "opencode",
        {
            USER["opencode"]: {"plugin": ["npm-name", ["file:///x.js", {"a": 1}]]},
            "~/.config/opencode/plugin/a.js": "",
            "./.opencode/plugins/b.ts": "",
            "./.opencode/tool/c.ts": "",
        },
        plugins=False,
        runs=("run --pure 'say hi'",),
        left_out=(
            "!plugin ~/.config/opencode/plugin/a.js",
            "!plugin ./.opencode/plugins/b.ts",
            "!plugin npm-name",
            "!plugin file:///x.js",
        ),
    ),
)

TITLE = "the title of a session"
OFF = {"disableAllHooks": True}
CLAUDE = (
    Case(
        "nothing of its own",
        "claude-code",
        runs=("-p 'say hi' {options}", "-p 'say hi' {options} --model haiku"),
        steps=("Read", "general-purpose", "statusline-setup", "overflow 3"),
        changes={},
        left_out=(TITLE,),
        environment=OFF,
    ),
    Case(
        "models for when one is overloaded",
        "claude-code",
        {
            USER["claude-code"]: {"fallbackModel": ["haiku", "moonshotai/kimi-k2.5", "x/y"]},
            "./.claude/settings.local.json": {"fallbackModel": "x/z"},
        },
        left_out=(
            TITLE,
            f"!fallbackModel x/y of {USER['claude-code']}",
            "!fallbackModel x/z of ./.claude/settings.local.json",
        ),
    ),
    Case(
        "agents, commands and skills of pages",
        "claude-code",
        {
            "~/.claude/agents/plain.md": page(name="plain", description="d"),
            "./.claude/agents/below/file.md": page(name="named", model="x/y"),
            "./.claude/commands/folder/go.md": page(model="x/y"),
            "./.claude/commands/stay.md": page(description="d"),
            "~/.claude/skills/able/SKILL.md": page(name="other", model="x/y"),
        },
        runs=(
            "-p 'say hi' {options}",
            "-p 'say hi' {options} --model haiku",
            "-p /able {options}",
            "-p /folder:go {options}",
        ),
        steps=("Read", "general-purpose", "statusline-setup", "named", "plain", "overflow 3"),
    ),
    Case(
        "no more than eight",
        "claude-code",
        many("~/.claude/agents", 7),
        left_out=(TITLE, "!sub-agent a6"),
    ),
    Case(
        "hooks, and the one that names a model",
        "claude-code",
        {
            USER["claude-code"]: {"hooks": HOOK},
            "./.claude/settings.json": {"hooks": ASKING_HOOK},
            "~/.claude/agents/a.md": page(name="a", hooks="{Stop: [{model: x/y}]}"),
            "~/.claude/agents/b.md": page(name="b", hooks="{Stop: []}"),
        },
        changes={},
        left_out=(
            TITLE,
            f"hooks of {USER['claude-code']}",
            "!hooks of ./.claude/settings.json",
            "!hooks of ~/.claude/agents/a.md",
            "hooks of ~/.claude/agents/b.md",
        ),
    ),
    Case(
        "servers",
        "claude-code",
        {
            "~/.claude.json": {"mcpServers": EFFECTS},
            "./.mcp.json": {"mcpServers": EFFECTS},
            "~/.claude/agents/a.md": page(name="a", mcpServers="[]"),
        },
        changes={},
        left_out=(
            TITLE,
            "MCP servers of ~/.claude.json",
            "MCP servers of ./.mcp.json",
            "MCP servers of ~/.claude/agents/a.md",
        ),
    ),
    Case(
        "servers that one project has",
        "claude-code",
        {"~/.claude.json": {"projects": {"/x": {"mcpServers": EFFECTS}, "/y": 1}}},
        left_out=(TITLE, "MCP servers of ~/.claude.json"),
    ),
    Case(
        "confgen's own helper",
        "claude-code",
        {USER["claude-code"]: {"apiKeyHelper": "printenv OPENROUTER_API_KEY"}},
        environment=OFF,
        left_out=(TITLE,),
    ),
    Case(
        "a foreign helper",
        "claude-code",
        {
            USER["claude-code"]: {"apiKeyHelper": "printenv OPENROUTER_API_KEY"},
            "./.claude/settings.json": {"apiKeyHelper": "op read op://dev/key"},
        },
        environment={**OFF, "apiKeyHelper": "printenv OPENROUTER_API_KEY"},
        left_out=(TITLE, "apiKeyHelper of ./.claude/settings.json"),
    ),
    Case(
        "a foreign helper that is outranked",
        "claude-code",
        {
            USER["claude-code"]: {"apiKeyHelper": "op read op://dev/key"},
            "./.claude/settings.json": {"apiKeyHelper": "printenv OPENROUTER_API_KEY"},
        },
        environment=OFF,
    ),
    Case(
        "other helpers",
        "claude-code",
        {USER["claude-code"]: {"otelHeadersHelper": "true", "statusLine": {"command": "true"}}},
        environment={**OFF, "otelHeadersHelper": ""},
        left_out=(TITLE, f"otelHeadersHelper of {USER['claude-code']}"),
    ),
    Case(
        "plugins run",
        "claude-code",
        {USER["claude-code"]: {"enabledPlugins": {"a@b": True}}},
        environment=OFF,
        left_out=(TITLE,),
    ),
    Case(
        "plugins stay out by name",
        "claude-code",
        {
            USER["claude-code"]: {"enabledPlugins": {"a@b": True, "c@d": True}},
            "./.claude/settings.json": {"enabledPlugins": {"c@d": False}},
        },
        plugins=False,
        environment={**OFF, "enabledPlugins": {"a@b": False}},
        left_out=(TITLE, "!plugin a@b"),
    ),
)

SWITCHED = {
    "hooks": {"hooksDisabled": True},
    "mcpPolicy": {"enabled": True, "allowlist": []},
    "cloudSessionSync": False,
}
OVERLAY = "~/.factory/confgen-verify.json"
UNOFFERED = "sub-agents"
PINNED = {
    "id": "custom:a",
    "model": "moonshotai/kimi-k2.5",
    "provider": "generic-chat-completion-api",
    "baseUrl": "https://openrouter.ai/api/v1",
    "extraArgs": {"provider": {"order": ["fireworks"], "allow_fallbacks": False}},
}
DROID = (
    Case(
        "nothing of its own",
        "droid",
        runs=("exec --settings /view/home/.factory/confgen-verify.json 'say hi'",),
        steps=("Read", "overflow 4"),
        changes={OVERLAY: SWITCHED},
        left_out=(UNOFFERED,),
        environment={},
    ),
    Case(
        "a model for the spec mode",
        "droid",
        {USER["droid"]: {"sessionDefaultSettings": {"specModeModel": "custom:a"}}},
        runs=(
            "exec --settings /view/home/.factory/confgen-verify.json 'say hi'",
            "exec --settings /view/home/.factory/confgen-verify.json --use-spec 'say hi'",
        ),
    ),
    Case(
        "the same in its older place, of the project",
        "droid",
        {"./.factory/settings.json": {"specModeModel": "custom:a"}},
        runs=(
            "exec --settings /view/home/.factory/confgen-verify.json 'say hi'",
            "exec --settings /view/home/.factory/confgen-verify.json --use-spec 'say hi'",
        ),
    ),
    Case(
        "hooks and servers by the switches",
        "droid",
        {
            USER["droid"]: {"hooks": HOOK},
            "./.factory/hooks.json": {"hooks": HOOK},
            "~/.factory/mcp.json": {"mcpServers": EFFECTS},
            "~/.factory/droids/own.md": page(model="custom:a"),
        },
        changes={OVERLAY: SWITCHED},
        left_out=(
            UNOFFERED,
            f"hooks of {USER['droid']}",
            "hooks of ./.factory/hooks.json",
            "MCP servers of ~/.factory/mcp.json",
        ),
    ),
    Case(
        "models for missions and sub-agents",
        "droid",
        {
            USER["droid"]: {
                "customModels": [PINNED, {**PINNED, "id": "custom:b", "extraArgs": {}}],
                "missionOrchestratorModel": "custom:a",
                "missionModelSettings": {"workerModel": "custom:b"},
                "subagentModelSettings": {"lightModel": "inherit"},
            },
            "~/.factory/droids/one.md": page(model="inherit"),
            "~/.factory/droids/two.md": page(model="custom:b"),
            "~/.factory/droids/three.md": page(model="gpt-5"),
            "~/.factory/droids/four.md": page(model="custom:nowhere"),
        },
        left_out=(
            UNOFFERED,
            f"the model at {USER['droid']}:1:474",
            "the model at ~/.factory/droids/three.md:2:8",
            "the model at ~/.factory/droids/two.md:2:8",
        ),
    ),
    Case(
        "no file may be laid",
        "droid",
        {
            USER["droid"]: {"hooks": HOOK, "customModels": []},
            "./.factory/mcp.json": {"mcpServers": EFFECTS},
        },
        note=None,
        runs=("exec 'say hi'",),
        steps=(),
        changes={USER["droid"]: {"customModels": []}, "./.factory/mcp.json": None},
        left_out=(UNOFFERED,),
    ),
    Case(
        "over the user's own overlay",
        "droid",
        {"~/mine.json": {"specModeModel": "custom:a"}},
        {"FACTORY_RUNTIME_SETTINGS_PATH": "~/mine.json"},
        runs=(
            "exec --settings /view/home/.factory/confgen-verify.json 'say hi'",
            "exec --settings /view/home/.factory/confgen-verify.json --use-spec 'say hi'",
        ),
        changes={OVERLAY: {"specModeModel": "custom:a", **SWITCHED}},
    ),
    Case(
        "an overlay of the user's that cannot be read",
        "droid",
        {"~/mine.json": "{", USER["droid"]: {"hooks": HOOK}},
        {"FACTORY_RUNTIME_SETTINGS_PATH": "~/mine.json"},
        runs=("exec 'say hi'",),
        changes={USER["droid"]: {}},
    ),
    Case(
        "plugins bring no models",
        "droid",
        {USER["droid"]: {"enabledPlugins": {"a@b": True, "c@d": False}}},
        plugins=False,
        left_out=(UNOFFERED, "plugin a@b"),
    ),
)

PINNED_PROFILE = {
    "model": "openrouter/moonshotai/kimi-k2.5",
    "litellm_extra_body": PINNED["extraArgs"],
}
OPENHANDS = (
    Case(
        "nothing of its own",
        "openhands",
        {USER["openhands"]: {"llm": {"model": "x/y"}}},
        {"LLM_MODEL": "x/y"},
        runs=("--headless -t 'say hi'",),
        steps=("file_editor", "general-purpose"),
        changes={},
        left_out=(),
        environment={},
    ),
    Case(
        "variables and no file",
        "openhands",
        env={"LLM_MODEL": "x/y"},
        runs=("--headless --override-with-envs -t 'say hi'",),
    ),
    Case(
        "a condenser",
        "openhands",
        {USER["openhands"]: {"condenser": {"kind": "LLMSummarizingCondenser"}}},
        steps=("file_editor", "general-purpose", "overflow 4"),
    ),
    Case(
        "pages of all four folders",
        "openhands",
        {
            "~/.openhands/agents/a.md": page(description="d"),
            "~/.agents/agents/b.md": page(name="bee", model="own"),
            "./.openhands/agents/c.md": page(model="inherit"),
            "./.agents/agents/D.MD": page(model='"own"'),
            "./.agents/agents/README.md": page(name="no"),
        },
        steps=("file_editor", "general-purpose", "bee", "D", "a", "c"),
    ),
    Case(
        "pages that start something are not asked",
        "openhands",
        {
            "./.agents/agents/a.md": page(model="own", mcp_servers="{x: {command: y}}"),
            "./.agents/agents/b.md": page(hooks="{x: []}"),
        },
        steps=("file_editor", "general-purpose"),
        left_out=("!sub-agent a", "sub-agent b"),
    ),
    Case(
        "no more than eight",
        "openhands",
        many("~/.agents/agents", 8),
        left_out=("!sub-agent a7",),
    ),
    Case(
        "models that it falls back to",
        "openhands",
        {
            USER["openhands"]: {
                "llm": {
                    "model": "x/y",
                    "fallback_strategy": {"fallback_llms": ["same", "other", "none"]},
                }
            },
            "~/.openhands/profiles/same.json": PINNED_PROFILE,
            "~/.openhands/profiles/other.json": {"model": "openrouter/x/y"},
        },
        left_out=(
            f"!the model other that {USER['openhands']}:1:74 falls back to",
            f"!the model none that {USER['openhands']}:1:83 falls back to",
        ),
    ),
    Case(
        "hooks and servers are hidden",
        "openhands",
        {
            "~/.openhands/hooks.json": HOOK,
            "./.openhands/hooks.json": HOOK,
            "~/.openhands/mcp.json": {"mcpServers": EFFECTS},
        },
        changes={
            "~/.openhands/hooks.json": None,
            "./.openhands/hooks.json": None,
            "~/.openhands/mcp.json": None,
        },
        left_out=(),
    ),
)

CASES = (*OPENCODE, *CLAUDE, *DROID, *OPENHANDS)


@pytest.mark.parametrize("case", CASES, ids=[f"{case.harness}: {case.name}" for case in CASES])
def test_the_session_asks_for_all_that_it_can(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    session = session_of(case, monkeypatch)
    if case.runs is not None:
        assert session.runs == tuple(_arguments(run, session) for run in case.runs)
    if case.steps is not None:
        assert tuple(map(_told, session.steps)) == case.steps
    if case.changes is not None:
        found = {str(change.path): change.text for change in session.changes}
        assert {path: _json(text) for path, text in found.items()} == {
            _real(path): content for path, content in case.changes.items()
        }
    if case.left_out is not None:
        told = [f"{'!' * one.decides}{one.what}" for one in session.left_out]
        assert told == [_placed(what) for what in case.left_out]
    if case.environment is not None:
        assert _switches(case, session) == case.environment


def session_of(case: Case, monkeypatch: pytest.MonkeyPatch) -> Session:
    Path(".git").mkdir()
    for path, content in case.files.items():
        file = real(path)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content if isinstance(content, str) else json.dumps(content))
    for name, value in case.env.items():
        monkeypatch.setenv(name, value.replace("~", str(Path.home())))
    question = Question(PROMPT, HOME, NOTE.parent, case.note, case.plugins)
    return headless_of(find_harness(case.harness)).session(reading_of(case.harness), question)


def _arguments(run: str, session: Session) -> tuple[str, ...]:
    first = session.runs[0]
    at = first.index("--strict-mcp-config") if "{options}" in run else 0
    found: list[str] = []
    for one in shlex.split(run):
        found += first[at : at + 3] if one == "{options}" else (one,)
    return tuple(found)


def _told(step: Step) -> str:
    if isinstance(step, Overflow):
        return f"overflow {step.least}"
    if "subagent_type" in step.arguments:
        agent = str(step.arguments["subagent_type"])
        assert step.arguments["prompt"] == f"{TASK}, {agent}."
        return agent
    assert str(NOTE) in step.arguments.values()
    return step.name


def _switches(case: Case, session: Session) -> object:
    """The variables, or what Claude Code is told by an option in their place."""
    if case.harness == "claude-code":
        assert not session.environment
        return json.loads(session.runs[0][session.runs[0].index("--settings") + 1])
    return {name: _json(value) for name, value in session.environment.items()}


def _json(text: str | None) -> object:
    return None if text is None else json.loads(text)


def _real(path: str) -> str:
    return str(real(path))


def _placed(what: str) -> str:
    """What is left out, with the real places of what it names."""
    return " ".join(_real(word) if word[:2] in ("~/", "./") else word for word in what.split(" "))


def test_opencode_tells_itself_what_plugins_add(monkeypatch: pytest.MonkeyPatch) -> None:
    case = Case("", "opencode", {USER["opencode"]: {"agent": {"plan": {}}}})
    session_of(case, monkeypatch)
    agents = {"plan": {"model": "x/y"}, "new": {"model": "x/y", "mode": "primary"}, "sub": {}}
    listed = json.dumps({"agent": agents, "command": {"go": {"model": "x/y"}}})
    question = Question(PROMPT, HOME, NOTE.parent, NOTE, plugins=True)
    session = opencode.session(reading_of("opencode"), question, listed)
    assert [run[1:-1] for run in session.runs] == [
        (),
        ("--agent", "plan"),
        ("--agent", "new"),
        ("--command", "go"),
    ]
    assert tuple(map(_told, session.steps)) == ("read", "general", "sub", "overflow 3")
    assert len(opencode.session(reading_of("opencode"), question, "no JSON").runs) == 1


ADMINISTRATOR = (
    ({"hooks": HOOK, "model": "x/y"}, False),
    ({"hooks": ASKING_HOOK, "model": "x/y"}, True),
    ({"apiKeyHelper": "op read op://x", "otelHeadersHelper": "true", "model": "x/y"}, False),
    ({"enabledPlugins": {"a@b": True}, "model": "x/y"}, True),
)


@pytest.mark.parametrize(("settings", "decides"), ADMINISTRATOR)
def test_what_claude_code_lets_nobody_outrank_is_taken_out(
    settings: Mapping[str, object], decides: bool, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    place_managed(monkeypatch, tmp_path)
    files = {
        str(tmp_path / "managed-settings.json"): settings,
        str(tmp_path / "managed-mcp.json"): {"mcpServers": EFFECTS},
    }
    session = session_of(Case("", "claude-code", files, plugins=False), monkeypatch)
    first, second = session.changes
    assert (first.path.name, _json(first.text)) == ("managed-settings.json", {"model": "x/y"})
    assert first.left_out.decides is decides
    assert (second.path.name, second.text) == ("managed-mcp.json", None)


def place_managed(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    """Have the administrator's files of Claude Code in another folder."""
    there = System(linux=str(folder), darwin=str(folder), win32=str(folder))
    harness = find_harness("claude-code")
    moved = (
        entry._replace(where=there) if isinstance(entry.where, System) else entry
        for entry in harness.FOOTPRINT
    )
    monkeypatch.setattr(harness, "FOOTPRINT", tuple(moved))


OFFERS = """Available agent types for the Agent tool:
- Plan: a: b. (Tools: *)
- reviewer: of a page
- plg:own: c (Tools: All tools)

When you

- no: more"""


def test_claude_code_is_asked_for_what_plugins_bring(monkeypatch: pytest.MonkeyPatch) -> None:
    body = {
        "messages": [
            {"role": "user", "content": "hi"},
            {"role": "system", "content": [{"type": "text", "text": OFFERS}]},
        ]
    }
    files = {"~/.claude/agents/x.md": page(name="reviewer")}
    session_of(Case("", "claude-code", files), monkeypatch)
    reading = reading_of("claude-code")
    run = ("-p", "say hi", "--settings", "{}")
    assert claude_code.offered(reading, body, run) == Offered((claude_code.delegate("plg:own"),))
    assert claude_code.offered(reading, {}, run) == Offered()
    skills = (
        "The following skills are available for use with the Skill tool:\n\n"
        "- plg:go: goes\n- init: of its own\n\n- not:this: any more"
    )
    told = {"messages": [{"role": "user", "content": [{"type": "text", "text": skills}]}]}
    assert claude_code.offered(reading, told, run).runs == (("-p", "/plg:go", *run[2:]),)


def test_opencode_is_asked_for_what_it_lists(monkeypatch: pytest.MonkeyPatch) -> None:
    case = Case("", "opencode", {".opencode/plugin/x.js": "export default {}"})
    session_of(case, monkeypatch)
    reading = reading_of("opencode")
    question = Question(PROMPT, HOME, NOTE.parent, NOTE, plugins=True)
    assert opencode.listing(reading) == ("debug", "config")
    listed = 'noise {"agent": {"plan": {"model": "a/b"}, "x": {"mode": "subagent"}}} noise'
    session = opencode.session(reading, question, listed)
    assert ("run", "--agent", "plan", PROMPT) in session.runs
    assert opencode.delegate("x") in session.steps
    (left,) = opencode.session(reading, question, "broken").left_out
    assert left.decides


@pytest.mark.parametrize("harness", HARNESSES.values(), ids=lambda one: one.NAME)
def test_what_a_client_is_told_is_not_taken_away_again(harness: Any) -> None:
    headless = headless_of(harness)
    assert not set(headless.UNSET) & set(headless.QUIET)
    assert not set(headless.WRITES_TO) & set(headless.QUIET)


def test_openhands_rates_its_calls() -> None:
    call = openhands.delegate("x")
    assert isinstance(call, Call)
    assert call.arguments["security_risk"] == "LOW"
