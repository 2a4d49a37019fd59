"""The schemas of what each client accepts, against files that the real clients took or dropped.

`accepts/<harness>/accepted` and `accepts/<harness>/dropped` hold one small file each for what
their names say; every one was fed to the client that the schema names. `accepts/where.json`
says at which place in a dropped file the schema must point.
"""

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

import confgen

FILES = Path(__file__).with_name("accepts")
CHECKOUT = Path(__file__).parents[2] / "templates"
TEMPLATES = CHECKOUT if CHECKOUT.is_dir() else Path(confgen.__file__).parent / "templates"
SCHEMAS = {
    "claude-code": "claude-code/settings.accepts.schema.json",
    "droid": "droid/settings.accepts.schema.json",
    "opencode": "opencode/opencode.accepts.schema.json",
    "openhands": "openhands/agent_settings.accepts.schema.json",
    "openhands-profile": "openhands/profile.accepts.schema.json",
}


def read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


WHERE: dict[str, dict[str, list[str | int]]] = read(FILES / "where.json")


def schema(harness: str) -> Any:
    return read(TEMPLATES / SCHEMAS[harness])


def places(harness: str, path: Path) -> set[tuple[str | int, ...]]:
    errors = Draft202012Validator(schema(harness)).iter_errors(read(path))
    return {tuple(error.absolute_path) for error in errors}


def cases(fate: str) -> list[Any]:
    return [
        pytest.param(harness, path, id=f"{harness}-{path.stem}")
        for harness in SCHEMAS
        for path in sorted((FILES / harness / fate).glob("*.json"))
    ]


@pytest.mark.parametrize("harness", SCHEMAS)
def test_the_schema_is_a_schema(harness: str) -> None:
    Draft202012Validator.check_schema(schema(harness))


@pytest.mark.parametrize(("harness", "path"), cases("accepted"))
def test_what_the_client_takes_is_not_refused(harness: str, path: Path) -> None:
    assert places(harness, path) == set()


@pytest.mark.parametrize(("harness", "path"), cases("dropped"))
def test_what_the_client_drops_is_refused_at_its_place(harness: str, path: Path) -> None:
    assert places(harness, path) == {tuple(WHERE[harness][path.stem])}


@pytest.mark.parametrize("harness", SCHEMAS)
def test_every_place_has_its_file(harness: str) -> None:
    names = {path.stem for path in (FILES / harness / "dropped").glob("*.json")}
    assert names == set(WHERE[harness])


def test_a_model_is_the_same_in_both_files_of_openhands() -> None:
    profile = schema("openhands-profile")["$defs"]
    assert profile.items() <= schema("openhands")["$defs"].items()
