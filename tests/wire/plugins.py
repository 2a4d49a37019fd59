"""Homes with plugins, which decide on models; and with hooks and servers, which must not run."""

import json
import sys

from case import BOTH, COPIED, Case

FOR_OPENCODE = """\
export const Models = async () => ({
  config: async (config) => {
    config.agent = {
      ...config.agent,
      helper: { mode: "subagent", description: "Helps", model: "openrouter/qwen/qwen3-coder" },
      lead: { mode: "primary", model: "openrouter/z-ai/glm-4.6" },
    }
    config.command = {
      ...config.command,
      look: { template: "look around", model: "openrouter/google/gemini-2.5-flash" },
    }
  },
})
"""
WITHOUT_MODELS = """\
export const Quiet = async () => ({
  config: async (config) => {
    config.agent = { ...config.agent, helper: { mode: "subagent", description: "Helps" } }
  },
})
"""
SET = ("qwen/qwen3-coder", "z-ai/glm-4.6", "google/gemini-2.5-flash")

USERS = ".config/opencode/plugin/models.js"
PROJECTS = "project/.opencode/plugins/models.js"

CACHE = ".claude/plugins/cache/market/team/1.0.0"


def for_claude_code(front: str) -> dict[str, str]:
    """A plugin as it is on disk once it is installed, with one agent."""
    installed = {
        "scope": "user",
        "installPath": f"{{home}}/{CACHE}",
        "version": "1.0.0",
        "installedAt": "2026-11-01T00:00:00.000Z",
        "lastUpdated": "2026-11-01T00:00:00.000Z",
    }
    market = {
        "source": {"source": "directory", "path": "{home}/.claude/plugins/marketplaces/market"},
        "installLocation": "{home}/.claude/plugins/marketplaces/market",
        "lastUpdated": "2026-11-01T00:00:00.000Z",
    }
    listed = {
        "name": "market",
        "owner": {"name": "the team"},
        "plugins": [{"name": "team", "source": "./team", "version": "1.0.0"}],
    }
    plugin = json.dumps({"name": "team", "version": "1.0.0", "description": "Ours"})
    page = f"---\nname: helper\ndescription: Helps\n{front}---\nYou help.\n"
    marketplace = ".claude/plugins/marketplaces/market"
    return {
        ".claude/plugins/installed_plugins.json": json.dumps(
            {"version": 2, "plugins": {"team@market": [installed]}}
        ),
        ".claude/plugins/known_marketplaces.json": json.dumps({"market": market}),
        f"{marketplace}/.claude-plugin/marketplace.json": json.dumps(listed),
        **{
            f"{folder}/{name}": text
            for folder in (CACHE, f"{marketplace}/team")
            for name, text in (
                (".claude-plugin/plugin.json", plugin),
                ("agents/helper.md", page),
            )
        },
        "project/.claude/settings.local.json": '{"enabledPlugins": {"team@market": true}}',
    }


# What it runs leaves a mark where nothing is sealed, and asks for a host that is then told of.
RAN = "ran.example"
EFFECT = (
    sys.executable,
    "-c",
    f"import urllib.request as u; open('{{home}}/../ran', 'w').close(); u.urlopen('http://{RAN}')",
)
COMMAND = f'{sys.executable} -c "{EFFECT[2]}"'
SERVER = {"command": EFFECT[0], "args": EFFECT[1:]}
HOOK = {"hooks": [{"type": "command", "command": COMMAND}]}
HOOKS = {"SessionStart": [HOOK], "UserPromptSubmit": [HOOK], "Stop": [HOOK]}

PLUGINS = (
    *(
        case
        for whose, path in (("users", USERS), ("projects", PROJECTS))
        for case in (
            Case(
                name=f"plugin-of-the-{whose}",
                harness="opencode",
                files={path: FOR_OPENCODE},
                verdict="leak",
                models=SET,
            ),
            Case(
                name=f"plugin-of-the-{whose}-is-run",
                harness="opencode",
                files={path: FOR_OPENCODE},
                views=COPIED,
                options=("--live", "--run-plugins"),
                verdict="leak",
                models=SET,
            ),
            Case(
                name=f"plugin-of-the-{whose}-is-not-run",
                harness="opencode",
                files={path: FOR_OPENCODE},
                views=COPIED,
                verdict="not-proven",
                detail=path,
                left_out=(path,),
            ),
        )
    ),
    Case(name="plugin-without-models", harness="opencode", files={USERS: WITHOUT_MODELS}),
    Case(
        name="plugin",
        harness="claude-code",
        files=for_claude_code("model: qwen/qwen3-coder\n"),
        verdict="leak",
        models=("qwen/qwen3-coder",),
    ),
    Case(
        name="plugin-is-run",
        harness="claude-code",
        files=for_claude_code("model: qwen/qwen3-coder\n"),
        views=COPIED,
        options=("--live", "--run-plugins"),
        verdict="leak",
        models=("qwen/qwen3-coder",),
    ),
    Case(
        name="plugin-is-not-run",
        harness="claude-code",
        files=for_claude_code("model: qwen/qwen3-coder\n"),
        views=COPIED,
        verdict="not-proven",
        detail="team@market",
        left_out=("team@market",),
    ),
    Case(name="plugin-without-models", harness="claude-code", files=for_claude_code("")),
    Case(
        name="servers",
        harness="opencode",
        files={
            "project/opencode.json": json.dumps(
                {"mcp": {"auth": {"type": "local", "command": EFFECT}}}
            )
        },
        views=BOTH,
        left_out=("MCP server auth of",),
    ),
    Case(
        name="hooks-and-servers",
        harness="claude-code",
        files={
            "project/.claude/settings.json": json.dumps({"hooks": HOOKS}),
            "project/.mcp.json": json.dumps({"mcpServers": {"token": SERVER}}),
        },
        views=BOTH,
        left_out=("hooks of {home}/project/.claude", "MCP servers of {home}/project/.mcp.json"),
    ),
    Case(
        name="hook-that-asks-a-model",
        harness="claude-code",
        files={
            "project/.claude/settings.json": json.dumps(
                {
                    "hooks": {
                        "Stop": [
                            {
                                "hooks": [
                                    {
                                        "type": "prompt",
                                        "prompt": "Is it done? $ARGUMENTS",
                                        "model": "qwen/qwen3-coder",
                                    }
                                ]
                            }
                        ]
                    }
                }
            )
        },
        views=BOTH,
        verdict="not-proven",
        detail="hooks of",
        left_out=("hooks of",),
    ),
    Case(
        name="hooks-and-servers",
        harness="droid",
        files={
            "project/.factory/settings.json": json.dumps({"hooks": HOOKS}),
            ".factory/mcp.json": json.dumps({"mcpServers": {"key": {"type": "stdio", **SERVER}}}),
        },
        views=BOTH,
        left_out=("hooks of {home}/project/.factory", "MCP servers of {home}/.factory/mcp.json"),
    ),
    Case(
        name="hooks-and-servers",
        harness="openhands",
        files={
            "project/.openhands/hooks.json": json.dumps(
                {"session_start": [HOOK], "user_prompt_submit": [HOOK], "stop": [HOOK]}
            ),
            ".openhands/mcp.json": json.dumps(
                {"mcpServers": {"api_key": {"transport": "stdio", **SERVER}}}
            ),
        },
        views=BOTH,
        left_out=(
            "hooks of {home}/project/.openhands",
            "MCP servers of {home}/.openhands/mcp.json",
        ),
    ),
)
