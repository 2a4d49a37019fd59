"""Config files laid over one another as the clients do it: objects key by key, all else whole."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Generic, NamedTuple, TypeVar

from confgen.document import JsonValue
from confgen.document.values import same
from confgen.finding import Found, Level
from confgen.harnesses.checks import PinCheck
from confgen.harnesses.footprint import MANAGED
from confgen.harnesses.reading import Page, ReadFile, Reading

Keys = tuple[str, ...]


class Source(NamedTuple):
    """One thing that has a say in what a client sends: a file, a page, variables of the shell.

    `name` stands for the place of what has no lines to point at; "" is the environment, where
    each variable is a place.
    """

    name: str
    tree: Mapping[str, JsonValue]
    file: ReadFile | None = None
    page: Page | None = None

    def place(self, *keys: str) -> str:
        """`path:line:col` of what stands at `keys`; a page's fields are those of one object."""
        if self.page:
            fields = (self.page.fields.get(keys[2:end]) for end in range(len(keys), 2, -1))
            return next((self.page.place(field) for field in fields if field), self.name)
        if self.file is None:
            return self.name or f"${keys[-1]}"
        return self.file.place(*keys)


class Said(NamedTuple):
    """What one source has at a place."""

    source: Source
    keys: Keys
    value: JsonValue

    @property
    def where(self) -> str:
        return self.source.place(*self.keys)


def source_of(file: ReadFile) -> Source:
    """A file as a source; one that is not even JSONC, or no object, says nothing."""
    return Source(str(file.path), file.tree, file)


def source_of_page(page: Page) -> Source:
    """A page as a source: `agent.NAME` with its fields, as texts and truths."""
    tree: dict[str, JsonValue] = {}
    for keys, field in page.fields.items():
        node = tree
        for key in keys[:-1]:
            within = node.get(key)
            if not isinstance(within, dict):
                within = node[key] = {}
            node = within
        node[keys[-1]] = {"true": True, "false": False}.get(field.text, field.text)
    return Source(str(page.path), {str(page.defines): {page.called: tree}}, page=page)


def said(sources: Sequence[Source], *keys: str) -> tuple[Said, ...]:
    """What has a say at `keys`, the strongest first; `sources` come the weakest first.

    Objects are merged, so the weaker ones count as well; anything else hides all that is weaker.
    """
    return tuple(one for one in _voices(sources, keys) if one.keys == keys)


def _voices(sources: Sequence[Source], keys: Keys) -> Iterator[Said]:
    """The same, and what hides the place from farther up."""
    alone = True
    for source in reversed(sources):
        depth, value = _walk(source.tree, keys)
        is_object = isinstance(value, Mapping)
        if depth == len(keys) if is_object else alone:
            yield Said(source, keys[:depth], value)
            alone = False
        if not is_object:
            return


def _walk(tree: Mapping[str, JsonValue], keys: Keys) -> tuple[int, JsonValue]:
    """How many of the keys lead somewhere, and what stands there."""
    node: JsonValue = tree
    for depth, key in enumerate(keys):
        if not isinstance(node, Mapping) or key not in node:
            return depth, node
        node = node[key]
    return len(keys), node


def in_force(sources: Sequence[Source], *keys: str) -> JsonValue:
    """What all sources together have at `keys`; None also where none has anything."""
    return overlay(*(one.value for one in reversed(said(sources, *keys))))


def overlay(*values: JsonValue) -> JsonValue:
    """Values merged, the weakest first; None without any."""
    result: JsonValue = None
    for value in values:
        if isinstance(result, Mapping) and isinstance(value, Mapping):
            result = _merged(result, value)
        else:
            result = value
    return result


def _merged(weak: Mapping[str, JsonValue], strong: Mapping[str, JsonValue]) -> JsonValue:
    result = dict(weak)
    waiting = [(result, strong)]
    while waiting:
        into, values = waiting.pop()
        for key, value in values.items():
            there = into.get(key)
            if isinstance(there, Mapping) and isinstance(value, Mapping):
                own = into[key] = dict(there)
                waiting.append((own, value))
            else:
                into[key] = value
    return result


def holds(sources: Iterable[Source], keys: Keys, value: JsonValue) -> bool:
    """Whether any source has exactly this value there, in force or not."""
    walks = (_walk(source.tree, keys) for source in sources)
    return any(depth == len(keys) and same(found, value) for depth, found in walks)


def overriding(sources: Sequence[Source], keys: Keys, wanted: JsonValue) -> Iterator[Said]:
    """What keeps a value that one source has from being in force as it stands there.

    Of an object these are the members that replace its own, or join them. Nothing where no source
    has the value: then nobody took it away.
    """
    effective = in_force(sources, *keys)
    if same(effective, wanted) or not holds(sources, keys, wanted):
        return
    if not isinstance(effective, Mapping) or not isinstance(wanted, Mapping):
        yield next(_voices(sources, keys))
        return
    for key, value in effective.items():
        if key not in wanted or not same(value, wanted[key]):
            members = said(sources, *keys, key)
            yield next(
                one for one in members if key not in wanted or not same(one.value, wanted[key])
            )


class Effective(NamedTuple):
    """What one harness goes by here: its sources, the weakest first, and what is wanted of them.

    `wanted` are the values that confgen sets, by their places in its main file.
    """

    reading: Reading
    sources: tuple[Source, ...]
    wanted: Mapping[Keys, JsonValue]

    @property
    def in_use(self) -> bool:
        """Whether anything here pins: what loses no pin is no concern of ours."""
        raise NotImplementedError

    @property
    def file(self) -> str | None:
        """The place to which what is missing belongs."""
        raise NotImplementedError

    def spelt(self, keys: Keys) -> str:
        """A place as the harness's users write it."""
        raise NotImplementedError

    @property
    def pin(self) -> Mapping[str, JsonValue]:
        return self.reading.profile.provider.to_json()

    def said(self, *keys: str) -> tuple[Said, ...]:
        return said(self.sources, *keys)

    def first(self, *keys: str) -> Said | None:
        """What is in force at a place that is no object, and where it stands."""
        return next(iter(self.said(*keys)), None)

    def in_force(self, *keys: str) -> JsonValue:
        return in_force(self.sources, *keys)

    def names(self, *keys: str) -> tuple[str, ...]:
        """The names of the members in force at a place."""
        found = self.in_force(*keys)
        return tuple(found) if isinstance(found, Mapping) else ()

    def holds(self, *keys: str) -> bool:
        """Whether any source has what is wanted at a place, in force or not."""
        return holds(self.sources, keys, self.wanted.get(keys))

    def overriding(self, *keys: str) -> Iterator[Said]:
        """What keeps that from being in force."""
        return overriding(self.sources, keys, self.wanted.get(keys))

    def found(self, level: Level, words: str, one: Said | None, hint: str = "") -> Found:
        """What is wrong with what a source says, or with what none does; to mend it, unsay it."""
        return Found(level, words, one.where if one else self.file, hint or self._unsaid(one))

    def _unsaid(self, one: Said | None) -> str | None:
        if one is None:
            return None
        if one.source.file is None and one.source.page is None:
            return f"unset {one.source.name.removeprefix('$') or one.keys[-1]}"
        is_managed = one.source.file is not None and one.source.file.whose == MANAGED
        who = "ask whoever manages this machine to " if is_managed else ""
        return f"{who}take {self.spelt(one.keys)} out of {one.source.name}"


E = TypeVar("E", bound=Effective)


class Rule(NamedTuple, Generic[E]):
    """A check of what is in force, under its name; one that runs `always` needs no pin there."""

    name: str
    looks_for: str
    find: Callable[[E], Iterator[Found]]
    always: bool = False


def checks(
    harness: str, effective: Callable[[Reading], E], *rules: Rule[E]
) -> tuple[PinCheck, ...]:
    """The rules as checks of a harness."""

    def find(rule: Rule[E], reading: Reading) -> Iterator[Found]:
        at = effective(reading)
        return rule.find(at) if rule.always or at.in_use else iter(())

    return tuple(PinCheck(f"{harness}.{r.name}", r.looks_for, partial(find, r)) for r in rules)
