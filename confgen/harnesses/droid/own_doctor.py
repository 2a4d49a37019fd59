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
from pathlib import Path, PurePath

from confgen.document import JsonValue
from confgen.finding import Found
from confgen.harnesses.droid import COMMAND
from confgen.harnesses.droid.chain import is_dropped
from confgen.harnesses.droid.layers import PROJECT, USER
from confgen.harnesses.pins import part_of, text_of
from confgen.harnesses.view import LayerFile, View
from confgen.redact import redact_source

_BY_HAND = f"{COMMAND} doctor --config"
_WORK = "work"
_PATIENCE = 5  # seconds
_CLOSED = "http://127.0.0.1:9"
_PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy")
_NEEDED = ("PATH", "SYSTEMROOT", "TEMP", "TMP")
_DETAIL = re.compile(r"(?P<keys>[\w.-]+): (?P<words>.+)", re.DOTALL)


def own_doctor(view: View) -> Iterator[Found]:
    """Files that Droid drops are left to the checks that say why."""
    command = shutil.which(COMMAND, path=view.machine.env.get("PATH", ""))
    files = [file for file in view.files if file.layer.label in (USER, PROJECT)]
    if command is None or not files:
        return
    copies: dict[str, LayerFile] = {}
    answer = None
    with (
        suppress(OSError),
        tempfile.TemporaryDirectory(prefix="confgen-", ignore_cleanup_errors=True) as folder,
    ):
        copies = _copy(files, Path(folder))
        answer = _ask(command, Path(folder), view.machine.env)
    if answer is None:
        yield Found("skipped", "Droid's own doctor gave no answer", _BY_HAND, _BY_HAND)
        return
    for result in answer:
        path = text_of(part_of(result, "data", "path")).replace("\\", "/").removeprefix("~/")
        if part_of(result, "status") == "fail" and path in copies:
            yield _found(copies[path], text_of(part_of(result, "detail")))


def _copy(files: list[LayerFile], home: Path) -> dict[str, LayerFile]:
    """The files as they would stand below `home`, by their paths there, without their secrets.

    The folders of a project, however far apart, come to lie right within one another.
    """
    copies: dict[str, LayerFile] = {}
    taken = [file for file in files if not is_dropped(file)]
    folder = ""
    for (label, _), group in groupby(taken, key=_folder):
        folder = f"{folder}/in" if folder else _WORK if label == PROJECT else ""
        copies |= {f"{folder}/.factory/{file.layer.path.name}".lstrip("/"): file for file in group}
    (home / _WORK / ".git").mkdir(parents=True)
    for name, file in copies.items():
        path = home / name
        path.parent.mkdir(parents=True, exist_ok=True)
        text = file.document.text if file.document else ""
        path.write_text(redact_source(text), encoding="utf-8")
    return copies


def _folder(file: LayerFile) -> tuple[str, PurePath]:
    return file.layer.label, file.layer.path.parent


def _ask(command: str, home: Path, env: Mapping[str, str]) -> list[JsonValue] | None:
    """The results of Droid's doctor; None where it gives none in time."""
    # Imported here: most commands start no program.
    import subprocess  # noqa: PLC0415

    try:
        answer = subprocess.run(
            [command, "doctor", "--config", "--json"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_PATIENCE,
            cwd=_deepest(home / _WORK),
            env={
                **{name: env[name] for name in _NEEDED if name in env},
                **dict.fromkeys(_PROXIES, _CLOSED),
                "HOME": str(home),
                "USERPROFILE": str(home),
                "FACTORY_AIRGAP_ENABLED": "1",
                "FACTORY_DROID_AUTO_UPDATE_ENABLED": "false",
                "FACTORY_DISABLE_KEYRING": "1",
            },
            check=False,
        )
        results = part_of(json.loads(answer.stdout), "results")
    except (ValueError, subprocess.TimeoutExpired):
        return None
    return results if isinstance(results, list) else None


def _deepest(folder: Path) -> Path:
    while (folder / "in").is_dir():
        folder /= "in"
    return folder


def _found(file: LayerFile, detail: str) -> Found:
    said = _DETAIL.fullmatch(detail)
    keys = said["keys"].split(".") if said else []
    where = file.place(*(int(key) if key.isdecimal() else key for key in keys))
    words = " ".join(detail.split())
    return Found("info", f"Droid's own doctor: {words}", where, _BY_HAND)
