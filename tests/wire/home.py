"""A throw-away home in which confgen and one client run as child processes."""

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from clients import Client

KEY = "sk-or-v1-wire-test"
NOTE = "the note says hello"
CLOSED_PROXY = "http://127.0.0.1:9"
PATIENCE = 150  # seconds; the slowest client needs 25 of them on a busy machine


@dataclass(frozen=True, slots=True)
class Home:
    """A HOME with a git project in it. Nothing of the caller's environment gets in."""

    root: Path
    client: Client

    @property
    def project(self) -> Path:
        return self.root / "project"

    @property
    def note(self) -> Path:
        return self.project / "note.txt"

    def prompt(self, *arguments: str, environment: Mapping[str, str] | None = None) -> str:
        """Run the client with one prompt; what it printed, for the message of a failed test."""
        command = (self.client.command, *self.client.prompt, *arguments)
        return self._child(command, environment or {})

    def confgen(self, *arguments: str, environment: Mapping[str, str] | None = None) -> str:
        """Run `confgen`; its output. Fails the test unless it exits with 0."""
        command = (sys.executable, "-m", "confgen", *arguments)
        return self._child(command, environment or {}, must_succeed=True)

    def forget(self) -> None:
        """Lose what confgen remembers of this home."""
        shutil.rmtree(self.root / "confgen" / "state")

    def configs(self) -> dict[str, bytes]:
        """The bytes of every config file of the client, by its path below the home."""
        return {
            path.relative_to(self.root).as_posix(): path.read_bytes()
            for glob in self.client.configs
            for path in self.root.glob(glob)
        }

    def files(self) -> frozenset[str]:
        """Every file, git's own aside, by its path below the home."""
        paths = (path.relative_to(self.root) for path in self.root.rglob("*") if path.is_file())
        return frozenset(path.as_posix() for path in paths if ".git" not in path.parts)

    def holding(self, secret: str) -> list[str]:
        """The files, of whatever program, that have this text in them."""
        content = {path: (self.root / path).read_bytes() for path in sorted(self.files())}
        return [path for path, found in content.items() if secret.encode() in found]

    def _child(
        self, command: tuple[str, ...], extra: Mapping[str, str], *, must_succeed: bool = False
    ) -> str:
        environment = {**self.environment(), **extra}
        child = subprocess.Popen(
            (shutil.which(command[0], path=environment["PATH"]) or command[0], *command[1:]),
            cwd=self.project,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        try:
            output, _ = child.communicate(timeout=PATIENCE)
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(child.pid, signal.SIGKILL)
            child.wait()
        assert not must_succeed or child.returncode == 0, output
        return output

    def environment(self) -> dict[str, str]:
        """The whole environment of a child; `prompt` lays its own over it."""
        proxies = dict.fromkeys(
            ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"), CLOSED_PROXY
        )
        return {
            "HOME": str(self.root),
            "PATH": f"{self.root / 'bin'}:/usr/bin:/bin",
            "LANG": "C.UTF-8",
            "TERM": "dumb",
            "USER": "tester",
            "NO_PROXY": "127.0.0.1,localhost",
            "no_proxy": "127.0.0.1,localhost",
            "OPENROUTER_API_KEY": KEY,
            "CONFGEN_CONFIG": str(self.root / "confgen" / "confgen.toml"),
            "CONFGEN_STATE": str(self.root / "confgen" / "state"),
            **proxies,
            **self.client.environment,
        }


def make_home(root: Path, client: Client) -> Home:
    """A home where the client is on the PATH, has been started before, and trusts the project."""
    home = Home(root, client)
    (root / "bin").mkdir(parents=True)
    (root / "bin" / client.command).symlink_to(client.binary)
    home.project.mkdir()
    home.note.write_text(f"{NOTE}\n")
    subprocess.run(("git", "init", "--quiet", home.project), check=True)
    trust = {"projects": {str(home.project): {"hasTrustDialogAccepted": True}}}
    (root / ".claude.json").write_text(json.dumps({"hasCompletedOnboarding": True, **trust}))
    return home
