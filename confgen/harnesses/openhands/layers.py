"""The files that the OpenHands CLI 1.16.0 reads."""

from pathlib import PurePath

from confgen.document import STRICT_JSON
from confgen.harnesses.openhands import persistence_folder
from confgen.harnesses.view import Layer
from confgen.machine import Machine


def layers(machine: Machine, _project: PurePath) -> tuple[Layer, ...]:
    return (Layer(persistence_folder(machine) / "agent_settings.json", STRICT_JSON, "user"),)


def pages(machine: Machine, project: PurePath) -> tuple[tuple[PurePath, str], ...]:
    return tuple(
        (folder / dotted / "agents", "*.md")
        for folder in (machine.home, project)
        for dotted in (".openhands", ".agents")
    )
