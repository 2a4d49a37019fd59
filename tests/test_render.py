from typing import Any

import pytest

from confgen.document import Entry
from confgen.errors import SettingsError
from confgen.render import Each, Fragment, Leaf, render

PIN: dict[str, Any] = {"order": ["fireworks"], "sort": {"by": "price"}}
VALUES: dict[str, Any] = {
    "model": "a/b",
    "pin": PIN,
    "names": ["x", "y"],
    "count": 3,
    "no": False,
    "nothing": None,
    "text": "${model}",
}
MODELS: dict[str, dict[str, Any]] = {
    "a/b": {"pin": PIN, "limit": 1},
    "a/c": {"pin": {}, "limit": None},
}


def rendered(template: Any, values: dict[str, Any] | None = None) -> Fragment:
    templates = {"main": template, "entry": {"limit": "${limit}", "options": {"pin": "${pin}"}}}
    found = VALUES if values is None else values
    return render("main", found, templates.__getitem__, {("list",): "id"})


CASES: dict[str, tuple[Any, dict[str, Any]]] = {
    "constants of every type": (
        {"a": "x", "b": 1, "c": None, "d": [1, 2], "e": False},
        {"a": "x", "b": 1, "c": None, "d": [1, 2], "e": False},
    ),
    "a value of any type": (
        {"a": "${pin}", "b": "${names}", "c": "${count}", "d": "${no}"},
        {"a": PIN, "b": ["x", "y"], "c": 3, "d": False},
    ),
    "names in a longer text": ({"a": "${model} x ${count}"}, {"a": "a/b x 3"}),
    "no value drops the key": ({"a": "${nothing}", "b": 1}, {"b": 1}),
    "no value drops the longer text": ({"a": "x/${nothing}", "b": 1}, {"b": 1}),
    "no value drops the container": ({"a": {"b": "${nothing}"}}, {}),
    "a value is not filled in again": (
        {"a": "${text}", "b": "x${text}"},
        {"a": "${model}", "b": "x${model}"},
    ),
    "keys are never substituted": ({"${model}": 1}, {"${model}": 1}),
    "a dollar alone": ({"a": "$model {model} ${}"}, {"a": "$model {model} ${}"}),
    "nested": ({"a": {"b": {"c": "${count}"}, "d": 1}}, {"a": {"b": {"c": 3}, "d": 1}}),
    "a list without identity is one leaf": ({"a": [{"b": 1}]}, {"a": [{"b": 1}]}),
    "a list is filled in": (
        {"a": ["${model}", {"b": "${pin}", "c": "${nothing}"}, "${nothing}", None]},
        {"a": ["a/b", {"b": PIN}, None]},
    ),
    "entries by their id": (
        {"list": [{"id": "${model}", "x": "${pin}"}, {"x": 2, "id": "other"}]},
        {"list": [{"id": "a/b", "x": PIN}, {"id": "other", "x": 2}]},
    ),
}


@pytest.mark.parametrize(("template", "expected"), CASES.values(), ids=CASES)
def test_render(template: Any, expected: dict[str, Any]) -> None:
    assert rendered(template).tree() == expected


def test_what_a_placeholder_brings_is_one_leaf() -> None:
    assert rendered({"a": {"b": "${pin}", "c": 1}}).leaves == (
        Leaf(("a", "b"), PIN),
        Leaf(("a", "c"), 1),
    )


def test_an_entry_is_owned_leaf_by_leaf() -> None:
    entry = Entry("id", "a/b")
    assert rendered({"list": [{"x": {"y": 1}, "id": "${model}"}]}).leaves == (
        Leaf(("list", entry, "id"), "a/b"),
        Leaf(("list", entry, "x", "y"), 1),
    )


def test_each_renders_a_template_for_every_key() -> None:
    tree = rendered({"models": "${each}"}, {"each": Each("entry", MODELS)}).tree()
    assert tree == {
        "models": {"a/b": {"limit": 1, "options": {"pin": PIN}}, "a/c": {"options": {"pin": {}}}}
    }


def test_no_each_within_a_list() -> None:
    with pytest.raises(SettingsError, match="within a list"):
        rendered({"models": ["${each}"]}, {"each": Each("entry", MODELS)})


UNKNOWN = {
    "near": ("${modle}", "did you mean 'model'?"),
    "within a text": ("x/${modle}", "did you mean 'model'?"),
    "far": ("${qqqqqqqqq}", "one of: "),
}


@pytest.mark.parametrize(("leaf", "hint"), UNKNOWN.values(), ids=UNKNOWN)
def test_an_unknown_placeholder(leaf: str, hint: str) -> None:
    with pytest.raises(SettingsError, match="which nothing provides") as caught:
        rendered({"a": {"b": leaf}})
    assert str(caught.value.hint).startswith(hint)
    assert caught.value.where == leaf.removeprefix("x/")


@pytest.mark.parametrize(
    "entry",
    [{"x": 1}, {"id": 5}, {"id": "${pin}"}, {"id": "${nothing}"}, "text", [1]],
    ids=repr,
)
def test_an_entry_without_its_identity(entry: Any) -> None:
    with pytest.raises(SettingsError, match="list entry lacks its 'id'"):
        rendered({"list": [entry]})
