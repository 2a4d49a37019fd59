"""The note on the disk of a write under way, enough to finish it or to take it back."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from confgen.write.durable import TEMP_PREFIX

Phase = Literal["preparing", "committed"]

_VERSION = 1
_PHASES: dict[str, Phase] = {"preparing": "preparing", "committed": "committed"}


@dataclass(frozen=True, slots=True)
class Target:
    """One file: the sha256 of its old and new content (None: no file).

    `temp` holds the new content until it takes the file's place; for a deletion, the file itself
    once it is put aside. `backup` is a copy of the old content, known once everything is prepared.
    """

    real: Path
    before: str | None
    after: str | None
    temp: Path
    backup: Path | None = None


@dataclass(frozen=True, slots=True)
class Journal:
    """All of one commit; `manifest` is the sha256 that the manifest will have."""

    phase: Phase
    targets: tuple[Target, ...]
    manifest: str
    new_folders: tuple[Path, ...]
    drop_folders: tuple[Path, ...]


def encode(journal: Journal) -> bytes:
    tree = {
        "version": _VERSION,
        "phase": journal.phase,
        "manifest": journal.manifest,
        "targets": [_encode_target(target) for target in journal.targets],
        "new_folders": [str(folder) for folder in journal.new_folders],
        "drop_folders": [str(folder) for folder in journal.drop_folders],
    }
    return json.dumps(tree, indent=1).encode()


def decode(text: bytes) -> Journal:
    """ValueError for anything that `encode` does not write."""
    try:
        tree = json.loads(text)
        if tree["version"] != _VERSION:
            raise ValueError(f"journal version {tree['version']}")
        return Journal(
            phase=_PHASES[tree["phase"]],
            targets=tuple(_decode_target(target) for target in tree["targets"]),
            manifest=tree["manifest"],
            new_folders=tuple(Path(folder) for folder in tree["new_folders"]),
            drop_folders=tuple(Path(folder) for folder in tree["drop_folders"]),
        )
    except (KeyError, TypeError, RecursionError) as error:
        raise ValueError("not a journal") from error


def _encode_target(target: Target) -> dict[str, str | None]:
    return {
        "real": str(target.real),
        "before": target.before,
        "after": target.after,
        "temp": str(target.temp),
        "backup": str(target.backup) if target.backup else None,
    }


def _decode_target(tree: dict[str, Any]) -> Target:
    target = Target(
        real=Path(tree["real"]),
        before=tree["before"],
        after=tree["after"],
        temp=Path(tree["temp"]),
        backup=Path(tree["backup"]) if tree["backup"] else None,
    )
    # Recovery deletes what is named here, so the name must be one that only we give.
    if target.temp.parent != target.real.parent or not target.temp.name.startswith(TEMP_PREFIX):
        raise ValueError(f"not a temporary file of ours: {target.temp}")
    return target
