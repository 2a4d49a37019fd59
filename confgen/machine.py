"""The machine as path logic sees it: a platform, an environment and a home, never the disk."""

import ntpath
import os
import posixpath
import sys
from collections.abc import Mapping
from pathlib import Path, PurePath, PurePosixPath, PureWindowsPath
from typing import Literal, NamedTuple

from confgen.errors import ConfgenError

Platform = Literal["linux", "darwin", "win32"]


class Machine(NamedTuple):
    """Where a command runs. `home` and `cwd` are absolute paths of the platform's own kind."""

    platform: Platform
    env: Mapping[str, str]
    home: PurePath
    cwd: PurePath

    def path(self, text: str | PurePath) -> PurePath:
        """`text` as an absolute, normalised path of this platform; relative ones start at cwd."""
        if self.platform == "win32":
            return PureWindowsPath(ntpath.normpath(self.cwd / text))
        return PurePosixPath(posixpath.normpath(self.cwd / text))

    def folder(self, variable: str, default: PurePath) -> PurePath:
        """The folder that an environment variable names, if it is set to an absolute path."""
        value = self.env.get(variable, "")
        pure = PureWindowsPath if self.platform == "win32" else PurePosixPath
        return self.path(value) if value and pure(value).is_absolute() else default

    @property
    def settings_folder(self) -> PurePath:
        """Where `confgen.toml` lives unless `$CONFGEN_CONFIG` says otherwise."""
        match self.platform:
            case "darwin":
                base = self.home / "Library" / "Application Support"
            case "win32":
                base = self.folder("APPDATA", self.home / "AppData" / "Roaming")
            case "linux":
                base = self.folder("XDG_CONFIG_HOME", self.home / ".config")
        return base / "confgen"

    @property
    def settings_file(self) -> PurePath:
        named = self.env.get("CONFGEN_CONFIG")
        return self.path(named) if named else self.settings_folder / "confgen.toml"

    @property
    def state_folder(self) -> PurePath:
        """The folder of the manifest, the backups and the journal."""
        if named := self.env.get("CONFGEN_STATE"):
            return self.path(named)
        match self.platform:
            case "darwin":
                return self.settings_folder / "state"
            case "win32":
                return self.folder("LOCALAPPDATA", self.home / "AppData" / "Local") / "confgen"
            case "linux":
                state = self.folder("XDG_STATE_HOME", self.home / ".local" / "state")
                return state / "confgen"


def this_machine() -> Machine:
    """The machine that runs this process. Raises ConfgenError without a usable home."""
    windows = sys.platform == "win32"
    variable = "USERPROFILE" if windows else "HOME"
    home = os.environ.get(variable, "")
    if not home or not Path(home).is_absolute() or Path(home).is_file():
        state = f"is '{home}', not the absolute path of a folder" if home else "is not set"
        raise ConfgenError(
            f"the home folder is unknown: {variable} {state}",
            where=f"${variable}",
            hint=f"set {variable} to your home folder and run the command again",
        )
    platform: Platform = "win32" if windows else "darwin" if sys.platform == "darwin" else "linux"
    try:
        cwd = Path.cwd()
    except FileNotFoundError as error:
        raise ConfgenError(
            "the current folder no longer exists", hint="change to another folder first"
        ) from error
    return Machine(platform, dict(os.environ), Path(os.path.normpath(home)), cwd)
