"""One plan, many readers: what would change in which file, why, and what is in the way.

`apply` and `remove` write it; `diff` and `--dry-run` only read it.
"""

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple

from confgen.errors import ConfgenError
from confgen.manifest import FileRecord, Manifest, dump_manifest
from confgen.merge import Conflict, KeyChange
from confgen.target import Target
from confgen.write import Original

# Most plans are only read.
if TYPE_CHECKING:
    from confgen.write.transaction import FileWrite, Transaction

Kind = Literal["create", "update", "none", "remove"]


class Change(NamedTuple):
    """What happens to one file. `after` is its whole text to be, None for no file.

    `kept` are owned keys that the user has taken over and that are left as they are.
    """

    target: Target
    original: Original
    after: bytes | None
    keys: tuple[KeyChange, ...] = ()
    conflicts: tuple[Conflict, ...] = ()
    kept: tuple[str, ...] = ()
    record: FileRecord | None = None
    former: FileRecord | None = None

    @property
    def kind(self) -> Kind:
        if self.after == self.original.data:
            return "none"
        if self.after is None or not self.target.fragment.leaves:
            return "remove"
        return "create" if self.original.data is None else "update"


class Failure(NamedTuple):
    """A harness whose files cannot be planned, and why."""

    harness: str
    error: ConfgenError


class Plan(NamedTuple):
    """All changes of one call. With a failure or a conflict nothing of it may be written.

    `manifest` is as it was read; `blobs` are the texts that the new one may refer to.
    """

    changes: tuple[Change, ...]
    failures: tuple[Failure, ...] = ()
    manifest: Manifest = Manifest()
    blobs: tuple[bytes, ...] = ()

    @property
    def conflicts(self) -> tuple[tuple[Change, Conflict], ...]:
        return tuple((change, c) for change in self.changes for c in change.conflicts)

    @property
    def changed(self) -> tuple[Change, ...]:
        return tuple(change for change in self.changes if change.kind != "none")

    @property
    def is_clear(self) -> bool:
        """Whether it may be written."""
        return not self.failures and not self.conflicts

    @property
    def is_empty(self) -> bool:
        """Nothing to write, not even in confgen's own memory."""
        return not self.changed and self.new_manifest() == self.manifest

    def new_manifest(self) -> Manifest:
        manifest = self.manifest
        for change in self.changes:
            if change.record and change.record != change.former:
                manifest = manifest.with_record(change.record)
            elif change.former and not change.record:
                manifest = manifest.without(change.former)
        return manifest

    def transaction(self) -> "Transaction":
        from confgen.write.transaction import Transaction  # noqa: PLC0415

        manifest = self.new_manifest()
        return Transaction(
            writes=tuple(_write(change) for change in self.changed),
            manifest=dump_manifest(manifest),
            blobs=tuple(
                blob for blob in self.blobs if hashlib.sha256(blob).hexdigest() in manifest.blobs()
            ),
            keep_blobs=manifest.blobs(),
        )


def _write(change: Change) -> "FileWrite":
    from confgen.write.transaction import FileWrite  # noqa: PLC0415

    folders = change.former.folders if change.former and change.after is None else ()
    return FileWrite(
        change.original,
        change.after,
        private=change.target.file.private,
        drop_folders=tuple(Path(folder) for folder in folders),
    )
