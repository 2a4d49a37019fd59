"""What a TOML text means, as plain values, and the same after an edit."""

import re
from collections.abc import Mapping
from typing import Any

from confgen.document.model import Entry, Path
from confgen.document.place import BOM, fault
from confgen.document.toml.scan import Address
from confgen.errors import DocumentError

_PLACE = re.compile(r" \(at (?:line (\d+), column (\d+)|end of document)\)$")
_MARKER = re.compile(r"^(?:<{7}|={7}|>{7})(?![<=>])", re.MULTILINE)


def load(text: str, *, name: str) -> dict[str, Any]:
    """Read with tomllib; raises DocumentError with its message and place."""
    import tomllib  # noqa: PLC0415 - a run that meets no TOML does not pay for it

    try:
        return tomllib.loads(text.removeprefix(BOM))
    except tomllib.TOMLDecodeError as error:
        raise _not_toml(text, str(error), name) from error
    except RecursionError as error:
        message = "arrays or tables too deep inside one another"
        raise DocumentError(message, where=name, hint="make the file flatter") from error


def _not_toml(text: str, message: str, name: str) -> DocumentError:
    if marker := _MARKER.search(text):
        return fault(name, text, marker.start(), "a merge conflict marker", "resolve the merge")
    found = _PLACE.search(message)
    message = f"this is not TOML: {_PLACE.sub('', message)}"
    if found and found[1]:
        where = f"{name}:{found[1]}:{found[2]}"
        return DocumentError(message, where=where, hint="correct that line")
    return fault(name, text, len(text), message, "the file may be cut off")


def resolve(root: Any, path: Path) -> tuple[Address, Path, str | None]:
    """How far a path leads.

    Gives the address of the last thing that is there, the part of the path that is missing, and
    what makes the path impossible.
    """
    address: Address = ()
    for depth, key in enumerate(path):
        model = value_at(root, address)
        wanted, kind = (list, "an array") if isinstance(key, Entry) else (dict, "a table")
        if not isinstance(model, wanted):
            return address, path[depth:], f"{_kind(model)} where {kind} belongs"
        if isinstance(key, Entry):
            found = [
                index
                for index, inner in enumerate(model)
                if isinstance(inner, dict) and inner.get(key.field) == key.value
            ]
            if len(found) > 1:
                return (*address, found[1]), path[depth:], "it stands twice"
            if not found:
                return address, path[depth:], None
            address = (*address, found[0])
        elif key in model:
            address = (*address, key)
        else:
            return address, path[depth:], None
    return address, (), None


def _kind(value: Any) -> str:
    if isinstance(value, dict | list):
        return "a table" if isinstance(value, dict) else "an array"
    return "a string" if isinstance(value, str) else "a plain value"


def value_at(model: Any, address: Address) -> Any:
    for part in address:
        model = model[part]
    return model


def holds(model: Any, address: Address) -> bool:
    try:
        value_at(model, address)
    except (KeyError, IndexError):
        return False
    return True


def put(model: Any, address: Address, value: Any) -> Any:
    """A copy with `value` at `address`."""
    if not address:
        return value
    copy = model.copy()
    copy[address[0]] = put(model[address[0]], address[1:], value)
    return copy


def added(model: Any, address: Address, nested: Any) -> Any:
    """A copy with the one key or element of `nested` in the container at `address`."""
    container = value_at(model, address)
    grown = {**container, **nested} if isinstance(nested, Mapping) else [*container, *nested]
    return put(model, address, grown)


def drop(model: Any, address: Address) -> Any:
    """A copy without what stands at `address`."""
    copy = model.copy()
    if len(address) == 1:
        del copy[address[0]]
    else:
        copy[address[0]] = drop(model[address[0]], address[1:])
    return copy
