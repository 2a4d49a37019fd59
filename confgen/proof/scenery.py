"""The throw-away folder in which a client runs: its config files, its project, its environment."""

import contextlib
import os
import secrets
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from confgen.errors import ConfgenError
from confgen.harnesses.faces import Rehearsal, rehearsal_of
from confgen.harnesses.stage import Part, Stage
from confgen.machine import Machine
from confgen.planner import Planner, make_plan
from confgen.proof import environment, mirror
from confgen.proof.capture.server import Capture
from confgen.proof.claim import Claim
from confgen.proof.mirror import Ground
from confgen.proof.signals import undisturbed
from confgen.proof.stand_ins import KEY, StandIns
from confgen.redact import known_secrets
from confgen.target import LocalShim, wanted
from confgen.write import State

NOTE = "confgen-verify.txt"

StartShim = Callable[[], LocalShim]


class Scenery(NamedTuple):
    """All that stands ready for a client of `machine`: `places` are the config files put there."""

    machine: Machine
    ground: Ground
    project: Path
    environment: Mapping[str, str]
    places: tuple[Path, ...]

    def stage(self, capture: Capture) -> Stage:
        return Stage(
            machine=self.machine,
            home=self.ground.home,
            project=self.project,
            environment=self.environment,
            documents=dict(mirror.documents(self.places)),
            pages=dict(mirror.pages(self.places)),
            stand_in=capture.stand_in,
        )

    def with_part(self, part: Part) -> "Scenery":
        for path, text in part.files.items():
            mirror.write_copy(path, text)
        return self._replace(environment={**self.environment, **part.environment})


@contextlib.contextmanager
def throw_away() -> Iterator[Ground]:
    """A folder that is gone afterwards, whatever was put into it."""
    folder = Path(tempfile.mkdtemp(prefix="confgen-verify-")).resolve()
    ground = Ground(folder)
    try:
        ground.home.mkdir()
        yield ground
    finally:
        with undisturbed():
            _clear_away(folder)


def _clear_away(folder: Path) -> None:
    """What a child has locked, or had still open when it was ended, goes at the next try."""
    for _ in range(3):
        shutil.rmtree(folder, ignore_errors=True)
        if not folder.exists():
            break
        _unlock(folder)


def _unlock(folder: Path) -> None:
    """Give ourselves back the permissions that a child has taken away."""
    for parent, names, _ in os.walk(folder):
        for name in names:
            # Before the walk goes into it.
            with contextlib.suppress(OSError):
                Path(parent, name).chmod(0o700)


def isolated(claim: Claim, capture: Capture, ground: Ground, start_shim: StartShim) -> Scenery:
    """A home with nothing in it but confgen's own fragment. Raises ConfgenError as apply would."""
    face = rehearsal_of(claim.harness)
    _check_managed(face, claim.machine)
    project = ground.home / "project"
    _make_project(project, is_checkout=True)
    fields = {
        **claim.settings.overrides.fields,
        "upstream": capture.stand_in(claim.profile.upstream),
    }
    settings = claim.settings._replace(overrides=claim.settings.overrides._replace(fields=fields))
    # The user's own templates, and none of what else the environment says.
    machine = claim.machine._replace(
        env={"CONFGEN_CONFIG": str(claim.machine.settings_file)}, home=ground.home, cwd=project
    )
    shim = start_shim() if claim.route == "shim" else None
    state = State(ground.root / "plan")
    plan = make_plan(
        (claim.harness,),
        lambda harness: wanted(harness, settings, machine, "user", project, shim=shim),
        Planner.read(state),
    )
    for failure in plan.failures:
        raise failure.error
    with state.lock():
        state.commit(plan.transaction())
    child = {
        **environment.bare(claim.machine),
        **_own(claim, face, capture, ground),
        **ground.variables(face.shelves(machine)),
        "PWD": str(project),
    }
    return Scenery(machine, ground, project, child, tuple(c.original.real for c in plan.changed))


def live(claim: Claim, capture: Capture, ground: Ground, start_shim: StartShim) -> Scenery:
    """The user's own files and environment, copied with stand-ins for addresses and secrets.

    Raises ConfgenError for what cannot be copied, or not be replaced.
    """
    machine, face = claim.machine, rehearsal_of(claim.harness)
    _check_managed(face, machine)
    shelves = tuple(face.shelves(machine))
    found = tuple(mirror.originals(shelves, face.PROJECT, machine, ground))
    texts = (*(original.text for original in found), *machine.env.values())
    shim = start_shim() if _speaks_of_shim(claim, texts) else None
    stand_ins = _stand_ins(claim, capture, shim)
    for original in found:
        mirror.write_copy(original.place, _rewritten(original, face, stand_ins, machine))
    chain = mirror.chain(Path(machine.cwd))
    project = ground.place(machine.cwd, machine)
    project.mkdir(parents=True, exist_ok=True)
    # A client that looks upward goes no further: above are the user's own files, and no copies,
    # where the folder for temporary files is in the home, as it is on Windows.
    within = ground.place(chain[0], machine) if (chain[0] / ".git").exists() else ground.root
    _make_project(within, is_checkout=True)
    _make_project(project, is_checkout=False)
    for shelf in shelves:
        (ground.root / shelf.place).mkdir(parents=True, exist_ok=True)
    child = {
        **environment.passed_on(machine, stand_ins),
        **_own(claim, face, capture, ground),
        **ground.variables(shelves),
        "PWD": str(project),
    }
    return Scenery(machine, ground, project, child, tuple(original.place for original in found))


def _own(claim: Claim, face: Rehearsal, capture: Capture, ground: Ground) -> dict[str, str]:
    """What every client is given, whatever else it gets."""
    marker = secrets.token_hex(8)
    return {
        **environment.housed(claim.machine, ground.root, capture.address, marker),
        **face.QUIET,
        claim.profile.api_key_env: KEY,
    }


def _make_project(folder: Path, *, is_checkout: bool) -> None:
    """A folder with a note to read; where it is a checkout, as much of one as git asks for."""
    folder.mkdir(parents=True, exist_ok=True)
    if not is_checkout:
        (folder / NOTE).write_text("This note is for the harness to read.\n", encoding="utf-8")
        return
    for name in ("objects", "refs"):
        (folder / ".git" / name).mkdir(parents=True, exist_ok=True)
    (folder / ".git" / "HEAD").write_text("ref: refs/heads/main\n", encoding="utf-8")


def _rewritten(
    original: mirror.Original, face: Rehearsal, stand_ins: StandIns, machine: Machine
) -> str:
    path, text = original.path, original.text
    if path.name == ".env":
        return stand_ins.dotenv(text)
    if not mirror.is_json(path):
        return stand_ins.page(text)
    safe = mirror.disarmed(text, face.STARTERS, path)
    return stand_ins.json_source(safe, path.parent, Path(machine.home))


def _stand_ins(claim: Claim, capture: Capture, shim: LocalShim | None) -> StandIns:
    keys = {claim.key: KEY} if claim.key else {}
    if shim:
        keys |= dict.fromkeys(claim.tokens, shim.token)
        keys[shim.token] = shim.token

    def address(url: str) -> str:
        for alias in _shim_addresses(claim) if shim else ():
            if url == alias or url.startswith(f"{alias}/"):
                return f"http://{shim.address}{url.removeprefix(alias)}" if shim else url
        return capture.stand_in(url)

    return StandIns(address, keys, known_secrets(claim.machine.env))


def _speaks_of_shim(claim: Claim, texts: Sequence[str]) -> bool:
    """Whether one of these holds the shim's address; JSON may spell a slash with a backslash."""
    plain = (text.replace("\\/", "/") for text in texts)
    return any(f"{alias}/" in text for text in plain for alias in _shim_addresses(claim))


def _shim_addresses(claim: Claim) -> tuple[str, ...]:
    from confgen.shim.record import local_address  # noqa: PLC0415 - few machines have a shim

    host, port = claim.settings.shim.host, claim.settings.shim.port
    hosts = dict.fromkeys((host, "127.0.0.1", "localhost", "::1"))
    return tuple(f"http://{local_address(name, port)}" for name in hosts)


def _check_managed(face: Rehearsal, machine: Machine) -> None:
    """Refuse to run where an administrator's file, which counts in any home, cannot be changed."""
    for path in map(Path, face.managed(machine)):
        try:
            text = path.read_text(encoding="utf-8", errors="surrogateescape")
        except FileNotFoundError:
            continue
        except OSError as error:
            raise _unmovable(path, f"it cannot be read: {error.strerror}") from error
        if fault := mirror.fixed(text, face.STARTERS):
            raise _unmovable(path, fault)


def _unmovable(path: Path, why: str) -> ConfgenError:
    return ConfgenError(
        f"the harness reads this file where it is, so that verify cannot stand in for it: {why}",
        where=str(path),
        hint="verify on a machine without that file, or move it away meanwhile",
    )
