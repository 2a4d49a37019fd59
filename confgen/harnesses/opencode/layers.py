"""Every file that has a say in what OpenCode sends, as measured with 1.18.33."""

from collections.abc import Iterator
from pathlib import PurePath

from confgen.document import JSONC
from confgen.harnesses.opencode import folder_of
from confgen.harnesses.view import Layer
from confgen.machine import Machine

MANAGED = "managed"

_PAGES = (
    *("agent/**/*.md", "agents/**/*.md"),
    *("mode/*.md", "modes/*.md"),
    *("command/**/*.md", "commands/**/*.md"),
)


def layers(machine: Machine, project: PurePath) -> tuple[Layer, ...]:
    """All of them are merged.

    A child's `opencode.json` outranks its parent's; of `.opencode` folders the parent's outranks
    the child's. Without version control it looks as far up as the file system goes. What
    `$OPENCODE_CONFIG_CONTENT` holds comes just before the managed files.
    """
    own = folder_of(machine, "user", project)
    around = _around(machine, project)
    named = machine.env.get("OPENCODE_CONFIG")
    found = [Layer(own / "config.json", JSONC, "user"), *_pair(own, "user")]
    found += [Layer(machine.path(named), JSONC, "$OPENCODE_CONFIG")] if named else []
    for folder in around:
        found += _pair(folder, "project")
    for folder, label in _dot_folders(machine, around):
        found += _pair(folder, label)
    found += _pair(_managed(machine, project), MANAGED)
    # What is read twice counts where it is read last.
    return tuple({layer.path: layer for layer in reversed(found)}.values())[::-1]


def pages(machine: Machine, project: PurePath) -> tuple[tuple[PurePath, str], ...]:
    """Read from every config folder but the managed one, and stronger than any JSON."""
    dots = (folder for folder, _ in _dot_folders(machine, _around(machine, project)))
    folders = dict.fromkeys((folder_of(machine, "user", project), *dots))
    return tuple((folder, glob) for folder in folders for glob in _PAGES)


def _pair(folder: PurePath, label: str) -> tuple[Layer, Layer]:
    first, second = (Layer(folder / f"opencode.{kind}", JSONC, label) for kind in ("json", "jsonc"))
    return first, second


def _around(machine: Machine, project: PurePath) -> tuple[PurePath, ...]:
    """The folders from the project's root down to the current one; none where it leaves them out.

    Its switches are on for `1` and `true`, in capitals too, and for nothing else.
    """
    if machine.env.get("OPENCODE_DISABLE_PROJECT_CONFIG", "").lower() in ("1", "true"):
        return ()
    above = (machine.cwd, *machine.cwd.parents)
    inside = [folder for folder in above if folder == project or project in folder.parents]
    return tuple(inside[::-1]) or (project,)


def _dot_folders(machine: Machine, around: tuple[PurePath, ...]) -> Iterator[tuple[PurePath, str]]:
    for folder in reversed(around):
        yield folder / ".opencode", "project"
    yield machine.home / ".opencode", "user"
    if named := machine.env.get("OPENCODE_CONFIG_DIR"):
        yield machine.path(named), "$OPENCODE_CONFIG_DIR"


def _managed(machine: Machine, project: PurePath) -> PurePath:
    moved = machine.env.get("OPENCODE_TEST_MANAGED_CONFIG_DIR")
    return machine.path(moved) if moved else folder_of(machine, "system", project)
