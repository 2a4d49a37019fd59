from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from confgen.shim.guard import LIMIT, WINDOW, Guard
from confgen.shim.refusal import Refusal

BODY, OTHER = b'{"a": 1}', b'{"a": 2}'


def holds_back(guard: Guard, body: bytes, now: float) -> bool:
    """Whether it refuses a body, with the one status that ends the turn in every harness."""
    try:
        guard.check(body, now)
    except Refusal as refusal:
        return refusal.status == 400
    return False


def failing(*times: float) -> Guard:
    guard = Guard()
    for now in times:
        guard.failed(BODY, now)
    return guard


@pytest.mark.parametrize(
    ("times", "now", "held"),
    [
        ([], 0, False),
        ([0.0] * (LIMIT - 1), 0, False),
        ([0.0] * LIMIT, 0, True),
        ([0.0] * LIMIT * 3, 0, True),
        ([0.0] * LIMIT, WINDOW - 1, True),
        ([0.0] * LIMIT, WINDOW, False),
        ([0.0, *[9.0] * (LIMIT - 1)], WINDOW, False),
        ([0.0, *[9.0] * LIMIT], WINDOW, True),
        ([number / LIMIT for number in range(LIMIT)], 1, True),
    ],
)
def test_a_body_is_held_back_that_failed_too_often(
    times: Iterable[float], now: float, held: bool
) -> None:
    assert holds_back(failing(*times), BODY, now) is held


def test_another_body_is_not_held_back() -> None:
    assert not holds_back(failing(*[0.0] * LIMIT), OTHER, 0)


def test_an_answer_has_the_failures_forgotten() -> None:
    guard = failing(*[0.0] * LIMIT)
    guard.answered(OTHER)
    assert holds_back(guard, BODY, 0)
    guard.answered(BODY)
    assert not holds_back(guard, BODY, 0)


def test_of_very_many_bodies_the_latest_are_remembered() -> None:
    guard = failing(*[0.0] * LIMIT)
    others = [b"%d" % number for number in range(5000)]
    for body in others:
        guard.failed(body, 1)
    assert not holds_back(guard, BODY, 1)
    for _ in range(LIMIT - 1):
        guard.failed(others[-1], 1)
    assert holds_back(guard, others[-1], 1)


@given(
    st.lists(
        st.tuples(st.sampled_from([BODY, OTHER]), st.integers(0, 20), st.integers(0, 9)),
        max_size=150,
    )
)
def test_it_agrees_with_a_plain_count(requests: list[tuple[bytes, int, int]]) -> None:
    """Requests `wait` seconds after each other, of which one in ten (0) is answered."""
    guard, now = Guard(), 0
    failures: dict[bytes, list[int]] = {BODY: [], OTHER: []}
    for body, wait, answers in requests:
        now += wait
        recent = [at for at in failures[body] if now - at < WINDOW]
        held = holds_back(guard, body, now)
        assert held is (len(recent) >= LIMIT)
        if held:
            continue
        if answers == 0:
            guard.answered(body)
            failures[body] = []
        else:
            guard.failed(body, now)
            failures[body].append(now)
