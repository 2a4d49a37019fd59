"""Decoded values: comparing them as JSON does, and looking into what another program wrote."""

from collections.abc import Mapping, Sequence
from typing import Any, TypeGuard

from confgen.document.model import Entry, JsonValue, Path


def same(one: JsonValue, other: JsonValue) -> bool:
    """Whether two values are equal: 1 is 1.0 and never true; the order of keys is nothing."""
    pairs = [(one, other)]
    while pairs:
        left, right = pairs.pop()
        if isinstance(left, Mapping) and isinstance(right, Mapping):
            if left.keys() != right.keys():
                return False
            pairs += [(left[key], right[key]) for key in left]
        elif is_list(left) and is_list(right):
            if len(left) != len(right):
                return False
            pairs += zip(left, right, strict=True)
        elif not _same_scalar(left, right):
            return False
    return True


def _same_scalar(one: JsonValue, other: JsonValue) -> bool:
    if isinstance(one, bool) != isinstance(other, bool):
        return False
    # NaN, which TOML has, is not equal to itself.
    return one == other or (one != one and other != other)  # noqa: PLR0124


def is_list(value: JsonValue) -> TypeGuard[Sequence[JsonValue]]:
    return isinstance(value, Sequence) and not isinstance(value, str)


def at(value: Any, *names: str) -> Any:
    """The member that `names` lead to, None where there is none on the way."""
    for name in names:
        if not isinstance(value, dict):
            return None
        value = value.get(name)
    return value


def items(value: Any) -> list[Any]:
    """The elements of a list; none of anything else."""
    return value if isinstance(value, list) else []


def nest(path: Path, value: Any) -> Any:
    """`value` inside the containers that `path` goes through, made from nothing."""
    last = True
    for key in reversed(path):
        if not isinstance(key, Entry):
            value = {key: value}
        elif last:
            value = [value]
        else:
            value = [{key.field: key.value, **value}]
        last = False
    return value
