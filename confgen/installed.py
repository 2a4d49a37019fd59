"""Which harnesses this machine has, and in which version: read from the disk where it tells."""

import json
import re
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Literal, NamedTuple

from confgen.harnesses import Harness

_VERSION = re.compile(r"\d+\.\d+(?:\.\d+)?[\w.+-]*")
_NUMBER = re.compile(r"\d+")
_LEVELS = 5
_SECONDS = 5


class Installed(NamedTuple):
    """A harness's executable, and its version where the files beside it say so."""

    executable: Path
    version: str | None


def find_installed(harness: Harness, env: Mapping[str, str]) -> Installed | None:
    found = shutil.which(harness.COMMAND, path=env.get("PATH", ""))
    if not found:
        return None
    executable = Path(found)
    return Installed(executable, next(_versions(executable, harness.PACKAGES), None))


def ask_version(installed: Installed, env: Mapping[str, str]) -> str | None:
    """What `--version` answers, for an executable whose files tell nothing; None if nothing."""
    # Imported here: most commands start no program.
    import subprocess  # noqa: PLC0415

    try:
        answer = subprocess.run(
            [installed.executable, "--version"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_SECONDS,
            env=dict(env),
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return version_in(answer.stdout)


def version_in(words: str) -> str | None:
    """The first thing that looks like a version in what a program said of itself."""
    match = _VERSION.search(words)
    return match[0] if match else None


def outside(version: str, known: tuple[str, str]) -> Literal["older", "newer"] | None:
    """Whether a version is older than the first that is known, or newer than the last."""
    first, last = known
    if _order(version) < _order(first):
        return "older"
    return "newer" if _order(version) > _order(last) else None


def _order(version: str) -> tuple[int, ...]:
    """The three numbers that a version begins with; `1.16` is `1.16.0`."""
    numbers = [int(number) for number in _NUMBER.findall(version)[:3]]
    return (*numbers, 0, 0, 0)[:3]


def _versions(executable: Path, packages: tuple[str, ...]) -> Iterator[str]:
    real = executable.resolve()
    for folder in list(real.parents)[:_LEVELS]:
        yield from _npm_version(folder / "package.json", packages)
    # An installer may keep one binary a version, named after it.
    if _VERSION.fullmatch(real.name):
        yield real.name
    for folder in (executable.parent.parent, real.parent.parent):
        yield from _python_version(folder, packages)


def _npm_version(manifest: Path, packages: tuple[str, ...]) -> Iterator[str]:
    try:
        package = json.loads(manifest.read_bytes())
    except (OSError, ValueError):
        return
    if isinstance(package, dict) and package.get("name") in packages and "version" in package:
        yield str(package["version"])


def _python_version(environment: Path, packages: tuple[str, ...]) -> Iterator[str]:
    for pattern in ("lib/python3*/site-packages", "Lib/site-packages"):
        for site in environment.glob(pattern):
            for name in packages:
                for info in site.glob(f"{name.replace('-', '_')}-*.dist-info"):
                    yield info.name.removesuffix(".dist-info").rpartition("-")[2]
