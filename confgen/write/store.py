"""The state folder: what lies where, and how a file gets there whole."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from confgen.write import durable

if TYPE_CHECKING:
    from confgen.write.journal import Journal

# The first content ever seen, and this many of the latest.
KEPT_BACKUPS = 10

_PRIVATE_FOLDER = 0o700


@dataclass(frozen=True, slots=True)
class Store:
    """Paths and single steps within `folder`. Only the holder of the lock may write."""

    folder: Path

    @property
    def manifest(self) -> Path:
        return self.folder / "manifest.json"

    @property
    def journal(self) -> Path:
        return self.folder / "journal.json"

    @property
    def staging(self) -> Path:
        """Whatever lies here when no commit is under way is rubbish."""
        return self.folder / "staging"

    @property
    def staged_manifest(self) -> Path:
        return self.staging / "manifest.json"

    def blob(self, sha256: str) -> Path:
        return self.folder / "blobs" / sha256

    def backups(self, real: Path) -> Path:
        """The folder for the old contents of `real`; the name is cut to fit any file system."""
        return self.folder / "backups" / f"{real.name[:40]}-{durable.sha256(bytes(real))[:16]}"

    def make(self) -> None:
        """Make the state folder, and the folders above it, if they are missing."""
        _make(self.folder)

    def begin(self, entry: "Journal") -> None:
        self.sweep()
        _make(self.staging)
        self.save_journal(entry)

    def save_journal(self, entry: "Journal") -> None:
        from confgen.write import journal  # noqa: PLC0415

        self._put(self.journal, journal.encode(entry))

    def end(self) -> None:
        """Forget the journal: from here on there is nothing to finish or to take back."""
        self.journal.unlink(missing_ok=True)
        durable.sync_folder(self.folder)
        self.sweep()

    def sweep(self) -> None:
        """Remove what a commit or its interruption left in `staging`."""
        if self.staging.is_dir():
            for rubbish in self.staging.iterdir():
                rubbish.unlink()
            self.staging.rmdir()

    def add_blob(self, content: bytes) -> None:
        path = self.blob(durable.sha256(content))
        if durable.fingerprint(path) != path.name:
            _make(path.parent)
            self._put(path, content)

    def prune_blobs(self, keep: frozenset[str]) -> None:
        for path in list((self.folder / "blobs").glob("*")):
            if path.name not in keep:
                path.unlink()

    def add_backup(self, real: Path, content: bytes) -> Path:
        """Keep `content`, unless it is the latest copy of `real` already; return the copy."""
        folder = self.backups(real)
        copies = _copies(folder)
        suffix = f"-{durable.sha256(content)}"
        if copies and copies[-1].name.endswith(suffix):
            return copies[-1]
        number = int(copies[-1].name.partition("-")[0]) + 1 if copies else 0
        _make(folder)
        path = folder / f"{number:06}{suffix}"
        self._put(path, content)
        return path

    def prune_backups(self, reals: Iterable[Path]) -> None:
        for real in reals:
            for path in _copies(self.backups(real))[1:-KEPT_BACKUPS]:
                path.unlink()

    def _put(self, path: Path, content: bytes) -> None:
        staged = self.staging / path.name
        durable.write_new(staged, content)
        durable.replace(staged, path)
        durable.sync_folder(path.parent)


def _make(folder: Path) -> None:
    durable.make_folders((*durable.missing_folders(folder), folder), _PRIVATE_FOLDER)


def _copies(folder: Path) -> list[Path]:
    """The backups in `folder`, the oldest first."""
    return sorted(folder.glob(f"{'[0-9]' * 6}-*"))
