"""A quick verdict of a JSON schema, so that good input need not wait for jsonschema's import.

That import takes longer than all the rest of a command. True and False are what jsonschema would
say; None means that it has to be asked: what is not plain is never guessed at here.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

Schema = Mapping[str, Any]
Verdict = bool | None
_Rule = Callable[[Any, Any, Schema, Schema], Verdict]

_ANNOTATIONS = frozenset({"$schema", "$comment", "$defs", "title", "description", "then", "else"})
_KINDS = {float: "number", str: "string", dict: "object", list: "array", type(None): "null"}


def quick_verdict(schema: Schema | bool, value: Any, root: Schema | None = None) -> Verdict:
    """Whether `value` holds to `schema`; `root` is the schema that `$ref` starts from."""
    if isinstance(schema, bool):
        return schema
    whole = schema if root is None else root
    return _all(
        _RULES[keyword](rule, value, schema, whole) if keyword in _RULES else None
        for keyword, rule in schema.items()
        if keyword not in _ANNOTATIONS
    )


def _all(verdicts: Iterable[Verdict]) -> Verdict:
    """False if any is, else None if any is, else True."""
    unknown = False
    for verdict in verdicts:
        if verdict is False:
            return False
        unknown = unknown or verdict is None
    return None if unknown else True


def _not(verdict: Verdict) -> Verdict:
    return None if verdict is None else not verdict


def _any(verdicts: Iterable[Verdict]) -> Verdict:
    return _not(_all(_not(verdict) for verdict in verdicts))


def _type(rule: Any, value: Any, _schema: Schema, _root: Schema) -> Verdict:
    return _any(_is(value, name) for name in ([rule] if isinstance(rule, str) else rule))


def _is(value: Any, name: str) -> Verdict:
    match value:
        case bool():
            return name == "boolean"
        case int():
            return name in ("integer", "number")
        case float() if name == "integer":
            return None
    return _KINDS.get(type(value)) == name


def _enum(rule: Any, value: Any, _schema: Schema, _root: Schema) -> Verdict:
    return _any(_equal(choice, value) for choice in rule)


def _equal(one: Any, other: Any) -> Verdict:
    if isinstance(one, str) or isinstance(other, str):
        return bool(one == other)
    return None


def _required(rule: Any, value: Any, _schema: Schema, _root: Schema) -> Verdict:
    return not isinstance(value, dict) or all(name in value for name in rule)


def _properties(rule: Any, value: Any, _schema: Schema, root: Schema) -> Verdict:
    if not isinstance(value, dict):
        return True
    return _all(quick_verdict(rule[name], value[name], root) for name in rule if name in value)


def _additional(rule: Any, value: Any, schema: Schema, root: Schema) -> Verdict:
    if not isinstance(value, dict) or "patternProperties" in schema:
        return None if isinstance(value, dict) else True
    named = schema.get("properties", ())
    return _all(quick_verdict(rule, value[name], root) for name in value if name not in named)


def _items(rule: Any, value: Any, schema: Schema, root: Schema) -> Verdict:
    if not isinstance(value, list) or "prefixItems" in schema:
        return None if isinstance(value, list) else True
    return _all(quick_verdict(rule, child, root) for child in value)


def _condition(rule: Any, value: Any, schema: Schema, root: Schema) -> Verdict:
    then, otherwise = (
        quick_verdict(schema.get(branch, True), value, root) for branch in ("then", "else")
    )
    holds = quick_verdict(rule, value, root)
    if holds is None:
        return then if then == otherwise else None
    return then if holds else otherwise


def _pattern(rule: Any, value: Any, _schema: Schema, _root: Schema) -> Verdict:
    return not isinstance(value, str) or re.search(rule, value) is not None


def _reference(rule: Any, value: Any, _schema: Schema, root: Schema) -> Verdict:
    start, _, name = rule.rpartition("/")
    return quick_verdict(root["$defs"][name], value, root) if start == "#/$defs" else None


def _number(holds: Callable[[Any, Any], bool]) -> _Rule:
    return lambda rule, value, _schema, _root: (
        not isinstance(value, int | float) or isinstance(value, bool) or holds(value, rule)
    )


def _size(
    kind: type[str] | type[list[Any]] | type[dict[str, Any]], holds: Callable[[int, Any], bool]
) -> _Rule:
    return lambda rule, value, _schema, _root: (
        not isinstance(value, kind) or holds(len(value), rule)
    )


def _each(combine: Callable[[Iterable[Verdict]], Verdict]) -> _Rule:
    return lambda rule, value, _schema, root: combine(
        quick_verdict(schema, value, root) for schema in rule
    )


_RULES: Mapping[str, _Rule] = {
    "type": _type,
    "enum": _enum,
    "const": lambda rule, value, _schema, _root: _equal(rule, value),
    "required": _required,
    "properties": _properties,
    "additionalProperties": _additional,
    "items": _items,
    "allOf": _each(_all),
    "anyOf": _each(_any),
    "not": lambda rule, value, _schema, root: _not(quick_verdict(rule, value, root)),
    "if": _condition,
    "pattern": _pattern,
    "$ref": _reference,
    "minimum": _number(lambda value, rule: value >= rule),
    "maximum": _number(lambda value, rule: value <= rule),
    "exclusiveMinimum": _number(lambda value, rule: value > rule),
    "exclusiveMaximum": _number(lambda value, rule: value < rule),
    "minLength": _size(str, lambda length, rule: length >= rule),
    "minItems": _size(list, lambda length, rule: length >= rule),
    "maxItems": _size(list, lambda length, rule: length <= rule),
    "minProperties": _size(dict, lambda length, rule: length >= rule),
}
