"""The way along a path: what stands on it, and the refusals of what cannot be walked."""

from dataclasses import dataclass

from confgen.document.jsonc.tree import Container, Item, Source, decode_string, opened, source_of
from confgen.document.model import Entry, Key, Path, format_path
from confgen.document.place import fault, place
from confgen.errors import DocumentError

_KINDS = {"{": "an object", "[": "an array", '"': "a string", "t": "true", "f": "false"}


@dataclass(frozen=True, slots=True)
class Walk:
    """How far a path leads.

    `steps` are the containers passed, each with the index of the item taken. The way ends at
    `item`, or, with `item` None, in `container`, where `missing` is not found.
    """

    steps: tuple[tuple[Container, int], ...]
    container: Container
    item: Item | None
    missing: Path


def walk(root: Item, path: Path, *, name: str) -> Walk:
    """Follow `path` from the root item.

    Raises DocumentError where a value on the way is no container of the right kind, and where a
    key or an entry on the way stands twice.
    """
    item = root
    steps: list[tuple[Container, int]] = []
    container = opened(root)
    if container is None:
        raise RuntimeError("the root of a document is an object")
    for depth, key in enumerate(path):
        container = _container_for(key, item, path[:depth], name)
        index = _index(container, key, path[: depth + 1], name)
        if index is None:
            return Walk(tuple(steps), container, None, path[depth:])
        steps.append((container, index))
        item = container.items[index]
    return Walk(tuple(steps), container, item, ())


def _container_for(key: Key, item: Item, path: Path, name: str) -> Container:
    container = opened(item)
    wanted = "[" if isinstance(key, Entry) else "{"
    if container is not None and container.opening == wanted:
        return container
    source = source_of(item)
    text, offset = source.scan.text, source.start
    what = _KINDS.get(text[offset], "null" if text[offset] == "n" else "a number")
    message = f"{format_path(path)} is {what}, not {_KINDS[wanted]}"
    hint = f"make it {_KINDS[wanted]}, or take it out"
    raise fault(name, text, offset, message, hint)


def _index(container: Container, key: Key, path: Path, name: str) -> int | None:
    if isinstance(key, str):
        found = container.indexes(key)
    else:
        found = [i for i, item in enumerate(container.items) if _bears(item, key, path, name)]
    if len(found) > 1:
        raise _twice(container, found, path, name)
    return found[0] if found else None


def _bears(item: Item, entry: Entry, path: Path, name: str) -> bool:
    """Whether a list element is the entry; whatever is no object is stepped over."""
    container = opened(item)
    if container is None or container.opening != "{":
        return False
    found = container.indexes(entry.field)
    values = [container.items[index].value for index in found]
    borne = any(isinstance(value, Source) and _holds(value, entry.value) for value in values)
    if borne and len(found) > 1:
        raise _twice(container, found, (*path, entry.field), name)
    return borne


def _holds(source: Source, text: str) -> bool:
    literal = source.text
    return literal[0] == '"' and decode_string(literal) == text


def _twice(container: Container, found: list[int], path: Path, name: str) -> DocumentError:
    sources = [source_of(container.items[index]) for index in found[:2]]
    text = sources[0].scan.text
    first, second = (
        source.start - len(container.items[index].head)
        for source, index in zip(sources, found, strict=False)
    )
    line, _ = place(text, first)
    again, _ = place(text, second)
    message = f"{format_path(path)} stands twice, in lines {line} and {again}"
    return fault(name, text, second, message, "delete one of them")
