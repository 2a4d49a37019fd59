"""What is wrong with a fragment by our schema, or with a whole file by its harness's rules.

Pure: a schema and a value go in, problems come out. No message repeats a value: it may be secret.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from confgen.document import JsonValue
from confgen.validate.quick_verdict import quick_verdict

if TYPE_CHECKING:
    from jsonschema.exceptions import ValidationError

Place = tuple[str | int, ...]


class Problem(NamedTuple):
    """One value that a schema refuses: where it stands, what it is, and what it should be.

    `lacks` says that something is missing there, not that something is wrong.
    """

    path: Place
    message: str
    hint: str
    lacks: bool = False


def problems(schema: Mapping[str, Any], value: JsonValue) -> tuple[Problem, ...]:
    """Everything in `value` that `schema` refuses, in the order of the document's keys."""
    if quick_verdict(schema, value):
        return ()
    # Imported here: it takes longer than all the rest of a command.
    from jsonschema.validators import Draft202012Validator  # noqa: PLC0415

    errors = Draft202012Validator(schema).iter_errors(value)
    return tuple(_problem(error) for error in _causes(errors))


def _causes(errors: Iterator["ValidationError"]) -> Iterator["ValidationError"]:
    """The errors themselves; of a choice, what the closest alternative lacks."""
    for error in errors:
        if not error.context:
            yield error
            continue
        branches: dict[Any, list[ValidationError]] = {}
        for inner in error.context:
            branches.setdefault(inner.schema_path[0], []).append(inner)
        deepest = max(branches.values(), key=lambda branch: max(len(e.path) for e in branch))
        types = [e for e in error.context if e.validator == "type" and not e.path]
        yield error if len(types) == len(error.context) else deepest[0]


def _problem(error: "ValidationError") -> Problem:
    path = tuple(error.absolute_path)
    kind = _kind(error.instance)
    rule: Any = error.validator_value
    instance: Any = error.instance
    match error.validator:
        case "type":
            return Problem(path, f"is {kind}", f"it must be {_types(rule)}")
        case "enum":
            return Problem(path, "has a value that is not known", _choices(rule))
        case "const":
            return Problem(path, "has another value than it must", _choices([rule]))
        case "required":
            missing = [name for name in rule if name not in instance]
            return Problem(path, f"lacks '{missing[0]}'", f"add '{missing[0]}'", lacks=True)
        case "anyOf" | "oneOf":
            types = [t for e in error.context or () for t in _listed(e.validator_value)]
            return Problem(path, f"is {kind}", f"it must be {_types(types)}")
        case "not":
            return Problem(path, "may not stand there", "take it out")
        case "pattern":
            described = (
                error.schema.get("description") if isinstance(error.schema, Mapping) else None
            )
            return Problem(path, "has an unexpected form", described or f"it must match {rule}")
    return Problem(path, f"breaks the rule '{error.validator}'", "see the harness's documentation")


def _listed(value: Any) -> Sequence[str]:
    return [value] if isinstance(value, str) else list(value)


_ARTICLES = {
    "object": "an object",
    "array": "a list",
    "string": "a string",
    "boolean": "true or false",
    "integer": "a whole number",
    "number": "a number",
    "null": "null",
}


def _types(types: Any) -> str:
    return " or ".join(dict.fromkeys(_ARTICLES.get(t, str(t)) for t in _listed(types)))


def _kind(value: object) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case None:
            return "null"
        case str():
            return "a string"
        case int() | float():
            return "a number"
        case Mapping():
            return "an object"
    return "a list"


def _choices(values: Sequence[Any]) -> str:
    return "it must be one of: " + ", ".join(
        "null" if value is None else str(value) for value in values
    )
