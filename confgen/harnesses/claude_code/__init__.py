"""Claude Code, as measured with 2.1.332 (2.1.197 behaves alike).

`CLAUDE_CODE_EXTRA_BODY` is merged into the top level of every request's body. In settings it must
be a JSON *string*: an object there is ignored without a word, and the request goes out unpinned.
"""

import json
from collections.abc import Iterator, Mapping
from pathlib import PurePath

from confgen.document import JsonValue
from confgen.harnesses.claude_code.files import FOOTPRINT as FOOTPRINT
from confgen.harnesses.claude_code.files import FRONT_MATTER as FRONT_MATTER
from confgen.harnesses.contract import ConfigFile, Endpoint, Route, Scope, platform_packages
from confgen.harnesses.footprint import written
from confgen.machine import Machine
from confgen.render import TemplateValue
from confgen.settings import Profile

NAME = "claude-code"
TITLE = "Claude Code"
COMMAND = "claude"
PACKAGES: tuple[str, ...] = (
    "@anthropic-ai/claude-code",
    *platform_packages("@anthropic-ai/claude-code"),
)
KNOWN_VERSIONS = ("2.1.197", "2.1.332")
ROUTES: tuple[Route, ...] = ("native", "shim")
USER_AGENTS: tuple[str, ...] = ("claude-cli",)
SESSION_HEADERS: tuple[str, ...] = ("x-claude-code-session-id",)

OTHER_SERVICES = (
    "CLAUDE_CODE_USE_BEDROCK", "CLAUDE_CODE_USE_VERTEX", "CLAUDE_CODE_USE_FOUNDRY",
    "CLAUDE_CODE_USE_MANTLE", "CLAUDE_CODE_USE_ANTHROPIC_AWS",
)  # fmt: skip


def config_files(machine: Machine, scope: Scope, project: PurePath) -> tuple[ConfigFile, ...]:
    file = written(TITLE, FOOTPRINT, machine, scope, project)["settings"]
    return (
        file._replace(
            # Auto mode, its default, refuses to judge a command behind a gateway.
            defaults=frozenset({("permissions", "defaultMode")}),
            displaced=(("apiKeyHelper",), *(("env", name) for name in OTHER_SERVICES)),
            companions={("env", "ANTHROPIC_BASE_URL"): (("env", "ANTHROPIC_CUSTOM_HEADERS"),)},
            # Whole: what else it would merge into a body is hidden in the same string.
            pins=(("env", "CLAUDE_CODE_EXTRA_BODY"),),
        ),
    )


def values(profile: Profile, machine: Machine, endpoint: Endpoint) -> dict[str, TemplateValue]:
    return {
        "model": profile.model,
        "small_model": profile.small_model,
        "base_url": endpoint.root,
        "extra_body": None if endpoint.pin is None else _extra_body(endpoint.pin),
        "context_tokens": _text(profile.context_tokens),
        "output_tokens": _text(profile.output_tokens),
        "key_helper": None if endpoint.key else key_helper(machine, profile.api_key_env),
        "auth_token": endpoint.key or "",
    }


def _extra_body(pin: Mapping[str, JsonValue]) -> str:
    return json.dumps({"provider": pin}, ensure_ascii=False, separators=(",", ":"))


def _text(tokens: int | None) -> str | None:
    return None if tokens is None else str(tokens)


def key_helper(machine: Machine, variable: str) -> str:
    """A command that prints the key. On Windows it must mean the same to cmd and to Git Bash."""
    if machine.platform == "win32":
        read = f"[Environment]::GetEnvironmentVariable('{variable}')"
        return f'powershell -NoProfile -Command "{read}"'
    return f"printenv {variable}"


def notes(machine: Machine, _endpoint: Endpoint) -> Iterator[str]:
    for name in OTHER_SERVICES:
        if machine.env.get(name):
            yield f"{name} is set: Claude Code will not use OpenRouter until it is unset"
