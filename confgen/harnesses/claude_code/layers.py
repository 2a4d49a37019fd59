"""Every file that has a say in what Claude Code sends, as measured with 2.1.330."""

from pathlib import PurePath

from confgen.harnesses.claude_code import DIALECT, path_of, user_folder
from confgen.harnesses.view import Layer
from confgen.machine import Machine

STATE = "state"
MANAGED = "managed"


def layers(machine: Machine, project: PurePath) -> tuple[Layer, ...]:
    """Of the first, its own memory, only `env` counts.

    A project's `settings.json` is that of the current folder alone; its `settings.local.json` may
    also be that of the project's root, which then outranks it.
    """
    # The memory moves with the settings, but by default lies beside their folder, not in it.
    home = user_folder(machine) if machine.env.get("CLAUDE_CONFIG_DIR") else machine.home
    here, managed = machine.cwd, path_of(machine, "system", project)
    found = (
        Layer(home / ".claude.json", DIALECT, STATE),
        Layer(path_of(machine, "user", here), DIALECT, "user"),
        Layer(path_of(machine, "project", here), DIALECT, "project"),
        Layer(here / ".claude" / "settings.local.json", DIALECT, "local"),
        Layer(project / ".claude" / "settings.local.json", DIALECT, "local"),
        Layer(managed, DIALECT, MANAGED),
        Layer(managed.parent / "managed-settings.d", DIALECT, MANAGED, glob="[!.]*.json"),
    )
    # What is read twice counts where it is read last.
    return tuple({layer.path: layer for layer in reversed(found)}.values())[::-1]


def pages(machine: Machine, project: PurePath) -> tuple[tuple[PurePath, str], ...]:
    """Read from the user's folder and from every one between the project's root and here."""
    above = (machine.cwd, *machine.cwd.parents)
    around = [folder for folder in above if folder == project or project in folder.parents]
    folders = (user_folder(machine), *(folder / ".claude" for folder in around))
    globs = ("agents/**/*.md", "commands/**/*.md", "skills/*/SKILL.md")
    return tuple((folder, glob) for folder in dict.fromkeys(folders) for glob in globs)
