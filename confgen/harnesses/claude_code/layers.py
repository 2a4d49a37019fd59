"""The settings files that Claude Code 2.1.330 merges, in its own order."""

from pathlib import PurePath

from confgen.harnesses.claude_code import DIALECT, settings_path
from confgen.harnesses.view import Layer
from confgen.machine import Machine


def layers(machine: Machine, project: PurePath) -> tuple[Layer, ...]:
    """The weakest first."""
    return (
        Layer(settings_path(machine, "user", project), DIALECT, "user"),
        Layer(settings_path(machine, "project", project), DIALECT, "project"),
        Layer(project / ".claude" / "settings.local.json", DIALECT, "local"),
        Layer(settings_path(machine, "system", project), DIALECT, "managed"),
    )


def pages(machine: Machine, project: PurePath) -> tuple[tuple[PurePath, str], ...]:
    user = settings_path(machine, "user", project).parent
    return tuple((folder / "agents", "**/*.md") for folder in (user, project / ".claude"))
