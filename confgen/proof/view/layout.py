"""Where a client's folders stand in each view, and what it is told of them."""

import os
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePath
from typing import Literal, NamedTuple

from confgen.harnesses.footprint import MANAGED, Place, moving_variables, places
from confgen.harnesses.packages import headless_of
from confgen.harnesses.reading import Reading
from confgen.machine import Machine
from confgen.planner import Planner, make_plan
from confgen.proof import environment
from confgen.proof.claim import Claim
from confgen.proof.view.copied import Copies, make_checkout
from confgen.reading import each_file, read_harness, worktree
from confgen.target import wanted
from confgen.write import State

Kind = Literal["sealed", "copied", "in-place", "isolated"]

NOTE = "confgen-verify.txt"
NOTE_TEXT = "This note is for the harness to read.\n"


class Layout(NamedTuple):
    """The folders of a client as it sees them, and its environment but for the way out.

    `folder` is a throw-away one of this view's own. `note` is a file for it to read, None where
    none may be laid there. `roots` are the folders of this machine that it does not have as they
    are: an overlay may lie over them, or it has a copy. `copies` is where the user's files were
    copied to, None where the client reads them themselves.
    """

    machine: Machine
    reading: Reading
    folder: Path
    home: PurePath
    project: PurePath
    note: PurePath | None
    environment: Mapping[str, str]
    roots: tuple[PurePath, ...]
    copies: Copies | None = None

    def place(self, path: PurePath) -> PurePath:
        """Where a path of the user's stands for the client."""
        return self.copies.place(path) if self.copies else path


def isolated(claim: Claim, folder: Path) -> Layout:
    """A home with nothing in it but confgen's own fragment. Raises ConfgenError as apply would."""
    home = folder / "home"
    project = home / "project"
    project.mkdir(parents=True)
    make_checkout(project)
    note = project / NOTE
    note.write_text(NOTE_TEXT, encoding="utf-8")
    # The user's own templates, and none of what else the environment says.
    own = {"CONFGEN_CONFIG": str(claim.machine.settings_file)}
    machine = claim.machine._replace(env=own, home=home, cwd=project)
    state = State(folder / "plan")
    plan = make_plan(
        (claim.harness,),
        lambda harness: wanted(harness, claim.settings, machine, "user", project, shim=claim.shim),
        Planner.read(state),
    )
    for failure in plan.failures:
        raise failure.error
    with state.lock():
        state.commit(plan.transaction())
    told = {
        **environment.bare(claim.machine),
        **environment.housed(claim.machine, home),
        **environment.littering(folder),
        "PWD": str(project),
    }
    reading = read_harness(claim.harness, claim.settings, machine, project, claim.shim)
    return Layout(machine, reading, folder, home, project, note, told, _temporary())


def in_place(claim: Claim, folder: Path, *, with_note: bool) -> Layout:
    """The user's own folders: those that a seal lies over, or themselves."""
    machine = claim.machine
    root = worktree(Path(machine.cwd))
    cwd = Path(machine.cwd)
    # Where there is no overlay, nothing can be laid.
    can_note = with_note and cwd != cwd.parent and os.access(cwd, os.W_OK)
    told = {
        **environment.inherited(machine, headless_of(claim.harness).UNSET),
        **environment.littering(folder),
        "PWD": str(cwd),
    }
    return Layout(
        machine=machine,
        reading=claim.reading,
        folder=folder,
        home=machine.home,
        project=cwd,
        note=cwd / NOTE if can_note else None,
        environment=told,
        roots=(machine.home, root if root != root.parent else cwd, *_temporary(), *_outside(claim)),
    )


def copied(claim: Claim, folder: Path, *, plugins: bool) -> Layout:
    """Copies of all that the harness reads. Raises DocumentError for what cannot be copied."""
    machine = claim.machine
    headless = headless_of(claim.harness)
    cwd, copies = Path(machine.cwd), Copies(folder, machine)
    copies.home.mkdir()
    root = worktree(cwd)
    copies.take(_places(claim), plugins=plugins)
    project = copies.place(cwd)
    project.mkdir(parents=True, exist_ok=True)
    # A client that looks upward goes no further: above are the user's own files, and no copies,
    # where the folder for temporary files is in the home, as it is on Windows.
    make_checkout(copies.place(root) if root != root.parent else folder)
    (project / NOTE).write_text(NOTE_TEXT, encoding="utf-8")
    told = {
        **environment.moved(
            machine,
            (*headless.UNSET, *headless.WRITES_TO),
            moving_variables(claim.harness),
            copies.place,
        ),
        **environment.housed(machine, copies.home),
        **environment.littering(folder),
        "PWD": str(project),
    }
    named = map(machine.env.get, moving_variables(claim.harness))
    roots = (
        machine.home,
        root if root != root.parent else cwd,
        *map(machine.path, filter(None, named)),
    )
    note = project / NOTE
    return Layout(machine, claim.reading, folder, copies.home, project, note, told, roots, copies)


def _places(claim: Claim) -> tuple[Place, ...]:
    return places(claim.harness, claim.machine, worktree(Path(claim.machine.cwd)))


def _outside(claim: Claim) -> Iterator[PurePath]:
    """The folders of the footprint, also where links lead from there: to those of a login, say.

    To the administrator's it does not write; those in the home or the project are no roots of their
    own.
    """
    own = tuple(place for place in _places(claim) if place.whose != MANAGED)
    for place in (*own, *each_file(own)):
        real = os.path.realpath(place.path)
        # `Path.is_dir` raises where a folder above may not be entered.
        folder = real if os.path.isdir(real) else os.path.dirname(real)  # noqa: PTH112, PTH120
        if os.path.isdir(folder):  # noqa: PTH112
            yield Path(folder)


def _temporary() -> tuple[PurePath, ...]:
    usual = (Path("/tmp"), Path("/var/tmp"))  # noqa: S108
    return tuple(dict.fromkeys((*usual, Path(tempfile.gettempdir()))))
