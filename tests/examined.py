"""A machine to be looked at: a home, a current folder, programs, and single checks over them."""

import json
import os
import stat
from dataclasses import dataclass, field
from pathlib import Path

from confgen.cli import main
from confgen.doctor.diagnose import run
from confgen.doctor.snapshot import Snapshot
from confgen.doctor.table import table
from confgen.finding import Finding
from confgen.harnesses import HARNESSES
from confgen.machine import this_machine
from confgen.settings import Overrides

KEY = "sk-or-v1-0123456789abcdef0123456789abcdef"
MEASURED = {name: harness.KNOWN_VERSIONS[1] for name, harness in HARNESSES.items()}
FILES = {
    "opencode": ".config/opencode/opencode.json",
    "claude-code": ".claude/settings.json",
    "droid": ".factory/settings.json",
    "openhands": ".openhands/agent_settings.json",
}


@dataclass
class Scene:
    """What the checks see: the test's own home and current folder, and this environment."""

    home: Path
    work: Path
    programs: Path
    env: dict[str, str] = field(default_factory=lambda: {"OPENROUTER_API_KEY": KEY})

    @property
    def state(self) -> Path:
        return self.home / ".local" / "state" / "confgen"

    def file(self, harness: str) -> Path:
        """The main config file of a harness."""
        return self.home / FILES[harness]

    def write(self, path: str | Path, text: str | bytes, mode: int = 0o600) -> Path:
        """A file below the home folder."""
        target = self.home / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(text if isinstance(text, bytes) else text.encode())
        target.chmod(mode)
        return target

    def settings(self, text: str) -> Path:
        return self.write(".config/confgen/confgen.toml", text)

    def apply(self, *arguments: str) -> None:
        assert main(["apply", *arguments, "--yes"]) == 0

    def install(self, name: str, version: str | None = None) -> Path:
        """A client whose package tells its version; the one that was measured last by default."""
        harness = HARNESSES[name]
        package = self.programs.parent / "packages" / name
        program = package / "bin" / harness.COMMAND
        program.parent.mkdir(parents=True)
        program.write_text("#!/bin/sh\nexit 1\n")
        program.chmod(program.stat().st_mode | stat.S_IXUSR)
        (self.programs / harness.COMMAND).symlink_to(program)
        self.install_version(name, version or MEASURED[name])
        return program

    def install_version(self, name: str, version: str) -> None:
        package = self.programs.parent / "packages" / name
        manifest = {"name": HARNESSES[name].PACKAGES[0], "version": version}
        (package / "package.json").write_text(json.dumps(manifest))

    def snapshot(self, *names: str, **env: str) -> Snapshot:
        machine = this_machine()
        inherited = {
            name: value for name, value in os.environ.items() if "PROXY" not in name.upper()
        }
        own = {**inherited, "PATH": str(self.programs), **self.env, **env}
        project = next((p for p in (self.work, *self.work.parents) if (p / ".git").exists()), None)
        return Snapshot(machine._replace(env=own), project or self.work, Overrides(), names=names)

    def look(self, check: str, *names: str, **env: str) -> list[Finding]:
        """What one check finds, whatever else is wrong."""
        snapshot = self.snapshot(*names, **env)
        return list(run([row for row in table(snapshot) if row.id == check], snapshot))


def levels(findings: list[Finding]) -> list[str]:
    return [finding.level for finding in findings]


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
