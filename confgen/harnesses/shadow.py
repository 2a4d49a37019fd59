"""Config files laid over one another as the clients do it: objects key by key, all else whole."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from confgen.document import JsonValue
from confgen.document.values import same
from confgen.harnesses.view import LayerFile

Keys = tuple[str, ...]


class Source(NamedTuple):
    """One thing that has a say in what a client sends: a file, or variables of the environment.

    `name` stands for the place of what has no lines to point at; "" is the environment, where
    each variable is a place.
    """

    name: str
    tree: Mapping[str, JsonValue]
    file: LayerFile | None = None

    def place(self, *keys: str) -> str:
        """`path:line:col` of what stands at `keys`."""
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


def source_of(file: LayerFile) -> Source | None:
    """A file as a source; None where it is not even JSONC."""
    found = file.document.find(()) if file.document else None
    tree = found.value if found else {}
    if file.document is None or not isinstance(tree, Mapping):
        return None
    return Source(str(file.layer.path), tree, file)


def said(sources: Sequence[Source], *keys: str) -> tuple[Said, ...]:
    """What has a say at `keys`, the strongest first; `sources` come the weakest first.

    Objects are merged, so the weaker ones count as well; anything else hides all that is weaker.
    """
    found: list[Said] = []
    for source in reversed(sources):
        depth, value = _walk(source.tree, keys)
        if depth == len(keys):
            if found and not isinstance(value, Mapping):
                break
            found.append(Said(source, keys, value))
        if not isinstance(value, Mapping):
            break
    return tuple(found)


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
    voices = said(sources, *keys)
    effective = in_force(sources, *keys)
    if same(effective, wanted) or not holds(sources, keys, wanted):
        return
    if not isinstance(effective, Mapping) or not isinstance(wanted, Mapping):
        # What hides the place from farther up has no say at the place itself.
        yield voices[0] if voices else _hiding(sources, keys)
        return
    for key, value in effective.items():
        if key not in wanted or not same(value, wanted[key]):
            yield _culprit(voices, key, wanted.get(key))


def _culprit(voices: Sequence[Said], key: str, wanted: JsonValue) -> Said:
    """The strongest voice whose member `key` is not the wanted one."""
    return next(
        Said(voice.source, (*voice.keys, key), voice.value[key])
        for voice in voices
        if isinstance(voice.value, Mapping)
        and key in voice.value
        and (wanted is None or not same(voice.value[key], wanted))
    )


def _hiding(sources: Sequence[Source], keys: Keys) -> Said:
    """The strongest source that has something other than an object on the way to `keys`."""
    walks = ((source, *_walk(source.tree, keys)) for source in reversed(sources))
    return next(
        Said(source, keys[:depth], value)
        for source, depth, value in walks
        if depth < len(keys) and not isinstance(value, Mapping)
    )
