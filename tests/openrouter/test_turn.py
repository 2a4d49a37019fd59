"""What a turn costs."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from confgen.errors import UsageError
from confgen.openrouter.answers import Price, Rates
from confgen.openrouter.turn import Turn, cost, parse_turn

KIMI = Price(Rates(0.6, 0.1, 3.0))
LONG = (128_000.0, Rates(1.2, 0.2, 6.0))
COSTS = {
    "the default": (KIMI, Turn(), 0.0135),
    "nothing cached": (KIMI, Turn(1_000_000, 0.0, 0), 0.6),
    "all cached": (KIMI, Turn(1_000_000, 1.0, 0), 0.1),
    "no price for what is cached": (Price(Rates(0.6, None, 3.0)), Turn(1_000_000, 0.9, 0), 0.6),
    "a price for the request": (KIMI._replace(request=0.01), Turn(0, 0.0, 0), 0.01),
    "free": (Price(Rates(0.0, None, 0.0)), Turn(), 0.0),
    "not long": (KIMI._replace(longer=(LONG,)), Turn(128_000, 0.0, 0), 0.0768),
    "long": (KIMI._replace(longer=(LONG,)), Turn(128_001, 0.0, 0), 0.1536012),
    "unknown": (Price(), Turn(), None),
    "half unknown": (Price(Rates(0.6, 0.1, None)), Turn(), None),
}


@pytest.mark.parametrize(("price", "turn", "usd"), COSTS.values(), ids=COSTS)
def test_the_cost_of_a_turn(price: Price, turn: Turn, usd: float | None) -> None:
    assert cost(price, turn) == usd


@pytest.mark.parametrize(
    ("text", "turn"),
    [
        ("60k,85%,1k", Turn(60_000, 0.85, 1_000)),
        ("60000,85,1000", Turn(60_000, 0.85, 1_000)),
        ("1M, 0%, 0", Turn(1_000_000, 0.0, 0)),
        ("5,100,7K", Turn(5, 1.0, 7_000)),
    ],
)
def test_turns(text: str, turn: Turn) -> None:
    assert parse_turn(text) == turn


@pytest.mark.parametrize(
    "text", ["", "60k", "60k,85", "60k,101%,1k", "-1,0,0", "1.5k,0,0", "a,b,c"]
)
def test_what_is_no_turn(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_turn(text)
    assert caught.value.where == "--turn"


@given(st.text(alphabet="0123456789kM,%. ", max_size=16))
def test_a_turn_or_wrong_usage(text: str) -> None:
    with suppress(UsageError):
        turn = parse_turn(text)
        assert 0 <= turn.cached <= 1
        assert (cost(KIMI, turn) or 0) >= 0
