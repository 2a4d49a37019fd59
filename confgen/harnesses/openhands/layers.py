"""Every file that has a say in what OpenHands sends, as measured with 1.16.0 (SDK 1.21.0)."""

from pathlib import PurePath

from confgen.document import STRICT_JSON
from confgen.harnesses.openhands import profiles_folder, settings_folder
from confgen.harnesses.view import Layer
from confgen.machine import Machine

USER = "user"
PROFILE = "profile"
UNREAD = "config.toml"

_AGENTS = (".agents/agents", ".openhands/agents")


def layers(machine: Machine, _project: PurePath) -> tuple[Layer, ...]:
    """The agent's own settings, and the LLM profiles that others load by name."""
    return (
        Layer(settings_folder(machine) / "agent_settings.json", STRICT_JSON, USER),
        Layer(profiles_folder(machine), STRICT_JSON, PROFILE, glob="*.json"),
    )


def pages(machine: Machine, _project: PurePath) -> tuple[tuple[PurePath, str], ...]:
    """The folders of sub-agents, the first of a name being the one that counts.

    Only the folder that it works in is looked at, none above it. At the end stand the files that
    older versions read, and this one does not.
    """
    work = machine.path(machine.env.get("OPENHANDS_WORK_DIR", ""))
    agents = [(base / name, "*.[mM][dD]") for base in (work, machine.home) for name in _AGENTS]
    unread = [(base, UNREAD) for base in (machine.cwd, machine.home / ".openhands")]
    return (*agents, *unread)
