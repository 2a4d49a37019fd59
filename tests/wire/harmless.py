"""Homes in which nothing takes the pin away, whatever they look like."""

import json
from collections.abc import Mapping

from case import BOTH, COPIED, Case
from pages import page
from wire import BY_NAME

OWN_KEY = "sk-or-v1-of-the-users-own-in-a-file"
HELPER = '"apiKeyHelper": "printenv OPENROUTER_API_KEY"'
HEADING = "# How we work\n\nUse `openrouter/qwen/qwen3-coder` nowhere.\n"
SPOKEN = {
    "AGENTS.md": HEADING,
    "CLAUDE.md": HEADING,
    "README.md": "---\nmodel: openrouter/qwen/qwen3-coder\n---\n",
}
BIG: Mapping[str, str] = {f"project/node_modules/big/{n}.js": "x" * 4096 for n in range(2000)}
NAMED = ("auth", "token", "key", "api_key")
SERVERS = {name: {"command": "true", "args": ["--key", "k"]} for name in NAMED}

HARMLESS = (
    *(
        Case(
            name="gateway-on-this-machine",
            harness=harness,
            applied=("--upstream", "http://127.0.0.1:4000/api"),
            views=BOTH,
            options=(),
        )
        for harness in BY_NAME
    ),
    Case(
        name="names-like-secrets",
        harness="opencode",
        files={
            "project/opencode.json": json.dumps(
                {
                    "permission": {
                        "bash": {"*": "ask", "pwd": "allow"},
                        "read": {"*.key": "deny", "*": "allow"},
                    },
                    "agent": {
                        name: {"mode": "subagent", "description": f"The {name}"} for name in NAMED
                    },
                    "mcp": {
                        "better-auth": {
                            "type": "remote",
                            "url": "https://docs.example.com/better-auth/mcp",
                        }
                    },
                    "provider": {
                        "corp-auth": {
                            "npm": "@ai-sdk/openai-compatible",
                            "options": {"baseURL": "http://127.0.0.1:9/v1"},
                            "models": {
                                "m": {
                                    "limit": {"context": 1000, "output": 100},
                                    "modalities": {"input": ["text"], "output": ["text"]},
                                }
                            },
                        }
                    },
                }
            )
        },
        views=BOTH,
        left_out=("MCP server better-auth of",),
    ),
    Case(
        name="names-like-secrets",
        harness="claude-code",
        files={
            "project/.mcp.json": json.dumps({"mcpServers": SERVERS}),
            **{
                f".claude/agents/{name}.md": page(f"name: {name}\ndescription: The {name}\n")
                for name in NAMED
            },
        },
        views=COPIED,
    ),
    Case(
        name="names-like-secrets",
        harness="droid",
        files={
            ".factory/mcp.json": json.dumps({"mcpServers": SERVERS}),
            ".factory/droids/auth.md": page("name: auth\ndescription: Logs in\nmodel: gpt-5\n"),
        },
        views=COPIED,
    ),
    Case(
        name="names-like-secrets",
        harness="openhands",
        files={
            ".openhands/mcp.json": json.dumps({"mcpServers": SERVERS}),
            ".agents/agents/auth.md": page("name: auth\ndescription: Logs in\nmodel: inherit\n"),
        },
        views=COPIED,
    ),
    Case(
        name="what-only-speaks-to-the-model",
        harness="opencode",
        files={
            **{f"project/{name}": text for name, text in SPOKEN.items()},
            ".config/opencode/AGENTS.md": HEADING,
            ".config/opencode/themes/mine.json": '{"theme": {"primary": "#ff00ff"}}',
            ".config/opencode/command/look.md": page("description: Looks\n"),
            "project/.opencode/agent/reviewer.md": page("description: Reviews\nmode: subagent\n"),
        },
        views=COPIED,
    ),
    Case(
        name="what-only-speaks-to-the-model",
        harness="claude-code",
        files={
            **{f"project/{name}": text for name, text in SPOKEN.items()},
            ".claude/CLAUDE.md": HEADING,
            ".claude/commands/look.md": page("description: Looks\n"),
            ".claude/agents/reviewer.md": page(
                "name: reviewer\ndescription: Reviews\nmodel: inherit # the caller's\n"
            ),
        },
        views=COPIED,
    ),
    Case(
        name="what-only-speaks-to-the-model",
        harness="droid",
        files={
            **{f"project/{name}": text for name, text in SPOKEN.items()},
            ".factory/AGENTS.md": HEADING,
            ".factory/commands/look.md": page("description: Looks\n"),
            ".factory/droids/reviewer.md": page(
                "name: reviewer\ndescription: Reviews\nmodel: inherit\n"
            ),
        },
        views=COPIED,
    ),
    Case(
        name="what-only-speaks-to-the-model",
        harness="openhands",
        files={
            **{f"project/{name}": text for name, text in SPOKEN.items()},
            ".openhands/microagents/mine.md": page("name: mine\n"),
            "project/.agents/agents/helper.md": page(
                "name: helper\ndescription: Helps\nmodel: inherit\n"
            ),
        },
        views=COPIED,
    ),
    Case(name="big-folder", harness="opencode", files=BIG, views=COPIED),
    Case(name="big-folder", harness="claude-code", files=BIG, views=COPIED),
    Case(
        name="folder-elsewhere",
        harness="opencode",
        environment={"XDG_CONFIG_HOME": "{home}/../elsewhere"},
        views=BOTH,
    ),
    Case(
        name="folder-elsewhere",
        harness="claude-code",
        environment={"CLAUDE_CONFIG_DIR": "{home}/../elsewhere"},
        views=BOTH,
    ),
    Case(
        name="folder-elsewhere",
        harness="openhands",
        environment={"OPENHANDS_PERSISTENCE_DIR": "{home}/../elsewhere"},
        views=BOTH,
    ),
    Case(
        name="harmless-dotfiles-elsewhere",
        harness="opencode",
        files={
            "../dotfiles/agent/reviewer.md": page("description: Reviews\nmode: subagent\n"),
            "../dotfiles/tui.json": '{"theme": "system"}',
        },
        links={
            ".config/opencode/agent": "{home}/../dotfiles/agent",
            "project/tui.json": "{home}/../dotfiles/tui.json",
        },
        views=BOTH,
    ),
    Case(
        name="harmless-dotfiles-elsewhere",
        harness="droid",
        files={"../dotfiles/AGENTS.md": HEADING},
        links={".factory/AGENTS.md": "{home}/../dotfiles/AGENTS.md"},
        views=BOTH,
    ),
    Case(
        name="own-key",
        harness="opencode",
        files={
            "project/opencode.json": json.dumps(
                {"provider": {"openrouter": {"options": {"apiKey": OWN_KEY}}}}
            )
        },
        views=BOTH,
    ),
    Case(
        name="own-key",
        harness="claude-code",
        edits=((".claude/settings.json", HELPER, '"theme": "dark"'),),
        files={
            "project/.claude/settings.local.json": json.dumps(
                {"env": {"ANTHROPIC_AUTH_TOKEN": OWN_KEY}}
            )
        },
        views=BOTH,
    ),
    Case(
        name="own-key-helper",
        harness="claude-code",
        edits=(
            (".claude/settings.json", HELPER, f'"apiKeyHelper": "touch ../ran; echo {OWN_KEY}"'),
        ),
        views=BOTH,
        left_out=("apiKeyHelper of {home}/.claude/settings.json",),
    ),
    Case(
        name="own-key",
        harness="droid",
        edits=((".factory/settings.json", "${OPENROUTER_API_KEY}", OWN_KEY),),
        views=BOTH,
    ),
    Case(
        name="own-key",
        harness="openhands",
        edits=(
            (
                ".openhands/agent_settings.json",
                '"usage_id": "agent"',
                f'"usage_id": "agent", "api_key": "{OWN_KEY}"',
            ),
        ),
        views=COPIED,
    ),
)
