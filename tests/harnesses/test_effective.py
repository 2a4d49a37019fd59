"""How files are laid over one another, and who took away what one of them says."""

from collections.abc import Mapping
from typing import Any

import pytest

from confgen.document import JsonValue
from confgen.harnesses.effective import Source, holds, in_force, overlay, overriding, said

DEEP = 100_000


def sources(*trees: Mapping[str, JsonValue]) -> list[Source]:
    """Sources named by their numbers, the weakest first."""
    return [Source(str(number), tree) for number, tree in enumerate(trees)]


@pytest.mark.parametrize(
    ("trees", "value"),
    [
        ([], None),
        ([{"a": {"x": 1}}, {"a": {"y": 2}}], {"x": 1, "y": 2}),
        ([{"a": {"x": {"p": 1}}}, {"a": {"x": {"q": 2}}}], {"x": {"p": 1, "q": 2}}),
        ([{"a": {"x": [1]}}, {"a": {"x": [2]}}], {"x": [2]}),
        ([{"a": {"x": 1}}, {"a": "text"}, {"a": {"y": 2}}], {"y": 2}),
        ([{"a": {"x": 1}}, {"a": None}], None),
        ([{"a": 1}, {}], 1),
    ],
    ids=["nothing", "joined", "deep", "lists replace", "hidden", "null", "absent"],
)
def test_in_force(trees: list[dict[str, Any]], value: JsonValue) -> None:
    assert in_force(sources(*trees), "a") == value


def test_a_scalar_on_the_way_hides_what_is_weaker() -> None:
    assert said(sources({"a": {"x": 1}}, {"a": 3}), "a", "x") == ()


WANTED: dict[str, JsonValue] = {"order": ["f"], "allow": False}


@pytest.mark.parametrize(
    ("trees", "found"),
    [
        ([{"p": WANTED}], []),
        ([{"p": WANTED}, {"p": WANTED}], []),
        ([{"p": {"order": ["g"]}}], []),
        ([{"p": {"only": ["g"]}}, {"p": WANTED}], [("0", ("p", "only"))]),
        ([{"p": {"order": ["g"]}}, {"p": WANTED}], []),
        (
            [{"p": WANTED}, {"p": {"order": ["g"]}}, {"p": {"order": ["f"], "sort": 1}}],
            [("2", ("p", "sort"))],
        ),
        (
            [{"p": WANTED}, {"p": {"order": ["g"]}}, {"p": {"order": ["h"]}}],
            [("2", ("p", "order"))],
        ),
        ([{"p": WANTED}, {"p": "text"}], [("1", ("p",))]),
    ],
    ids=[
        "alone",
        "said twice",
        "never said",
        "joined by a weaker one",
        "a weaker one is replaced",
        "put right again",
        "the strongest is named",
        "a text in its place",
    ],
)
def test_overriding_an_object(
    trees: list[dict[str, Any]], found: list[tuple[str, tuple[str, ...]]]
) -> None:
    told = overriding(sources(*trees), ("p",), WANTED)
    assert [(one.source.name, one.keys) for one in told] == found


@pytest.mark.parametrize(
    ("trees", "found"),
    [
        ([{"a": {"x": 1}}, {"a": {"x": 2}}], [("1", ("a", "x"))]),
        ([{"a": {"x": 2}}, {"a": {"x": 1}}], []),
        ([{"a": {"x": 1}}, {"a": []}], [("1", ("a",))]),
        ([{"a": {"x": True}}], []),
    ],
    ids=["replaced", "in force", "hidden from farther up", "never said"],
)
def test_overriding_a_scalar(
    trees: list[dict[str, Any]], found: list[tuple[str, tuple[str, ...]]]
) -> None:
    told = overriding(sources(*trees), ("a", "x"), 1)
    assert [(one.source.name, one.keys) for one in told] == found


def test_depth_is_no_limit() -> None:
    tree: dict[str, Any] = {}
    for _ in range(DEEP):
        tree = {"a": tree}
    merged = overlay(tree, tree)
    assert holds(sources(tree), (), merged)
