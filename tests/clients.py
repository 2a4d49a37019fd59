"""The real clients: where they are installed, and what each needs to answer one prompt."""

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

# Read once, before a test's own environment stands in for the caller's.
REQUIRED = bool(os.environ.get("CONFGEN_REQUIRE_CLIENTS"))
INSTALLED = Path(os.environ.get("CONFGEN_CLIENTS") or Path.home() / ".cache/confgen-ci/clients")
PINNED = tomllib.loads(Path(__file__).with_name("clients.toml").read_text())


@dataclass(frozen=True, slots=True)
class Client:
    """One client. `configs` are the globs, below its home, of the files that a user writes."""

    name: str
    command: str
    prompt: tuple[str, ...]
    configs: tuple[str, ...]
    environment: Mapping[str, str]

    @property
    def binary(self) -> Path:
        pinned = PINNED[self.name]
        return INSTALLED / f"{self.name}-{pinned['version']}" / str(pinned["binary"])


def _switches(*names: str) -> Mapping[str, str]:
    return MappingProxyType(dict.fromkeys(names, "1"))


CLIENTS = (
    Client(
        name="opencode",
        command="opencode",
        prompt=("run", "say hi"),
        configs=(
            ".config/opencode/*.json",
            ".config/opencode/*.jsonc",
            ".config/opencode/agent/*",
            "project/opencode.json*",
        ),
        environment=_switches(
            "OPENCODE_DISABLE_AUTOUPDATE",
            "OPENCODE_DISABLE_MODELS_FETCH",
            "OPENCODE_DISABLE_SHARE",
            "OPENCODE_DISABLE_LSP_DOWNLOAD",
            "OPENCODE_DISABLE_DEFAULT_PLUGINS",
        ),
    ),
    Client(
        name="claude-code",
        command="claude",
        prompt=("-p", "say hi", "--output-format", "json"),
        configs=(".claude/settings*.json", "project/.claude/settings*.json"),
        environment=_switches(
            "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC",
            "DISABLE_AUTOUPDATER",
            "DISABLE_TELEMETRY",
            "DISABLE_ERROR_REPORTING",
        ),
    ),
    Client(
        name="droid",
        command="droid",
        prompt=("exec", "say hi"),
        configs=(".factory/settings*.json", ".factory/mcp.json", "project/.factory/*.json"),
        environment=MappingProxyType(
            {"FACTORY_DROID_AUTO_UPDATE_ENABLED": "false", "FACTORY_DISABLE_KEYRING": "1"}
        ),
    ),
    Client(
        name="openhands",
        command="openhands",
        prompt=("--headless", "-t", "say hi"),
        configs=(
            ".openhands/agent_settings.json",
            ".openhands/mcp.json",
            ".openhands/agents/*",
            ".openhands/profiles/*.json",
        ),
        environment=MappingProxyType({"LITELLM_LOCAL_MODEL_COST_MAP": "True"}),
    ),
)
