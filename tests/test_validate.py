from typing import Any

import pytest

from confgen.validate import Problem, problems

CANARY = "sk-or-v1-canary"
CASES: dict[str, tuple[dict[str, Any], Any, list[Problem]]] = {
    "fine": ({"type": "object"}, {"a": 1}, []),
    "type": (
        {"properties": {"a": {"type": "string"}}},
        {"a": 5},
        [Problem(("a",), "is a number", "it must be a string")],
    ),
    "types": (
        {"properties": {"a": {"type": ["array", "null"]}}},
        {"a": CANARY},
        [Problem(("a",), "is a string", "it must be a list or null")],
    ),
    "root": ({"type": "object"}, [1], [Problem((), "is a list", "it must be an object")]),
    "boolean": (
        {"items": {"type": "integer"}},
        [1, True],
        [Problem((1,), "is true", "it must be a whole number")],
    ),
    "null": ({"type": "boolean"}, None, [Problem((), "is null", "it must be true or false")]),
    "object": (
        {"type": "number"},
        {"a": CANARY},
        [Problem((), "is an object", "it must be a number")],
    ),
    "enum": (
        {"enum": ["a", "b"]},
        CANARY,
        [Problem((), "has a value that is not known", "it must be one of: a, b")],
    ),
    "const": (
        {"properties": {"x": {"const": "a"}}},
        {"x": CANARY},
        [Problem(("x",), "has another value than it must", "it must be one of: a")],
    ),
    "required": (
        {"required": ["a", "b"]},
        {"a": 1},
        [Problem((), "lacks 'b'", "add 'b'", lacks=True)],
    ),
    "pattern": (
        {"pattern": "^https?://"},
        CANARY,
        [Problem((), "has an unexpected form", "it must match ^https?://")],
    ),
    "another rule": (
        {"minItems": 1},
        [],
        [Problem((), "breaks the rule 'minItems'", "see the harness's documentation")],
    ),
    "choice of types": (
        {"anyOf": [{"type": "string"}, {"type": ["boolean", "null"]}]},
        5,
        [Problem((), "is a number", "it must be a string or true or false or null")],
    ),
    "choice of objects": (
        {
            "anyOf": [
                {"type": "boolean"},
                {"type": "object", "properties": {"a": {"type": "string"}}},
            ]
        },
        {"a": 5},
        [Problem(("a",), "is a number", "it must be a string")],
    ),
    "several": (
        {"properties": {"a": {"type": "string"}, "b": {"type": "string"}}},
        {"a": 1, "b": 2},
        [
            Problem(("a",), "is a number", "it must be a string"),
            Problem(("b",), "is a number", "it must be a string"),
        ],
    ),
}


@pytest.mark.parametrize(("schema", "value", "expected"), CASES.values(), ids=CASES)
def test_problems(schema: dict[str, Any], value: Any, expected: list[Problem]) -> None:
    found = list(problems(schema, value))
    assert found == expected
    assert CANARY not in repr(found)
