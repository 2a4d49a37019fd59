"""The rows of `confgen status`: what is installed, what is applied, and what has drifted."""

import os
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from confgen.cli.call import Call
from confgen.document import Dialect
from confgen.errors import ConfgenError, SettingsError
from confgen.found_pin import FoundPin, read_pin, together
from confgen.harnesses import HARNESSES, Harness
from confgen.installed import Installed, ask_version, find_installed, outside
from confgen.manifest import FileRecord, Manifest
from confgen.planner import Planner, drifted
from confgen.report.status import ShimState, StatusRow, VersionIs
from confgen.settings import Overrides
from confgen.write import State


def read_rows(call: Call) -> list[StatusRow]:
    """A row for each harness and each scope that something of ours stands in."""
    manifest = Planner.read(State(call.state_folder)).manifest
    with ThreadPoolExecutor(len(HARNESSES)) as pool:
        versions = list(pool.map(lambda harness: _version(harness, call), HARNESSES.values()))
    running = _running(manifest, call)
    return [
        row
        for harness, (installed, version) in zip(HARNESSES.values(), versions, strict=True)
        for row in _rows(
            harness, call, manifest, running, installed=bool(installed), version=version
        )
    ]


def _running(manifest: Manifest, call: Call) -> dict[int, int]:
    """The ports where a shim answers, with its process; none is asked where no file needs one."""
    if all(record.route != "shim" for record in manifest.records):
        return {}
    from confgen.shim.record import running_shims  # noqa: PLC0415 - most have nothing to do with it

    return {running.port: running.pid for running in running_shims(call.state_folder)}


def _version(harness: Harness, call: Call) -> tuple[Installed | None, str | None]:
    installed = find_installed(harness, call.machine.env)
    if installed is None:
        return None, None
    return installed, installed.version or ask_version(installed, call.machine.env)


def _rows(
    harness: Harness,
    call: Call,
    manifest: Manifest,
    running: Mapping[int, int],
    *,
    installed: bool,
    version: str | None,
) -> list[StatusRow]:
    """A row for the user, and one for each other place where something of ours stands."""
    current = _current_files(harness, call)
    by_place: dict[str, list[FileRecord]] = {}
    for record in manifest.records:
        vanished = record.path not in current and not Path(record.path).exists()
        if record.harness == harness.NAME and not vanished:
            place = "user" if record.path in current else record.path
            by_place.setdefault(place, []).append(record)
    rows = []
    for place, records in by_place.items():
        stands = together(read_pin(record, _dialect(harness, call)) for record in records)
        is_drifted = _drifted(records, harness, call, current)
        first = records[0]
        rows.append(
            StatusRow(
                harness=harness.NAME,
                installed=installed,
                harness_version=version,
                version_is=_known(harness, version),
                path=max(records, key=lambda record: len(record.leaves)).path,
                scope=first.scope,
                route=first.route,
                profile=first.profile,
                model=stands.model,
                provider=stands.provider,
                state="drifted" if is_drifted else "applied",
                as_set=place != "user" or is_drifted or _as_set(harness, call, first, stands),
                shim=_shim(stands.shim, running),
            )
        )
    if "user" not in by_place:
        rows.insert(0, _unapplied(harness, call, installed=installed, version=version))
    return rows


def _current_files(harness: Harness, call: Call) -> dict[str, bool]:
    """The real paths of the user's files, and which of them the harness reads as its own."""
    found: dict[str, bool] = {}
    for file in harness.config_files(call.machine, "user", call.project):
        winner = next((p for p in file.candidates if Path(p).exists()), file.candidates[-1])
        for path in (*file.candidates, *file.beneath):
            found[os.path.realpath(path)] = path == winner
    return found


def _unapplied(harness: Harness, call: Call, *, installed: bool, version: str | None) -> StatusRow:
    file = harness.config_files(call.machine, "user", call.project)[0]
    here = next((path for path in file.candidates if Path(path).exists()), None)
    return StatusRow(
        harness=harness.NAME,
        installed=installed,
        harness_version=version,
        version_is=_known(harness, version),
        path=str(here or file.candidates[-1]),
        scope="user",
        route=None,
        profile=None,
        state="not applied" if installed or here else "not installed",
    )


def _drifted(
    records: Sequence[FileRecord], harness: Harness, call: Call, current: Mapping[str, bool]
) -> bool:
    """Whether the pin no longer stands where the harness looks, or not as confgen set it."""
    winners = {path for path, wins in current.items() if wins}
    set_for_user = [record.path for record in records if record.path in current]
    if set_for_user and not winners <= set(set_for_user):
        return True
    try:
        return any(drifted(record, _dialect(harness, call)) for record in records)
    except (ConfgenError, RecursionError):
        return True


def _dialect(harness: Harness, call: Call) -> Dialect:
    return harness.config_files(call.machine, "user", call.project)[0].dialect


def _known(harness: Harness, version: str | None) -> VersionIs | None:
    """Whether the harness's files were measured with this version; None where it is not told."""
    return (outside(version, harness.KNOWN_VERSIONS) or "known") if version else None


def _as_set(harness: Harness, call: Call, record: FileRecord, stands: FoundPin) -> bool:
    """Whether the files hold what the settings say now, with the options of that apply."""
    try:
        settings = call.settings._replace(overrides=Overrides.from_json(record.options))
        profile = settings.profile_for(harness.NAME)
    except SettingsError:
        return False
    if (record.profile, stands.model) != (profile.name, profile.model):
        return False
    return record.route == "shim" or stands.provider == profile.provider.to_json()


def _shim(address: str | None, running: Mapping[int, int]) -> ShimState | None:
    """The shim that the files point at; None where they point at none."""
    if address is None:
        return None
    port = int(address.rpartition(":")[2])
    return ShimState(address, port, port in running, running.get(port))
