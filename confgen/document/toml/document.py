"""TOML documents: look up, edit, undo.

tomllib says what a text means, before and after; the edits are splices of our own, for tomlkit
loses comments when a table goes, and adding and taking out again leaves a blank line behind.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import takewhile
from typing import Any

from confgen.document.model import (
    Delete,
    Edit,
    Entry,
    Found,
    Path,
    Prune,
    Restore,
    Set,
    format_path,
)
from confgen.document.order import in_batches
from confgen.document.place import fault, place
from confgen.document.toml import edit as splice
from confgen.document.toml.meaning import added, drop, holds, load, put, resolve, value_at
from confgen.document.toml.scan import Address, Part, Statement, comments, parts, statements
from confgen.document.toml.spell import spell
from confgen.document.undo import plan_undo
from confgen.document.values import nest, same
from confgen.errors import DocumentError


@dataclass(frozen=True, slots=True)
class _Spot:
    """A value that is written out: its span, and its statement or its place among others."""

    start: int
    end: int
    statement: Statement
    siblings: Sequence[Part] = ()
    index: int = 0


@dataclass(frozen=True)
class TomlDocument:
    """A text that tomllib accepts. `name` stands before the places in errors."""

    text: str
    name: str

    @cached_property
    def model(self) -> dict[str, Any]:
        return load(self.text, name=self.name)

    @cached_property
    def _statements(self) -> list[Statement]:
        return statements(self.text)

    def find(self, path: Path) -> Found | None:
        """What stands at `path`, or None. The source of a table with a header is that header.

        Raises DocumentError for an entry that stands twice and a wrong type on the way.
        """
        address, missing = self._resolve(path)
        if missing:
            return None
        start, end = self._span(address)
        value = value_at(self.model, address)
        return Found(value, self.text[start:end], *place(self.text, start))

    def locate(self, keys: Sequence[str | int]) -> tuple[int, int]:
        """Line and column of the value at the names that `keys` start with."""
        path = tuple(str(key) for key in takewhile(lambda key: isinstance(key, str), keys))
        for end in range(len(path), 0, -1):
            if found := self.find(path[:end]):
                return found.line, found.column
        return 1, 1

    def undo(self, path: Path) -> tuple[Edit, ...]:
        """The edits that, after a Set at `path`, bring this text back."""
        edits = plan_undo(path, self._look)
        address, missing = self._resolve(path)
        if missing and self._is_implied(address):
            edits = (*edits, Prune(path[: len(address)], ""))
        return edits

    def edit(self, edits: Sequence[Edit]) -> "TomlDocument":
        """The document with all edits made: Prunes last, the deepest first.

        Raises DocumentError where `find` would and for what these splices cannot do, and
        RuntimeError, which is a bug of ours, if the result does not mean what it should.
        """
        document = self
        for batch in in_batches(edits):
            for edit in batch:
                document = document._apply(edit)  # noqa: SLF001 - the same class
        return document

    def _apply(self, edit: Edit) -> "TomlDocument":
        address, missing = self._resolve(edit.path)
        match edit:
            case Set(_, value):
                return self._put(address, missing, value, None)
            case Restore(_, source):
                if not missing and self.text[slice(*self._span(address))] == source:
                    return self
                value = load(f"k = {source}", name=self.name)["k"]
                return self._put(address, missing, value, source)
            case Delete() if address and not missing:
                return self._take_out(address)
            case Prune(path, source) if address and not missing:
                return self._prune(address, path, source)
        return self

    def _resolve(self, path: Path) -> tuple[Address, Path]:
        address, missing, wrong = resolve(self.model, path)
        if wrong:
            start, _ = self._span(address)
            hint = "correct the file by hand"
            raise fault(self.name, self.text, start, f"{format_path(path)}: {wrong}", hint)
        return address, missing

    def _look(self, path: Path) -> tuple[str, bool] | None:
        found = self.find(path)
        return None if found is None else (found.source, found.value in ({}, []))

    def _under(self, address: Address) -> list[Statement]:
        return [s for s in self._statements if s.address[: len(address)] == address]

    def _span(self, address: Address) -> tuple[int, int]:
        spot = self._spot(address)
        if spot:
            return spot.start, spot.end
        under = self._under(address)
        return (under[0].start, under[0].value_end) if address and under else (0, len(self.text))

    def _spot(self, address: Address) -> _Spot | None:
        """None for a table that has a header or only dotted keys."""
        for statement in self._statements:
            if statement.kind == "pair" and address[: len(statement.address)] == statement.address:
                return self._inside(statement, address)
        return None

    def _inside(self, statement: Statement, address: Address) -> _Spot | None:
        spot, at = _Spot(statement.value_start, statement.value_end, statement), statement.address
        while at != address:
            siblings = parts(self.text, spot.start, at)
            found = [
                _Spot(part.value_start, part.end, statement, siblings, index)
                for index, part in enumerate(siblings)
                if address[: len(part.address)] == part.address
            ]
            if not found:
                return None
            spot, at = found[0], siblings[found[0].index].address
        return spot

    def _put(
        self, address: Address, missing: Path, value: Any, source: str | None
    ) -> "TomlDocument":
        try:
            nested = nest(missing, value)
            spelled = source or spell(value)
        except ValueError as error:
            raise DocumentError(str(error), where=self.name, hint="leave it out") from error
        if missing:
            text = self._insert(address, missing, value, spelled)
            return self._proved(text, added(self.model, address, nested), address)
        present = value_at(self.model, address)
        start, end = self._span(address)
        if same(present, value) and source in (None, self.text[start:end]):
            return self
        if not self._spot(address):
            raise self._cannot(address, "a table with a header cannot be set as a whole")
        text = self.text[:start] + spelled + self.text[end:]
        return self._proved(text, put(self.model, address, value), address)

    def _cannot(self, address: Address, why: str) -> DocumentError:
        return fault(self.name, self.text, self._span(address)[0], why, "set its keys one by one")

    def _insert(self, address: Address, missing: Path, value: Any, spelled: str) -> str:
        key, rest = missing[0], missing[1:]
        spot = self._spot(address)
        inner = spell(nest(rest, value)) if rest else spelled
        if spot:
            whole = nest(missing, value)
            item = (
                spell(whole[0]) if isinstance(key, Entry) else f"{splice.dotted([key])} = {inner}"
            )
            items = parts(self.text, spot.start, address)
            return splice.put_inline(self.text, spot.start, spot.end, items, item)
        numbered = any(isinstance(part, int) for part in address)
        if isinstance(key, str) and (not rest or numbered or self._is_dotted(address)):
            return self._insert_pair(address, key, inner)
        if numbered:
            raise self._cannot(address, "a list of tables inside a list of tables")
        names = [*address]
        while isinstance(missing[0], str) and len(missing) > 1:
            names.append(missing[0])
            missing = missing[1:]
        header = splice.dotted([str(name) for name in names])
        if isinstance(missing[0], Entry):
            pairs = [(key, spell(inner)) for key, inner in nest(missing, value)[0].items()]
            return splice.put_table(self.text, f"[[{header}]]", pairs)
        return splice.put_table(self.text, f"[{header}]", [(missing[0], spelled)])

    def _is_dotted(self, address: Address) -> bool:
        """Whether a table is there by dotted keys, so that no header may name it."""
        under = self._under(address)
        return any(s.kind == "pair" and len(s.section) < len(address) for s in under)

    def _is_implied(self, address: Address) -> bool:
        """Whether a table is there only by the headers of tables inside it."""
        if not address or not isinstance(value_at(self.model, address), dict):
            return False
        named = any(s.address == address for s in self._statements)
        return not named and not self._spot(address) and not self._is_dotted(address)

    def _insert_pair(self, address: Address, key: str, spelled: str) -> str:
        section = [s for s in self._statements if s.kind == "pair" and s.section == address]
        section = section or [s for s in self._statements if s.address == address]
        if section:
            return splice.put_below(self.text, section[-1], [key], spelled)
        if not address:
            first = self._statements[0] if self._statements else None
            return splice.put_on_top(self.text, first, [key], spelled)
        names = [str(name) for name in address]
        if self._is_dotted(address):
            last = [s for s in self._under(address) if len(s.section) < len(address)][-1]
            return splice.put_below(self.text, last, [*names[len(last.section) :], key], spelled)
        if any(isinstance(part, int) for part in address):
            raise self._cannot(address, "a table without a header inside a list of tables")
        return splice.put_table(self.text, f"[{splice.dotted(names)}]", [(key, spelled)])

    def _take_out(self, address: Address) -> "TomlDocument":
        spot = self._spot(address)
        text = self.text
        if spot and spot.siblings:
            text = splice.take_out_inline(text, spot.siblings, spot.index)
        else:
            for statement in reversed([spot.statement] if spot else self._under(address)):
                text = splice.take_out(text, statement)
        # A table without a header goes with the last thing in it.
        expected = drop(self.model, address)
        actual = load(text, name=self.name)
        while (address := address[:-1]) and not holds(actual, address):
            if value_at(expected, address) in ({}, []):
                expected = drop(expected, address)
        return self._proved(text, expected, address)

    def _prune(self, address: Address, path: Path, source: str | None) -> "TomlDocument":
        if source == "":
            return self._prune_header(address)
        value = value_at(self.model, address)
        last = path[-1]
        kept = {last.field} if isinstance(last, Entry) else set()
        if not isinstance(value, dict | list) or set(value) - kept:
            return self
        spot = self._spot(address)
        if spot and comments(self.text[spot.start : spot.end]):
            return self
        if source is None:
            return self._take_out(address)
        if not spot:
            return self
        text = self.text[: spot.start] + source + self.text[spot.end :]
        return self._proved(text, self.model, address)

    def _prune_header(self, address: Address) -> "TomlDocument":
        """Take out a header without pairs; the tables inside go on implying the table."""
        under = self._under(address)
        header = next((s for s in under if s.kind == "table" and s.address == address), None)
        if (
            header is None
            or header.comment
            or any(s.kind == "pair" and s.section == address for s in under)
        ):
            return self
        if len(under) == 1:
            return self._take_out(address)
        return self._proved(splice.take_out(self.text, header), self.model, address)

    def _proved(self, text: str, expected: Any, address: Address) -> "TomlDocument":
        """The new text as a document; RuntimeError unless it means what is expected."""
        try:
            result = open_toml(text, name=self.name)
        except DocumentError as error:
            raise self._cannot(address, "an edit here would break the file") from error
        inside = "".join(
            self.text[s.value_start : s.value_end] + "\n"
            for s in self._statements
            if s.address[: len(address)] == address or address[: len(s.address)] == s.address
        )
        lost = Counter(comments(self.text)) - Counter(comments(text))
        if not same(result.model, expected) or lost - Counter(comments(inside)):
            raise RuntimeError(f"{self.name}: an edit went wrong; nothing was written")
        return result


def open_toml(text: str, *, name: str) -> TomlDocument:
    """Read a text; raises DocumentError, with the place, on what is not TOML 1.0."""
    document = TomlDocument(text, name)
    _ = document.model
    return document
