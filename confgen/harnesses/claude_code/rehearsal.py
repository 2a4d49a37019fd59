"""How Claude Code is made to show what it sends, as measured with 2.1.330."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePath

from confgen.harnesses.claude_code import config_files
from confgen.harnesses.stage import Part, Shelf, Stage
from confgen.machine import Machine

QUIET = {
    "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
    "DISABLE_AUTOUPDATER": "1",
    "DISABLE_TELEMETRY": "1",
    "DISABLE_ERROR_REPORTING": "1",
}
CHATTER: frozenset[str] = frozenset()

_OWN = ("settings.json", "settings.local.json", "agents/**/*.md")
PROJECT = tuple(f".claude/{glob}" for glob in _OWN)

STARTERS = (
    ("hooks",),
    ("statusLine",),
    ("fileSuggestion",),
    ("mcpServers",),
    ("enabledPlugins",),
    ("extraKnownMarketplaces",),
    ("awsAuthRefresh",),
    ("awsCredentialExport",),
    ("gcpAuthRefresh",),
    ("otelHeadersHelper",),
)

_FOLDER = "CLAUDE_CONFIG_DIR"
_STATE = ".claude.json"
_DEFAULT = "https://api.anthropic.com"
_LOGIN = "CLAUDE_CODE_OAUTH_TOKEN"


def shelves(machine: Machine) -> Iterator[Shelf]:
    if named := machine.env.get(_FOLDER):
        folder = machine.path(named)
        yield Shelf(folder, (*_OWN, _STATE), f"named/{_FOLDER}", (_FOLDER, ""))
        return
    yield Shelf(machine.home / ".claude", _OWN, "home/.claude")
    yield Shelf(machine.home, (_STATE,), "home")


def managed(machine: Machine) -> Iterator[PurePath]:
    """The files of an administrator, which it reads where they are."""
    file = config_files(machine, "system", machine.cwd)[0].candidates[0]
    yield file
    yield from sorted(Path(file.with_name("managed-settings.d")).glob("*.json"))


def part(stage: Stage, prompt: str) -> Part:
    """One run, and one more with the model that titles and background work go to."""
    state = _state(stage)
    run = ("-p", prompt, "--strict-mcp-config", "--settings", '{"disableAllHooks":true}')
    agents = (front.get("name", name) for name, front in stage.agents("agents"))
    return Part(
        runs=(run, (*run, "--model", "haiku")),
        environment={"ANTHROPIC_BASE_URL": stage.stand_in(_DEFAULT), **_login(stage)}
        if not stage.environment.get("ANTHROPIC_BASE_URL")
        else _login(stage),
        files={state: json.dumps({**_kept(stage, state), **_trust(stage)})},
        sub_agents=tuple(dict.fromkeys(("general-purpose", *agents))),
    )


def _state(stage: Stage) -> Path:
    return Path(stage.environment.get(_FOLDER) or stage.home) / _STATE


def _kept(stage: Stage, state: Path) -> Mapping[str, object]:
    """The environment that an older version kept there, and that this one still takes."""
    document = stage.documents.get(state)
    found = document.find(("env",)) if document else None
    return {"env": found.value} if found else {}


def _trust(stage: Stage) -> dict[str, object]:
    """It has been started before, and the project is trusted: it asks nothing."""
    trusted = {"hasTrustDialogAccepted": True}
    return {"hasCompletedOnboarding": True, "projects": {str(stage.project): trusted}}


def _login(stage: Stage) -> dict[str, str]:
    """Whoever is logged in pays Anthropic where the settings are lost: a token stands for that."""
    machine = stage.machine
    folder = machine.path(machine.env.get(_FOLDER) or machine.home / ".claude")
    if _LOGIN in stage.environment or not Path(folder / ".credentials.json").exists():
        return {}
    return {_LOGIN: "the-login-that-confgen-verify-stands-in-for"}
