import pytest
from hypothesis import given
from hypothesis import strategies as st

from confgen.shim.retry import LONGEST_WAIT, Retries
from confgen.shim.seen import Fault

MIDDLE = 0.5
"""The chance that leaves a wait as it is."""


def fault(retry_after: float | None = None, *, retryable: bool = True) -> Fault:
    return Fault(503, "no", retryable, retry_after)


def pauses(retries: Retries, failing: Fault, took: float = 0.0) -> list[float]:
    """The waits of a request whose tries fail for ever, `took` seconds each."""
    found: list[float] = []
    spent = took
    while (pause := retries.pause(len(found) + 1, failing, spent, MIDDLE)) is not None:
        found.append(pause)
        spent += pause + took
    return found


@pytest.mark.parametrize(
    ("limit", "budget", "asked", "took", "waits"),
    [
        (4, 60, None, 0, [1, 2, 4, 8]),
        (6, 60, None, 0, [1, 2, 4, 8, 8, 8]),
        (1, 60, None, 0, [1]),
        (0, 60, None, 0, []),
        (4, 7, None, 0, [1, 2, 4]),
        (4, 6.9, None, 0, [1, 2]),
        (4, 0, None, 0, []),
        (4, 60, None, 20, [1, 2]),
        (4, 60, None, 61, []),
        (4, 60, 0, 0, [1, 2, 4, 8]),
        (4, 60, 3, 0, [3, 3, 4, 8]),
        (4, 60, 30, 0, [30, 30]),
        (4, 60, 30.1, 0, []),
        (4, 60, 3600, 0, []),
    ],
)
def test_waits_escalate_within_their_limits(
    limit: int, budget: float, asked: float | None, took: float, waits: list[float]
) -> None:
    assert pauses(Retries(limit, budget), fault(asked), took) == waits


def test_a_fault_that_stays_is_not_tried_again() -> None:
    assert pauses(Retries(4, 60), fault(1, retryable=False)) == []


@pytest.mark.parametrize(("chance", "wait"), [(0.0, 3.0), (0.5, 4.0), (1.0, 5.0)])
def test_chance_spreads_a_wait_by_a_quarter(chance: float, wait: float) -> None:
    assert Retries(4, 60).pause(3, fault(), 0, chance) == wait


@given(
    limit=st.integers(0, 20),
    budget=st.floats(0, 1000),
    asked=st.none() | st.floats(0, 100),
    made=st.integers(1, 30),
    spent=st.floats(0, 1000),
    chance=st.floats(0, 1, exclude_max=True),
)
def test_a_wait_never_breaks_a_limit(
    limit: int, budget: float, asked: float | None, made: int, spent: float, chance: float
) -> None:
    wait = Retries(limit, budget).pause(made, fault(asked), spent, chance)
    if wait is not None:
        assert made <= limit
        assert spent + wait <= budget
        assert max(0.75, asked or 0) <= wait <= LONGEST_WAIT
