"""The quick verdict is never a wrong one, and is given for every ordinary file."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from confgen.document import JSONC, open_json
from confgen.harnesses import HARNESSES
from confgen.templates import load_schema, packaged_templates
from confgen.validate.quick_verdict import quick_verdict

SCHEMAS = sorted(packaged_templates().glob("*/*.schema.json"))
HERE = Path(__file__).parent
ORDINARY = [*HERE.glob("golden/*/*/*.json*"), *HERE.glob("wire/homes/**/*settings.json")]

scalars = st.sampled_from(
    [None, True, False, 0, 1, -1, 1.0, 0.5, 10**20, "", "a", "true", "5", "anthropic", "user"]
)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("ab", max_size=1), inner),
    max_leaves=5,
)
RULES: dict[str, st.SearchStrategy[Any]] = {
    "type": st.sampled_from(["object", "array", "string", "boolean", "integer", "number", "null"])
    | st.just(["string", "null"]),
    "enum": st.lists(scalars, min_size=1, max_size=3),
    "const": scalars,
    "required": st.lists(st.sampled_from("ab"), unique=True),
    "pattern": st.sampled_from(["^a", "5$"]),
    "minimum": st.sampled_from([0, 1, 0.5]),
    "maximum": st.sampled_from([0, 1, 0.5]),
    "exclusiveMinimum": st.sampled_from([0, 1]),
    "exclusiveMaximum": st.sampled_from([0, 1]),
    "minLength": st.integers(0, 2),
    "minItems": st.integers(0, 2),
    "maxItems": st.integers(0, 2),
    "minProperties": st.integers(0, 2),
    "$ref": st.just("#/$defs/text"),
    "description": st.just("said"),
}


def schemas() -> st.SearchStrategy[Any]:
    plain = st.fixed_dictionaries({}, optional=RULES)
    return st.recursive(plain, deepen, max_leaves=4)


def deepen(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    deeper: dict[str, st.SearchStrategy[Any]] = {
        "properties": st.dictionaries(st.sampled_from("ab"), inner),
        "additionalProperties": inner | st.booleans(),
        "items": inner,
        "anyOf": st.lists(inner, min_size=1, max_size=2),
        "allOf": st.lists(inner, min_size=1, max_size=2),
        "prefixItems": st.lists(inner, min_size=1, max_size=1),
        "patternProperties": st.dictionaries(st.just("^a"), inner),
        "if": inner,
        "then": inner,
        "else": inner,
        "not": inner,
        "type": RULES["type"],
    }
    return st.fixed_dictionaries({}, optional=deeper)


@given(schemas(), values)
@example({"enum": [1]}, True)
@example({"enum": ["a", 1]}, "b")
@example({"const": 1}, True)
@example({"not": {}}, 1)
def test_it_is_never_wrong(schema: Mapping[str, Any], value: Any) -> None:
    whole = {**schema, "$defs": {"text": {"type": "string"}}}
    assert quick_verdict(whole, value) in (None, Draft202012Validator(whole).is_valid(value))


@pytest.mark.parametrize("path", SCHEMAS, ids=lambda path: f"{path.parent.name}-{path.stem}")
@given(value=values)
def test_nor_for_our_own_schemas(path: Path, value: Any) -> None:
    schema = json.loads(path.read_text())
    assert quick_verdict(schema, value) in (None, Draft202012Validator(schema).is_valid(value))


@pytest.mark.parametrize("path", ORDINARY, ids=lambda path: "-".join(path.parts[-4:]))
def test_ordinary_files_get_it(path: Path) -> None:
    harness = next(part for part in path.parts if part in HARNESSES)
    name = {"opencode": "opencode", "openhands": "agent_settings"}.get(harness, "settings")
    root = open_json(path.read_text(), JSONC, name="file").find(())
    value = root.value if root else {}
    assert quick_verdict(load_schema(harness, f"{name}.accepts"), value)
