"""`confgen verify` as a child process: what it says, and that it leaves nothing behind."""

import json
import os
import secrets
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from case import View
from home import KEY, PATIENCE, Home


def verify(
    home: Home,
    *options: str,
    view: View = "sealed",
    environment: Mapping[str, str] | None = None,
    within: tuple[str | Path, ...] = (),
) -> tuple[int, dict[str, Any]]:
    """The exit code, and the one result. `within` is a command that starts the other.

    What lies in the home and beside it is as it was: names, bytes, times and modes. Nothing runs on
    that carries the run's name.
    """
    beside = home.root.parent
    env = {**home.environment(), **(environment or {}), "LOGNAME": secrets.token_hex(8)}
    if view == "copied":
        env["PATH"] = f"{_refusing(beside)}{os.pathsep}{env['PATH']}"
    before = listing(beside)
    child = subprocess.run(
        (*within, sys.executable, "-m", "confgen", "verify", home.client.name, "--json", *options),
        env=env,
        cwd=home.project,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert listing(beside) == before
    assert not running(f"LOGNAME={env['LOGNAME']}")
    assert child.stdout, child.stderr
    assert KEY not in child.stdout
    (result,) = json.loads(child.stdout)["results"]
    return child.returncode, result


def _refusing(folder: Path) -> Path:
    """A folder for the PATH: of an `unshare` that is not allowed to make namespaces."""
    stub = folder / "refusing" / "unshare"
    if not stub.exists():
        stub.parent.mkdir()
        stub.write_text("#!/bin/sh\nexit 1\n")
        stub.chmod(0o755)
    return stub.parent


def listing(folder: Path) -> dict[str, tuple[int, int, bytes | str | None]]:
    """Everything below a folder: its mode, the time of its last change, and what is in it."""
    return {
        path.relative_to(folder).as_posix(): (
            path.lstat().st_mode,
            path.lstat().st_mtime_ns,
            _content(path),
        )
        for path in folder.rglob("*")
    }


def _content(path: Path) -> bytes | str | None:
    if path.is_symlink():
        return str(path.readlink())
    return path.read_bytes() if path.is_file() else None


def running(variable: str) -> list[str]:
    """The processes whose environment has this variable of this value."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            environment = (folder / "environ").read_bytes().split(b"\0")
        except OSError:
            continue  # it has ended, or is not ours
        if variable.encode() in environment:
            found.append((folder / "cmdline").read_bytes().replace(b"\0", b" ").decode())
    return found
