"""The proof after an edit: two scanned texts differ by exactly the edits that were asked for.

Knows nothing of how an edit is made.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from confgen.document.jsonc.gaps import comments
from confgen.document.jsonc.scan import Scan
from confgen.document.jsonc.tree import (
    Container,
    Item,
    decode_scalar,
    decode_value,
    opened,
    root_of,
    source_of,
)
from confgen.document.model import Delete, Edit, Entry, Key, Path, Prune, Restore, Set, format_path
from confgen.document.values import same


@dataclass(frozen=True, slots=True)
class _Pair:
    """One container in both texts, None where it is not, and the edits below or at it."""

    path: Path
    before: Container | None
    after: Container | None
    edits: Sequence[tuple[Path, Edit]]


def check(before: Scan, after: Scan, edits: Sequence[Edit], root: Item | None) -> None:
    """Raise RuntimeError unless `after` is `before` with these edits and nothing else.

    `root` is that of `before`, opened or not but unchanged. No path of the edits lies in another,
    that of a Prune excepted.
    """
    if _around(before) != _around(after):
        raise _wrong((), "what stands around the object changed")
    waiting = [_Pair((), _open(root), _open(root_of(after)), [(edit.path, edit) for edit in edits])]
    while waiting:
        waiting += _check_pair(waiting.pop())


def _wrong(path: Path, what: str) -> RuntimeError:
    return RuntimeError(f"{format_path(path)}: {what}; nothing was written")


def _around(scan: Scan) -> list[str]:
    return comments(scan.text[: scan.start]) + comments(scan.text[scan.end :])


def _check_pair(pair: _Pair) -> Iterator[_Pair]:
    below: dict[Key, list[tuple[Path, Edit]]] = {}
    for rest, edit in pair.edits:
        if rest:
            below.setdefault(rest[0], []).append((rest[1:], edit))
    _check_existence(pair)
    if _comments(pair.before) != _comments(pair.after):
        raise _wrong(pair.path, "a comment changed")
    if _untouched(pair, pair.before, below) != _untouched(pair, pair.after, below):
        raise _wrong(pair.path, "a neighbour changed")
    for key, edits in below.items():
        path = (*pair.path, key)
        old, new = _value(pair.before, key, path), _value(pair.after, key, path)
        for rest, edit in edits:
            if not rest:
                _check_leaf(edit, new)
        deeper = [(rest, edit) for rest, edit in edits if rest or isinstance(edit, Prune)]
        if deeper:
            yield _Pair(path, _open(old), _open(new), deeper)


def _check_existence(pair: _Pair) -> None:
    """A container comes only by what is put into it, and goes only by a Prune."""
    edits = [edit for _, edit in pair.edits]
    pruned = any(not rest and isinstance(edit, Prune) for rest, edit in pair.edits)
    if pair.before is None and pair.after is not None:
        if not any(isinstance(edit, Set | Restore) for edit in edits):
            raise _wrong(pair.path, "a container appeared")
    elif pair.before is not None and pair.after is None and not pruned:
        raise _wrong(pair.path, "a container is gone")


def _check_leaf(edit: Edit, item: Item | None) -> None:
    new = source_of(item) if item else None
    match edit:
        case Set(path, value) if new is None or not same(decode_value(new), value):
            raise _wrong(path, "the value is not the one that was set")
        case Restore(path, source) if new is None or new.text != source:
            raise _wrong(path, "the value is not the one that was restored")
        case Delete(path) if new is not None:
            raise _wrong(path, "the value is still there")


def _comments(container: Container | None) -> list[str]:
    if container is None:
        return []
    gaps = [container.gap, *(item.gap for item in container.items)]
    return [comment for gap in gaps if "/" in gap for comment in comments(gap)]


def _untouched(
    pair: _Pair, container: Container | None, below: dict[Key, list[tuple[Path, Edit]]]
) -> list[tuple[str | None, str]]:
    """Key and source of every item that no edit names.

    The field that identifies an entry comes and goes with it.
    """
    if container is None:
        return []
    touched = set(below)
    if pair.path and isinstance(pair.path[-1], Entry) and None in (pair.before, pair.after):
        touched.add(pair.path[-1].field)
    entries = [key for key in touched if isinstance(key, Entry)]
    return [
        (item.key, source_of(item).text)
        for item in container.items
        if item.key not in touched and not any(_is_entry(item, entry) for entry in entries)
    ]


def _is_entry(item: Item, entry: Entry) -> bool:
    container = opened(item)
    if container is None:
        return False
    fields = [source_of(field) for field in container.items if field.key == entry.field]
    return any(
        field.text[0] == '"' and decode_scalar(field.text) == entry.value for field in fields
    )


def _value(container: Container | None, key: Key, path: Path) -> Item | None:
    if container is None:
        return None
    if isinstance(key, Entry):
        found = [item for item in container.items if _is_entry(item, key)]
    else:
        found = [container.items[index] for index in container.indexes(key)]
    if len(found) > 1:
        raise _wrong(path, "it stands twice")
    return found[0] if found else None


def _open(item: Item | None) -> Container | None:
    return opened(item) if item else None
