"""Finding a model by what one remembers of its name."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standin import KIMI, MODELS

from confgen.openrouter.answers import read_models
from confgen.openrouter.find import matching, near_slugs

ALL = read_models(json.dumps({"data": MODELS}).encode())
SLUGS = [model.id for model in ALL]
THINKING, LATEST, GLM = "moonshotai/kimi-k2-thinking", "~moonshotai/kimi-latest", "z-ai/glm-4.6"

QUERIES = {
    "a word": ("kimi", [KIMI, f"{KIMI}:free", THINKING, LATEST]),
    "two words": ("kimi k2.5", [KIMI, f"{KIMI}:free"]),
    "without marks": ("kimik25", [KIMI, f"{KIMI}:free"]),
    "the slug": (KIMI.upper(), [KIMI, f"{KIMI}:free"]),
    "words of the display name": ("moonshotai: kimi", [KIMI, f"{KIMI}:free", THINKING, LATEST]),
    "a slip": ("kimi-k3.5", [KIMI, f"{KIMI}:free"]),
    "a slip in another": ("z-ai/glm-5.6", [GLM]),
    "nothing like it": ("qqqqqq", []),
}


@pytest.mark.parametrize(("query", "found"), QUERIES.values(), ids=QUERIES)
def test_what_is_found_first(query: str, found: list[str]) -> None:
    assert [model.id for model in matching(query, ALL)][: len(found) or None] == found


@pytest.mark.parametrize("query", ["", "  ", "-"])
def test_without_a_query_the_newest_come_first(query: str) -> None:
    created = [model.created or 0 for model in matching(query, ALL)]
    assert created == sorted(created, reverse=True)
    assert len(created) == len(ALL)


@pytest.mark.parametrize(
    ("wrong", "near"),
    [("moonshotai/kimi-k2", KIMI), ("glm-4.5", GLM), ("moonshot/kimi-k2.5", KIMI)],
)
def test_the_nearest_slug(wrong: str, near: str) -> None:
    assert near_slugs(wrong, SLUGS)[0] == near


@given(st.text(max_size=20))
def test_a_query_finds_some_of_them_once(query: str) -> None:
    found = [model.id for model in matching(query, ALL)]
    assert len(set(found)) == len(found)
    assert set(found) <= set(SLUGS)
