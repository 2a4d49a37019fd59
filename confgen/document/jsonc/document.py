"""JSON and JSONC documents: look up, edit, undo."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from confgen.document.jsonc.check import check
from confgen.document.jsonc.edit import Draft
from confgen.document.jsonc.grammar import Dialect
from confgen.document.jsonc.scan import Scan, scan
from confgen.document.jsonc.tree import Item, decode_value, opened, root_of, source_of
from confgen.document.jsonc.walk import Walk, walk
from confgen.document.model import Edit, Found, Path
from confgen.document.order import in_batches
from confgen.document.place import place
from confgen.document.undo import plan_undo
from confgen.errors import DocumentError


@dataclass(frozen=True)
class JsonDocument:
    """A text that is valid in its dialect. `name` stands before the places in errors."""

    scan: Scan
    dialect: Dialect
    name: str

    @property
    def text(self) -> str:
        return self.scan.text

    @cached_property
    def _root(self) -> Item | None:
        """The opened parts of the text, for looking only; edits open their own."""
        return root_of(self.scan)

    def _walk(self, path: Path) -> Walk | None:
        return walk(self._root, path, name=self.name) if self._root else None

    def find(self, path: Path) -> Found | None:
        """What stands at `path`, or None.

        Raises DocumentError for a duplicate on the path and a wrong type on the way.
        """
        way = self._walk(path)
        if way is None or way.item is None:
            return None
        source = source_of(way.item)
        return Found(decode_value(source), source.text, *place(self.text, source.start))

    def locate(self, keys: Sequence[str | int]) -> tuple[int, int]:
        """Line and column of the value that decoding gives there, or of the last on the way."""
        item = self._root
        for key in keys:
            container = opened(item) if item else None
            if container is None:
                break
            found = container.indexes(key) if isinstance(key, str) else [key]
            if not found:
                break
            item = container.items[found[-1]]
        return place(self.text, source_of(item).start) if item else (1, 1)

    def undo(self, path: Path) -> tuple[Edit, ...]:
        """The edits that, after a Set at `path`, bring this text back."""
        return plan_undo(path, self._source)

    def _source(self, path: Path) -> tuple[str, bool] | None:
        way = self._walk(path)
        if way is None or way.item is None:
            return None
        container = opened(way.item)
        return source_of(way.item).text, container is not None and not container.items

    def edit(self, edits: Sequence[Edit]) -> "JsonDocument":
        """The document with all edits made: Prunes last, the deepest first.

        Raises DocumentError where `find` would, and RuntimeError, which is a bug of ours, if the
        result is not this text with these edits and nothing else.
        """
        document = self
        for batch in in_batches(edits):
            document = document._edit(batch)  # noqa: SLF001 - the same class
        return document

    def _edit(self, edits: Sequence[Edit]) -> "JsonDocument":
        draft = Draft.of(self.scan, self.name)
        for edit in edits:
            draft.apply(edit)
        text = draft.text
        del draft  # a large one is worth its memory
        if text == self.text:
            return self
        try:
            result = scan(text, self.dialect, name=self.name)
        except DocumentError as error:
            raise RuntimeError(
                f"the edited text is broken ({error}); nothing was written"
            ) from error
        check(self.scan, result, edits, self._root)
        return JsonDocument(result, self.dialect, self.name)


def open_json(text: str, dialect: Dialect, *, name: str) -> JsonDocument:
    """Scan a text; raises DocumentError, with the place, on what is not JSON in this dialect."""
    return JsonDocument(scan(text, dialect, name=name), dialect, name)
