"""Compares what is wanted with what stands there: targets, files and manifest become a plan.

Reads, and writes nothing.
"""

import hashlib
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from confgen.document import Dialect, Document, decode, format_path, open_json
from confgen.errors import ConfgenError, DocumentError
from confgen.harnesses import Harness
from confgen.manifest import FileRecord, Manifest, load_manifest
from confgen.merge import Merged, Owned, Rules, drift, merge, release
from confgen.plan import Change, Failure, Plan
from confgen.target import Target
from confgen.validate import check_accepted, check_fragment
from confgen.write import Original, State, check_writable, new_folders, read_original


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
        beneath = [read_original(Path(path)) for path in target.file.beneath]
        others = [o for o in (*originals, *beneath) if o.real != chosen.real]
        other = target.other()
        changes = [self._change(other, original) for original in others]
        return tuple(c for c in (*changes, self._change(target, chosen)) if c)

    def _change(self, target: Target, original: Original) -> Change | None:
        record = self.manifest.find(target.harness.NAME, str(original.real))
        unset = not target.fragment.leaves
        if unset and not record and (target.removes or original.data is None):
            return None
        if unset and original.data is None:
            return Change(target=target, original=original, after=None, former=record)
        document = _open(target, original)
        try:
            change = (
                self._removal(target, original, document, record)
                if target.removes
                else self._update(target, original, document, record)
            )
        except RecursionError as error:
            raise DocumentError(
                "a value on one of confgen's keys is nested too deeply",
                where=str(original.path),
                hint="take that value out: no harness wants one there",
            ) from error
        except RuntimeError as error:
            # The editor proves its own work, and gives up where the proof fails.
            raise DocumentError(
                f"confgen cannot edit this layout safely: {error}",
                where=str(original.path),
                hint="lay the lines around that key out plainly, and report this as a bug",
            ) from error
        if change.kind != "none":
            check_writable(original)
            _check_private(target, original)
        elif target.beside and not record and not change.conflicts:
            return None
        return change

    def _update(
        self, target: Target, original: Original, document: Document, record: FileRecord | None
    ) -> Change:
        """Make the file hold the fragment, or, beside it, nothing that adds to it."""
        if not target.beside:
            check_fragment(target)
        known = record if original.data is not None else None
        owned = Owned(known.owned(), known.made) if known else Owned()
        merged = merge(document, target.fragment, owned, self._rules(target))
        if target.beside and not merged.owned.leaves and not merged.conflicts:
            return self._removal(target, original, document, record)
        check_accepted(target, document, merged.document, str(original.path))
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
        target, original, former = change.target, change.original, change.former
        sha256 = _sha256(change.after or b"")
        if known and change.kind == "none":
            sha256, base = known.sha256, known.base
        elif known and original.sha256 == known.sha256:
            base = known.base
        else:
            base = self._base(original, document, known)
        made = new_folders(original) if original.data is None else ()
        return FileRecord(
            harness=target.harness.NAME,
            scope=target.scope,
            path=str(original.real),
            profile=target.profile,
            route=target.route,
            sha256=sha256,
            base=base,
            leaves=tuple(merged.owned.leaves.values()),
            made=merged.owned.made,
            folders=former.folders if former else tuple(str(folder) for folder in made),
            options=target.options,
        )

    def _base(self, original: Original, document: Document, known: FileRecord | None) -> str | None:
        """The file without anything of ours, as a blob; None where there would be no file."""
        if original.data is None:
            return None
        blob = original.data
        if known:
            rules = Rules(force=self.force)
            bare = release(document, Owned(known.owned(), known.made), rules).document.text
            if known.base is None and _is_bare(bare):
                return None
            blob = bare.encode("utf-8")
        self.blobs.append(blob)
        return _sha256(blob)

    def _removal(
        self, target: Target, original: Original, document: Document, record: FileRecord | None
    ) -> Change:
        """Take everything of ours out, to the byte where nobody touched the file since."""
        if record is None:
            return Change(target=target, original=original, after=original.data)
        owned = Owned(record.owned(), record.made)
        merged = release(document, owned, Rules(force=self.force))
        after: bytes | None = merged.document.text.encode("utf-8")
        if original.sha256 == record.sha256:
            after = self._former_text(record, after)
        elif not merged.keys:
            # Nothing of ours is left in it: it is as the user wants it, empty or not.
            after = original.data
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
        return Rules(
            file.defaults, file.displaced, file.companions, force=self.force, adopt=self.adopt
        )


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


def drifted(record: FileRecord, dialect: Dialect) -> bool:
    """Whether someone changed a key of ours. DocumentError where the file is not in `dialect`."""
    original = read_original(Path(record.path))
    if original.data is None:
        return True
    if original.sha256 == record.sha256:
        return False
    document = open_json(decode(original.data, name=record.path), dialect, name=record.path)
    return bool(drift(document, record.leaves))


def _check_private(target: Target, original: Original) -> None:
    """Refuse to write a key into a file that others may read."""
    others = original.real.stat().st_mode & 0o077 if original.data is not None else 0
    if target.holds_key and others and os.name != "nt":
        raise DocumentError(
            "others may read this file, and the key is to be written into it",
            where=str(original.path),
            hint=f"chmod 600 '{original.real}', or leave --write-key out",
        )


def _open(target: Target, original: Original) -> Document:
    name = str(original.path)
    text = decode(original.data or b"", name=name)
    return open_json(text, target.file.dialect, name=name)


def _is_bare(text: str) -> bool:
    """Whether a file that confgen made holds nothing any more."""
    return not text.strip("\ufeff{} \t\r\n")


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
