"""A template and its values become a fragment: the owned leaves, each with its path.

A template is data whose leaves may be `"${name}"`. The name's value takes the leaf's place, of
whatever type; a longer text has its names filled in; a value of None drops the key. Keys are never
substituted. What a placeholder brings is one leaf, however deep: it is owned as a whole.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from confgen.document import Entry, JsonValue, Path
from confgen.errors import SettingsError
from confgen.settings.suggest import did_you_mean


class Each(NamedTuple):
    """A template rendered once for each key: `{key: rendered, ...}`."""

    template: str
    values: Mapping[str, "Values"]


TemplateValue = JsonValue | Each
Values = Mapping[str, TemplateValue]
Load = Callable[[str], JsonValue]

_NAME = re.compile(r"\$\{(\w+)\}")


class Leaf(NamedTuple):
    """One owned key and the value that it is to have."""

    path: Path
    value: JsonValue


class Fragment(NamedTuple):
    """What confgen owns in one file."""

    leaves: tuple[Leaf, ...]

    def tree(self) -> dict[str, JsonValue]:
        """The fragment as the document that it would be on its own."""
        root: dict[str, JsonValue] = {}
        for leaf in self.leaves:
            _plant(root, leaf.path, leaf.value)
        return root


def render(
    template: str, values: Values, load: Load, identified_by: Mapping[tuple[str, ...], str]
) -> Fragment:
    """Fill the template that `load` gives for a name.

    Raises SettingsError for a placeholder that has no value, and for a template that is not an
    object.
    """
    return Fragment(tuple(_Renderer(load, identified_by).leaves(load(template), values, ())))


class _Renderer(NamedTuple):
    load: Load
    identified_by: Mapping[tuple[str, ...], str]

    def leaves(self, node: JsonValue, values: Values, path: Path) -> Iterator[Leaf]:
        if isinstance(node, Mapping):
            for key, child in node.items():
                yield from self.leaves(child, values, (*path, key))
        elif isinstance(node, list) and path in self.identified_by:
            for element in node:
                yield from self._entry(element, values, path)
        else:
            value = _substitute(node, values)
            if isinstance(value, Each):
                for key, inner in value.values.items():
                    yield from self.leaves(self.load(value.template), inner, (*path, key))
            elif value is not None or node is None:
                yield Leaf(path, value)

    def _entry(self, element: JsonValue, values: Values, path: Path) -> Iterator[Leaf]:
        field = self.identified_by[tuple(str(key) for key in path)]
        spelt = element.get(field) if isinstance(element, Mapping) else None
        identity = _substitute(spelt, values)
        if not isinstance(element, Mapping) or not isinstance(identity, str):
            raise SettingsError(
                f"a template's list entry lacks its '{field}'", hint=f'give it "{field}"'
            )
        entry = Entry(field, identity)
        rest = {key: child for key, child in element.items() if key != field}
        yield Leaf((*path, entry, field), identity)
        yield from self.leaves(rest, values, (*path, entry))


def _substitute(node: JsonValue, values: Values) -> TemplateValue:
    if isinstance(node, list):
        filled = [_plain(child, values) for child in node]
        return [new for child, new in zip(node, filled, strict=True) if _stays(child, new)]
    if isinstance(node, Mapping):
        pairs = {key: _plain(child, values) for key, child in node.items()}
        return {key: new for key, new in pairs.items() if _stays(node[key], new)}
    if not isinstance(node, str):
        return node
    if whole := _NAME.fullmatch(node):
        return _value(whole[1], values)
    parts = {name: _value(name, values) for name in _NAME.findall(node)}
    if any(part is None for part in parts.values()):
        return None
    return _NAME.sub(lambda match: str(parts[match[1]]), node)


def _stays(node: JsonValue, filled: JsonValue) -> bool:
    return filled is not None or node is None


def _plain(node: JsonValue, values: Values) -> JsonValue:
    value = _substitute(node, values)
    if isinstance(value, Each):
        raise SettingsError(
            f"the template asks for '{node}' within a list",
            where=str(node),
            hint="give it a key of its own",
        )
    return value


def _value(name: str, values: Values) -> TemplateValue:
    if name not in values:
        raise SettingsError(
            f"the template asks for '${{{name}}}', which nothing provides",
            where=f"${{{name}}}",
            hint=did_you_mean(name, values),
        )
    return values[name]


def _plant(root: dict[str, JsonValue], path: Path, value: JsonValue) -> None:
    node: dict[str, JsonValue] | list[JsonValue] = root
    for key, following in zip(path, (*path[1:], None), strict=True):
        container: JsonValue = [] if isinstance(following, Entry) else {}
        node = _step(node, key, value if following is None else container)


def _step(
    node: dict[str, JsonValue] | list[JsonValue], key: str | Entry, child: JsonValue
) -> dict[str, JsonValue] | list[JsonValue]:
    """Go to `key`, planting `child` where nothing stands yet."""
    if isinstance(node, dict) and isinstance(key, str):
        found = node.setdefault(key, child)
    elif isinstance(node, list) and isinstance(key, Entry):
        same = (n for n in node if isinstance(n, dict) and n.get(key.field) == key.value)
        found = next(same, None)
        if found is None:
            node.append(child)
            found = child
    else:
        found = None
    return found if isinstance(found, dict | list) else {}
