"""Three ways for every owned leaf: what confgen set last, what stands there, what is wanted.

Pure: a document and a fragment go in; the merged document, what changes, what conflicts and what is
owned from now on come out.
"""

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

from confgen.document import (
    Delete,
    Document,
    Edit,
    Entry,
    Found,
    JsonValue,
    Path,
    Prune,
    Restore,
    Set,
)
from confgen.manifest import ABSENT, OwnedLeaf, digest
from confgen.render import Fragment, Leaf


class KeyChange(NamedTuple):
    """One owned key, before and after; None stands for a key that is not there."""

    path: Path
    before: Found | None
    after: Found | None


class Conflict(NamedTuple):
    """An owned key that someone changed, and that this call would overwrite."""

    path: Path
    reason: str
    found: Found | None
    wanted: JsonValue
    is_foreign_entry: bool = False


class Owned(NamedTuple):
    """What confgen owns in one document: leaves, and the containers that it made for them."""

    leaves: Mapping[Path, OwnedLeaf] = MappingProxyType({})
    made: Mapping[Path, str | None] = MappingProxyType({})


class Merged(NamedTuple):
    """The outcome of a merge. `kept` are keys that the user took over and that are left alone."""

    document: Document
    keys: tuple[KeyChange, ...]
    conflicts: tuple[Conflict, ...]
    kept: tuple[Path, ...]
    owned: Owned


class Rules(NamedTuple):
    """Which leaves yield to the user's, which must go, and what the caller allows.

    `companions` go where the leaf that they belong to goes or changes: a key with its address.
    """

    defaults: frozenset[tuple[str, ...]] = frozenset()
    displaced: tuple[tuple[str, ...], ...] = ()
    companions: Mapping[tuple[str, ...], tuple[tuple[str, ...], ...]] = MappingProxyType({})
    force: bool = False
    adopt: bool = False


def merge(document: Document, fragment: Fragment, owned: Owned, rules: Rules) -> Merged:
    """Make `document` hold `fragment`, and no longer what was owned and is not wanted now.

    Raises DocumentError for a duplicate key or a wrong type on an owned path.
    """
    wanted = {leaf.path: leaf.value for leaf in fragment.leaves}
    displaced = tuple(
        path for path in _displaced(document, wanted, owned, rules) if path not in wanted
    )
    stale = [leaf for leaf in owned.leaves.values() if not _still(leaf, wanted, displaced)]
    cleared = _release(document, stale, wanted, owned.made, rules)
    state = _Setting(cleared.document, owned, rules)
    for leaf in fragment.leaves:
        state.want(leaf)
    for path in displaced:
        state.displace(path, taken_over=path in cleared.kept)
    return state.outcome(document, cleared)


def release(document: Document, owned: Owned, rules: Rules) -> Merged:
    """Take everything of ours out again, leaving what someone changed since."""
    return merge(document, Fragment(()), owned, Rules(force=rules.force))


def drift(document: Document, leaves: Iterable[OwnedLeaf]) -> tuple[Path, ...]:
    """The owned keys that no longer hold what confgen set."""
    return tuple(leaf.path for leaf in leaves if _digest(document.find(leaf.path)) != leaf.digest)


def _displaced(
    document: Document, wanted: Mapping[Path, JsonValue], owned: Owned, rules: Rules
) -> Iterator[Path]:
    yield from rules.displaced
    for path, companions in rules.companions.items():
        ours, found = owned.leaves.get(path), document.find(path)
        target = digest(wanted[path]) if path in wanted else ABSENT
        theirs = _before(ours) if ours else _digest(found)
        if theirs not in (target, ABSENT):
            yield from companions


def _before(leaf: OwnedLeaf) -> str:
    """The digest of what stood there before confgen, or something that is equal to none."""
    try:
        return ABSENT if leaf.before is None else digest(json.loads(leaf.before))
    except ValueError:
        return ""


def _still(leaf: OwnedLeaf, wanted: Collection[Path], displaced: tuple[Path, ...]) -> bool:
    return leaf.path in wanted or (leaf.digest == ABSENT and leaf.path in displaced)


class _Cleared(NamedTuple):
    document: Document
    released: tuple[Path, ...]
    kept: tuple[Path, ...]


def _release(
    document: Document,
    stale: Sequence[OwnedLeaf],
    wanted: Collection[Path],
    made: Mapping[Path, str | None],
    rules: Rules,
) -> _Cleared:
    if not stale:
        return _Cleared(document, (), ())
    edits: list[Edit] = []
    released: list[Path] = []
    kept: list[Path] = []
    for entry, group in _by_entry(stale, wanted):
        if rules.force or _untouched(document, entry, group):
            edits += _undo_group(entry, group)
            released += [leaf.path for leaf in group]
        else:
            kept += [leaf.path for leaf in group if document.find(leaf.path)]
    gone = {edit.path for edit in edits if isinstance(edit, Delete)}
    edits += [
        Prune(path, source)
        for path, source in made.items()
        if not any(path[: len(deleted)] == deleted for deleted in gone)
    ]
    return _Cleared(document.edit(edits), tuple(released), tuple(kept))


def _by_entry(
    leaves: Iterable[OwnedLeaf], wanted: Iterable[Path]
) -> Iterator[tuple[Path | None, list[OwnedLeaf]]]:
    """Leaves one by one, but those of one list entry together: half an entry is of no use.

    Of an entry that is still wanted, a leaf may well go by itself.
    """
    staying = {_entry_of(path) for path in wanted}
    entries: dict[Path, list[OwnedLeaf]] = {}
    for leaf in leaves:
        entry = _entry_of(leaf.path)
        if entry is None or entry in staying:
            yield None, [leaf]
        else:
            entries.setdefault(entry, []).append(leaf)
    yield from entries.items()


def _entry_of(path: Path) -> Path | None:
    at = next((i for i, key in enumerate(path) if isinstance(key, Entry)), None)
    return None if at is None else path[: at + 1]


def _untouched(document: Document, entry: Path | None, group: Sequence[OwnedLeaf]) -> bool:
    same = all(_digest(document.find(leaf.path)) == leaf.digest for leaf in group)
    found = document.find(entry) if entry else None
    adopted = any(leaf.before is not None for leaf in group)
    if not same or not entry or not found or adopted:
        return same
    return _is_only(found.value, [leaf.path[len(entry) :] for leaf in group])


def _is_only(value: JsonValue, paths: Sequence[Path]) -> bool:
    """Whether an object holds nothing but what stands at `paths`."""
    if () in paths or not paths or not isinstance(value, Mapping):
        return () in paths
    return all(_is_only(child, [p[1:] for p in paths if p[0] == k]) for k, child in value.items())


def _undo_group(entry: Path | None, group: Sequence[OwnedLeaf]) -> list[Edit]:
    if entry and all(leaf.before is None for leaf in group):
        return [Delete(entry)]
    return [
        Delete(leaf.path) if leaf.before is None else Restore(leaf.path, leaf.before)
        for leaf in group
    ]


class _Setting:
    """Collects the edits that make a document hold the wanted leaves."""

    def __init__(self, document: Document, owned: Owned, rules: Rules) -> None:
        self.document = document
        self.owned = owned
        self.rules = rules
        self.edits: list[Edit] = []
        self.leaves: dict[Path, OwnedLeaf] = {}
        self.made = dict(owned.made)
        self.conflicts: list[Conflict] = []
        self.touched: list[Path] = []

    def want(self, leaf: Leaf) -> None:
        found = self.document.find(leaf.path)
        ours = self.owned.leaves.get(leaf.path)
        live, target = _digest(found), digest(leaf.value)
        default = any(_matches(leaf.path, pattern) for pattern in self.rules.defaults)
        if default and found and not (ours and live == ours.digest):
            return
        if self._is_foreign_entry(leaf.path):
            foreign = "an entry with confgen's id stands there that confgen did not write"
            self.conflicts.append(Conflict(leaf.path, foreign, found, leaf.value, True))
            return
        reason = None if default else _objection(live, target, ours)
        if reason and not self.rules.force:
            self.conflicts.append(Conflict(leaf.path, reason, found, leaf.value))
            return
        self._own(leaf.path, found, ours, target)
        if live != target:
            self.edits.append(Set(leaf.path, leaf.value))
            self.touched.append(leaf.path)

    def displace(self, path: Path, *, taken_over: bool) -> None:
        found = self.document.find(path)
        set_once = self.owned.leaves.get(path)
        ours = set_once if set_once and set_once.digest == ABSENT else None
        if found is None:
            if ours:
                self.leaves[path] = ours
            return
        if (ours or taken_over) and not self.rules.force:
            reason = "someone put it back" if ours else "someone changed it"
            self.conflicts.append(Conflict(path, reason, found, None))
            return
        self._own(path, found, ours, ABSENT)
        self.edits.append(Delete(path))
        self.touched.append(path)

    def _is_foreign_entry(self, path: Path) -> bool:
        """Whether `path` lies in a list entry that confgen neither wrote nor may adopt."""
        entry = _entry_of(path)
        if entry is None or self.rules.adopt:
            return False
        ours = any(_entry_of(known) == entry for known in self.owned.leaves)
        return not ours and self.document.find(entry) is not None

    def _own(self, path: Path, found: Found | None, ours: OwnedLeaf | None, target: str) -> None:
        before = ours.before if ours else found.source if found else None
        self.leaves[path] = OwnedLeaf(path, before, target)
        for edit in self.document.undo(path):
            if isinstance(edit, Prune):
                self.made.setdefault(edit.path, edit.source)

    def outcome(self, original: Document, cleared: _Cleared) -> Merged:
        document = self.document.edit(self.edits) if self.edits else self.document
        made = {p: s for p, s in self.made.items() if self.leaves and document.find(p)}
        return Merged(
            document=document,
            keys=tuple(_changes(original, document, (*cleared.released, *self.touched))),
            conflicts=tuple(self.conflicts),
            kept=cleared.kept,
            owned=Owned(self.leaves, made),
        )


def _objection(live: str, target: str, ours: OwnedLeaf | None) -> str | None:
    """Why a leaf may not be set without force, if so."""
    if ours is None or live in (target, ours.digest):
        return None
    return "someone removed it" if live == ABSENT else "someone changed it"


def _changes(original: Document, document: Document, paths: Iterable[Path]) -> Iterator[KeyChange]:
    for path in dict.fromkeys(paths):
        change = KeyChange(path, original.find(path), document.find(path))
        if _digest(change.before) != _digest(change.after):
            yield change


def _digest(found: Found | None) -> str:
    return digest(found.value) if found else ABSENT


def _matches(path: Path, pattern: tuple[str, ...]) -> bool:
    return len(path) == len(pattern) and all(
        want in ("*", key) for key, want in zip(path, pattern, strict=True)
    )
