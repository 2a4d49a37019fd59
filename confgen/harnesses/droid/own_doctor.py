"""What `droid doctor --config` says of copies of these files, in a home that is thrown away.

With 0.225.2 it takes a quarter of a second, sends nothing, and writes only below its home: logs,
certificates, an installation id. It names each member of a wrong type, whether or not Droid minds.
"""

import json
import re
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import suppress
from itertools import groupby
from pathlib import Path

from confgen.document import JsonValue
from confgen.finding import Found
from confgen.harnesses.droid import COMMAND
from confgen.harnesses.droid.effective import is_dropped
from confgen.harnesses.droid.headless import QUIET
from confgen.harnesses.footprint import PROJECT, USER
from confgen.harnesses.pins import part_of, text_of
from confgen.harnesses.reading import ReadFile, Reading
from confgen.redact import redact_source

_BY_HAND = f"{COMMAND} doctor --config"
_WORK = "work"
_PATIENCE = 5  # seconds
_CLOSED = "http://127.0.0.1:9"
_PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy")
_NEEDED = ("PATH", "SYSTEMROOT", "TEMP", "TMP")
_DETAIL = re.compile(r"(?P<keys>[\w.-]+): (?P<words>.+)", re.DOTALL)


def own_doctor(reading: Reading) -> Iterator[Found]:
    """Files that Droid drops are left to the checks that say why."""
    command = shutil.which(COMMAND, path=reading.machine.env.get("PATH", ""))
    files = [file for file in reading.files if file.whose in (USER, PROJECT)]
    if command is None or not files:
        return
    copies, answer = _copies(files), None
    with (
        suppress(OSError),
        tempfile.TemporaryDirectory(prefix="confgen-", ignore_cleanup_errors=True) as folder,
    ):
        home = Path(folder)
        (home / _WORK / ".git").mkdir(parents=True)
        for name, file in copies.items():
            (home / name).parent.mkdir(parents=True, exist_ok=True)
            text = file.document.text if file.document else ""
            (home / name).write_text(redact_source(text), encoding="utf-8")
        answer = _ask(command, home, reading.machine.env)
    if answer is None:
        yield Found("skipped", "Droid's own doctor gave no answer", _BY_HAND, _BY_HAND)
    for result in answer or ():
        path = text_of(part_of(result, "data", "path")).replace("\\", "/").removeprefix("~/")
        if part_of(result, "status") == "fail" and path in copies:
            detail = text_of(part_of(result, "detail"))
            said = _DETAIL.fullmatch(detail)
            keys = said["keys"].split(".") if said else []
            where = copies[path].place(*(int(key) if key.isdecimal() else key for key in keys))
            words = f"Droid's own doctor: {' '.join(detail.split())}"
            yield Found("info", words, where, _BY_HAND)


def _copies(files: list[ReadFile]) -> dict[str, ReadFile]:
    """The files by the paths that their copies have in a home of their own.

    The folders of a project, however far apart, come to lie right within one another.
    """
    copies: dict[str, ReadFile] = {}
    taken = [file for file in files if not is_dropped(file)]
    folder = ""
    for (label, _), group in groupby(taken, key=lambda file: (file.whose, file.path.parent)):
        folder = f"{folder}/in" if folder else _WORK if label == PROJECT else ""
        copies |= {f"{folder}/.factory/{file.path.name}".lstrip("/"): file for file in group}
    return copies


def _ask(command: str, home: Path, env: Mapping[str, str]) -> list[JsonValue] | None:
    """The results of Droid's doctor in the nearest folder; None where it gives none in time."""
    # Imported here: most commands start no program.
    import subprocess  # noqa: PLC0415

    folder = home / _WORK
    while (folder / "in").is_dir():
        folder /= "in"
    try:
        answer = subprocess.run(
            [command, "doctor", "--config", "--json"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_PATIENCE,
            cwd=folder,
            env={
                **{name: env[name] for name in _NEEDED if name in env},
                **dict.fromkeys(_PROXIES, _CLOSED),
                **dict.fromkeys(("HOME", "USERPROFILE"), str(home)),
                **QUIET,
                "FACTORY_AIRGAP_ENABLED": "1",
            },
            check=False,
        )
        results = part_of(json.loads(answer.stdout), "results")
    except (ValueError, subprocess.TimeoutExpired):
        return None
    return results if isinstance(results, list) else None
