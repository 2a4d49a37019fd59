"""Edits on an opened tree: each changes the gaps and values that it must, and nothing else."""

from dataclasses import dataclass

from confgen.document.jsonc.gaps import close_gap, comments, open_gap
from confgen.document.jsonc.grammar import JSONC
from confgen.document.jsonc.layout import (
    Layout,
    Verbatim,
    inside,
    model_comma,
    open_empty,
    outermost,
    render,
    string,
)
from confgen.document.jsonc.scan import Scan, pair_brackets
from confgen.document.jsonc.tree import (
    Container,
    Item,
    Source,
    decode_value,
    expand,
    opened,
    root_of,
)
from confgen.document.jsonc.walk import Walk, walk
from confgen.document.model import Delete, Edit, Entry, JsonValue, Path, Prune, Restore, Set
from confgen.document.place import BOM
from confgen.document.values import nest, same


@dataclass(slots=True)
class Draft:
    """A text under edit: what stands before the root, the root if there is one, and the rest."""

    name: str
    before: str
    root: Item | None
    after: str
    layout: Layout

    @classmethod
    def of(cls, scan: Scan, name: str) -> "Draft":
        layout = outermost(scan.text, scan.start)
        return cls(name, scan.text[: scan.start], root_of(scan), scan.text[scan.end :], layout)

    @property
    def text(self) -> str:
        return self.before + (write(self.root.value) if self.root else "") + self.after

    def apply(self, edit: Edit) -> None:
        match edit:
            case Set(path, value):
                self._put(path, value)
            case Restore(path, source):
                self._put(path, Verbatim(source))
            case Delete(path):
                self._delete(path)
            case Prune(path, source):
                self._prune(path, source)

    def _walk(self, root: Item, path: Path) -> Walk:
        return walk(root, path, name=self.name)

    def _put(self, path: Path, value: JsonValue | Verbatim) -> None:
        if self.root is None:
            self._make_root()
        if self.root is None or not path:
            raise ValueError("an edit needs a path below the root")
        way = self._walk(self.root, path)
        layout = self.layout
        for container, index in way.steps:
            layout = inside(container, layout, index)
        if way.item is None:
            _insert(way.container, layout, way.missing, value)
        elif not _stands(way.item.value, value):
            way.item.value = _written(render(value, layout))

    def _make_root(self) -> None:
        eol = self.layout.eol
        self.before += eol if self.before.removeprefix(BOM) else ""
        self.after = eol
        self.root = Item(None, "", _written("{}"), "")

    def _delete(self, path: Path) -> None:
        if self.root is None or not path:
            return
        way = self._walk(self.root, path)
        if way.item is not None:
            _take_out(*way.steps[-1])

    def _prune(self, path: Path, source: str | None) -> None:
        if self.root is None:
            return
        item = self._walk(self.root, path).item
        container = opened(item) if item else None
        if item is None or container is None or not _is_empty(container, path):
            return
        kept = [*comments(container.gap), *(c for i in container.items for c in comments(i.gap))]
        if source:
            if not container.items and kept == comments(expand(_written(source)).gap):
                item.value = _written(source)
        elif not kept and path:
            self._delete(path)
        elif not kept:
            self.root = None
            eol = self.layout.eol
            self.before = self.before.removesuffix(eol)
            self.after = self.after.removeprefix(eol)


def _written(source: str) -> Source:
    """A value that we spell ourselves; what is wrong with it shows when the result is scanned."""
    is_container = source[:1] in ("{", "[")
    ends = pair_brackets(source, 0, JSONC, name="the recorded text") if is_container else {}
    return Source(Scan(source, 0, len(source), ends), 0, len(source))


def _stands(present: Source | Container, value: JsonValue | Verbatim) -> bool:
    """Whether the value is there already, so that its spelling is left alone."""
    text = write(present)
    if isinstance(value, Verbatim):
        return text == value.source
    return same(decode_value(_written(text)), value)


def _insert(container: Container, outer: Layout, path: Path, value: JsonValue | Verbatim) -> None:
    last = len(container.items) - 1
    layout = inside(container, outer, last)
    if container.items:
        before, after = open_gap(
            container.items[last].gap,
            layout.lead,
            line=layout.line,
            model=model_comma(container),
        )
    else:
        before, after = open_empty(container, layout, outer)
    container.set_gap_before(last + 1, before)
    key, *rest = path
    if isinstance(key, Entry):
        head, name, [whole] = "", None, nest(path, value)
    else:
        head, name, whole = string(key) + layout.colon, key, nest(tuple(rest), value)
    container.add(Item(name, head, _written(render(whole, layout)), after))


def _take_out(container: Container, index: int) -> None:
    last = index == len(container.items) - 1
    before, after = container.gap_before(index), container.items[index].gap
    gap = close_gap(before, after, first=index == 0, last=last)
    container.set_gap_before(index, gap)
    container.remove(index)


def _is_empty(container: Container, path: Path) -> bool:
    """Whether nothing is left in it, or in an entry of a list only what identifies it."""
    if path and isinstance(path[-1], Entry):
        return all(item.key == path[-1].field for item in container.items)
    return not container.items


def write(value: Source | Container) -> str:
    """The text of a value as it stands, without recursion."""
    pieces: list[str] = []
    waiting: list[str | Item] = [Item(None, "", value, "")]
    while waiting:
        piece = waiting.pop()
        if isinstance(piece, str):
            pieces.append(piece)
        elif isinstance(piece.value, Source):
            pieces += (piece.head, piece.value.text, piece.gap)
        else:
            inner = piece.value
            pieces += (piece.head, inner.opening, inner.gap)
            waiting += (piece.gap, inner.closing, *reversed(inner.items))
    return "".join(pieces)
