"""One plan, many readers: what would change in which file, why, and what is in the way.

`make_plan` reads the files and the manifest, and writes nothing. `apply` and `remove` write the
plan; `diff`, `status` and `--dry-run` only read it.
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from confgen.document import JSONC, Document, decode, format_path, open_json
from confgen.errors import ConfgenError, DocumentError
from confgen.harnesses import Harness
from confgen.manifest import FileRecord, Manifest, dump_manifest, load_manifest
from confgen.merge import Conflict, KeyChange, Merged, Owned, Rules, drift, merge, release
from confgen.render import Fragment
from confgen.target import Target, check_fragment
from confgen.templates import load_schema
from confgen.validate import Place, Problem, problems
from confgen.write import Original, State, check_writable, new_folders, read_original

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
        if self.after is None or self.target.removes:
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
            blobs=tuple(blob for blob in self.blobs if _sha256(blob) in manifest.blobs()),
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


@dataclass(frozen=True, slots=True)
class Planner:
    """Plans targets against the disk and the manifest as they are when it is made."""

    state: State
    manifest: Manifest
    force: bool = False
    adopt: bool = False
    blobs: list[bytes] = field(default_factory=list)

    @classmethod
    def read(cls, state: State, *, force: bool = False, adopt: bool = False) -> "Planner":
        manifest = load_manifest(state.manifest(), where=str(state.folder / "manifest.json"))
        return cls(state, manifest, force, adopt)

    def plan(self, target: Target) -> tuple[Change, ...]:
        """The changes of one target: its file, and any other where confgen no longer belongs.

        Raises DocumentError where a file cannot be read, or edited, or is dropped by its harness.
        """
        originals = [read_original(Path(path)) for path in target.file.candidates]
        chosen = next((o for o in originals if o.data is not None), originals[-1])
        others = [o for o in originals if o.real != chosen.real]
        gone = target._replace(fragment=Fragment(()))
        stale = [change for o in others if (change := self._change(gone, o))]
        change = self._change(target, chosen)
        return (*stale, change) if change else tuple(stale)

    def _change(self, target: Target, original: Original) -> Change | None:
        record = self.manifest.find(target.harness.NAME, str(original.real))
        if target.removes and not record:
            return None
        if target.removes and original.data is None:
            return Change(target=target, original=original, after=None, former=record)
        document = _open(target, original)
        try:
            change = (
                self._removal(target, original, document, record)
                if target.removes and record
                else self._update(target, original, document, record)
            )
        except RuntimeError as error:
            # The editor proves its own work, and gives up where the proof fails.
            raise DocumentError(
                f"confgen cannot edit this layout safely: {error}",
                where=str(original.path),
                hint="lay the lines around that key out plainly, and report this as a bug",
            ) from error
        if change.kind != "none":
            check_writable(original)
        return change

    def _update(
        self, target: Target, original: Original, document: Document, record: FileRecord | None
    ) -> Change:
        """Make the file hold the fragment."""
        check_fragment(target)
        known = record if original.data is not None else None
        owned = Owned(known.owned(), known.made) if known else Owned()
        merged = merge(document, target.fragment, owned, self._rules(target))
        _check_accepted(target, document, merged.document, str(original.path))
        text = merged.document.text.encode("utf-8")
        change = Change(
            target=target,
            original=original,
            after=text,
            keys=merged.keys,
            conflicts=merged.conflicts,
            kept=tuple(format_path(path) for path in merged.kept),
            former=record,
        )
        if merged.conflicts:
            return change._replace(after=original.data, record=record)
        return change._replace(record=self._record(change, document, known, merged))

    def _record(
        self, change: Change, document: Document, known: FileRecord | None, merged: Merged
    ) -> FileRecord:
        target, original = change.target, change.original
        untouched = known is not None and original.sha256 == known.sha256
        base = known.base if known and untouched else self._base(original, document, known)
        folders = tuple(str(f) for f in new_folders(original)) if original.data is None else ()
        record = FileRecord(
            harness=target.harness.NAME,
            scope=target.scope,
            path=str(original.real),
            profile=target.profile,
            route=target.route,
            sha256=_sha256(change.after or b""),
            base=base,
            leaves=tuple(merged.owned.leaves.values()),
            made=merged.owned.made,
            folders=known.folders if known else folders,
        )
        if known and change.kind == "none":
            return record._replace(sha256=known.sha256, base=known.base)
        return record

    def _base(self, original: Original, document: Document, known: FileRecord | None) -> str | None:
        """The file without anything of ours, as a blob; None where there would be no file."""
        if original.data is None:
            return None
        blob = original.data
        if known:
            bare = release(document, Owned(known.owned(), known.made), Rules()).document.text
            if known.base is None and _is_bare(bare):
                return None
            blob = bare.encode("utf-8")
        self.blobs.append(blob)
        return _sha256(blob)

    def _removal(
        self, target: Target, original: Original, document: Document, record: FileRecord
    ) -> Change:
        """Take everything of ours out, to the byte where nobody touched the file since."""
        owned = Owned(record.owned(), record.made)
        merged = release(document, owned, Rules(force=self.force))
        after: bytes | None = merged.document.text.encode("utf-8")
        if original.sha256 == record.sha256:
            after = self._former_text(record, after)
        elif record.base is None and _is_bare(merged.document.text):
            after = None
        return Change(
            target=target,
            original=original,
            after=after,
            keys=merged.keys,
            kept=tuple(format_path(path) for path in merged.kept),
            former=record,
        )

    def _former_text(self, record: FileRecord, otherwise: bytes | None) -> bytes | None:
        if record.base is None:
            return None
        blob = self.state.blob(record.base)
        return otherwise if blob is None else blob

    def _rules(self, target: Target) -> Rules:
        file = target.file
        return Rules(file.defaults, file.displaced, force=self.force, adopt=self.adopt)


def make_plan(
    harnesses: Sequence[Harness], wish: Callable[[Harness], Sequence[Target]], planner: Planner
) -> Plan:
    """Plan each harness's targets; what fails is collected, so that all of it can be told."""
    changes: list[Change] = []
    failures: list[Failure] = []
    for harness in harnesses:
        try:
            changes += [change for target in wish(harness) for change in planner.plan(target)]
        except ConfgenError as error:
            failures.append(Failure(harness.NAME, error))
    return Plan(tuple(changes), tuple(failures), planner.manifest, tuple(planner.blobs))


def drifted(record: FileRecord) -> bool:
    """Whether someone changed a key of ours. DocumentError where the file cannot be read."""
    original = read_original(Path(record.path))
    if original.data is None:
        return True
    if original.sha256 == record.sha256:
        return False
    document = open_json(decode(original.data, name=record.path), JSONC, name=record.path)
    return bool(drift(document, record.leaves))


def _open(target: Target, original: Original) -> Document:
    name = str(original.path)
    text = decode(original.data or b"", name=name)
    return open_json(text, target.file.dialect, name=name)


def _is_bare(text: str) -> bool:
    """Whether a file that confgen made holds nothing any more."""
    return not text.strip("\ufeff{} \t\r\n")


def _check_accepted(target: Target, document: Document, result: Document, name: str) -> None:
    """Refuse a file that the harness itself would refuse: it would run on without the pin.

    `document` as it stands may lack what the `result` brings; nothing in it may be wrong.
    """
    schema = load_schema(target.harness.NAME, f"{target.file.template}.accepts")
    faults = [fault for fault in _problems(schema, document) if not fault.lacks]
    if not faults and result.text != document.text:
        faults = list(_problems(schema, result))
    for fault in faults:
        raise DocumentError(
            f"{_spell(fault.path)} {fault.message}: {target.harness.TITLE} would not take the file",
            where="{}:{}:{}".format(name, *document.locate(fault.path)),
            hint=fault.hint,
        )


def _problems(schema: Mapping[str, Any], document: Document) -> tuple[Problem, ...]:
    root = document.find(())
    return problems(schema, root.value) if root else ()


def _spell(path: Place) -> str:
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
    return text.removeprefix(".") or "the file"


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
