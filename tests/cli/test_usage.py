"""`confgen usage`: what the ledger's rows add up to."""

import json
import os
import time
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from conftest import Confgen
from hypothesis import given
from hypothesis import strategies as st

from confgen.errors import UsageError
from confgen.shim.ledger import LEDGER, Entry, Ledger
from confgen.usage import BY, Total, add_up, parse_since, shares

NOW = time.time()
DAY = 86400.0

ROW = Entry(
    time=NOW - 60,
    harness="claude-code",
    profile="kimi-k2.5",
    dialect="messages",
    model_asked="claude-sonnet-4-5",
    model_sent="moonshotai/kimi-k2.5",
    model_served="moonshotai/kimi-k2.5",
    provider_served="Fireworks",
    tokens_input=10_000,
    tokens_cached=8_000,
    tokens_output=500,
    tokens_reasoning=None,
    cost=0.0042,
    first_byte_ms=400.0,
    duration_ms=3_000.0,
    status=200,
    retries=0,
    outcome="ok",
    leak=False,
)
FAILED = ROW._replace(
    harness="droid",
    model_served=None,
    provider_served=None,
    tokens_input=None,
    tokens_cached=None,
    tokens_output=None,
    cost=None,
    first_byte_ms=None,
    status=502,
    outcome="error",
)
LEAKED = ROW._replace(
    model_served="z-ai/glm-4.6", provider_served="Novita", first_byte_ms=1_900.0, leak=True
)
OLD = ROW._replace(time=NOW - 9 * DAY, harness="opencode", profile="old")
ROWS = (ROW, ROW, ROW, FAILED, LEAKED, OLD)


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The state folder of the test's home, with the rows in its ledger."""
    folder = tmp_path / "state"
    monkeypatch.setenv("CONFGEN_STATE", str(folder))
    keep(folder, *ROWS)
    return folder


def keep(folder: Path, *entries: Entry) -> None:
    ledger = Ledger(folder / LEDGER, keep_days=90, report=pytest.fail)
    for entry in entries:
        ledger.add(entry)
    ledger.close()


def asked(confgen: Confgen, *arguments: str) -> Any:
    ran = confgen("usage", "--json", *arguments)
    assert ran.code == 0
    return ran.json


@pytest.mark.usefixtures("state")
@pytest.mark.parametrize(
    ("by", "requests"),
    [
        ("model", {"moonshotai/kimi-k2.5": 4, "z-ai/glm-4.6": 1}),
        ("provider", {"Fireworks": 3, "Novita": 1, "(unknown)": 1}),
        ("harness", {"claude-code": 4, "droid": 1}),
        ("profile", {"kimi-k2.5": 5}),
    ],
)
def test_a_row_for_each_key(confgen: Confgen, by: str, requests: dict[str, int]) -> None:
    shown = asked(confgen, "--by", by)
    assert (shown["version"], shown["by"]) == (1, by)
    assert {row["key"]: row["requests"] for row in shown["rows"]} == requests
    assert list(requests) == [row["key"] for row in shown["rows"]]


@pytest.mark.usefixtures("state")
def test_a_row_for_each_local_day(confgen: Confgen) -> None:
    rows = asked(confgen, "--by", "day", "--since", "all")["rows"]
    days = [f"{datetime.fromtimestamp(row.time):%Y-%m-%d}" for row in (OLD, ROW)]  # noqa: DTZ006
    assert [(row["key"], row["requests"]) for row in rows] == [(days[0], 1), (days[1], 5)]


@pytest.mark.usefixtures("state")
def test_every_number_of_a_row(confgen: Confgen) -> None:
    shown = asked(confgen, "--by", "harness")
    claude_code, droid = shown["rows"]
    assert claude_code == {
        "key": "claude-code",
        "requests": 4,
        "tokens_input": 40_000,
        "tokens_cached": 32_000,
        "tokens_output": 2_000,
        "tokens_reasoning": None,
        "cache_hit_rate": 0.8,
        "cost": pytest.approx(0.0168),
        "usd_per_million_tokens": pytest.approx(0.4),
        "leaks": 1,
        "errors": 0,
        "first_byte_ms_median": 400.0,
        "first_byte_ms_p95": 1_900.0,
        "served_by": {"Fireworks": 3, "Novita": 1},
    }
    unknown = {name for name, value in droid.items() if value is None}
    assert unknown >= {"tokens_input", "cost", "cache_hit_rate", "first_byte_ms_p95"}
    assert (droid["requests"], droid["errors"], droid["served_by"]) == (1, 1, {})
    assert (shown["total"]["requests"], shown["total"]["leaks"]) == (5, 1)


@pytest.mark.usefixtures("state")
def test_since_is_told_as_a_time(confgen: Confgen) -> None:
    told = datetime.fromisoformat(asked(confgen, "--since", "2d")["since"])
    assert told.timestamp() == pytest.approx(time.time() - 2 * DAY, abs=60)
    assert asked(confgen, "--since", "2d")["total"]["requests"] == 5
    assert asked(confgen, "--since", "all")["total"]["requests"] == 6


@pytest.mark.usefixtures("state")
@pytest.mark.parametrize("by", BY)
@pytest.mark.parametrize(("encoding", "bar"), [("utf-8", "█"), ("ascii", "#")])
def test_tables_fit_a_terminal(confgen: Confgen, by: str, encoding: str, bar: str) -> None:
    ran = confgen("usage", "--by", by, env={"PYTHONIOENCODING": encoding})
    assert ran.code == 0
    assert max(map(len, ran.out.splitlines())) <= 80
    assert bar in ran.out
    assert ran.out.splitlines()[-1].startswith("5 requests: 40.0k in, 80% cached, 2.00k out, $0.02")


def test_long_names_and_large_numbers_fit_too(
    confgen: Confgen, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CONFGEN_STATE", str(tmp_path / "long"))
    large = ROW._replace(
        model_served="vendor/a-model-with-a-name-that-never-ends-20261124",
        tokens_input=987_654_321_987,
        tokens_cached=987_654_321_000,
        tokens_output=123_456_789,
        cost=98_765.4,
        first_byte_ms=59_900.0,
    )
    keep(tmp_path / "long", large, large._replace(provider_served="A provider of long name"))
    lines = confgen("usage").out.splitlines()
    assert max(map(len, lines)) <= 80
    assert any("never-ends-20261124" in line for line in lines)


@pytest.mark.usefixtures("state")
def test_a_leak_is_told_loudly(confgen: Confgen) -> None:
    assert "LEAK: 1 answer " in confgen("usage").err
    assert "LEAK: 1 answer " in confgen("usage", "--json").err


def test_nothing_recorded(confgen: Confgen, home: Path) -> None:
    ran = confgen("usage")
    assert (ran.code, ran.err) == (0, "")
    assert "confgen shim" in ran.out
    assert list(home.iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        (("--since", "3x"), "7d"),
        (("--since", ""), "7d"),
        (("--since", "-1d"), "7d"),
        (("--since", "2026-13-01"), "7d"),
        (("--by", "modle"), "model"),
    ],
)
def test_wrong_usage(confgen: Confgen, arguments: tuple[str, ...], hint: str) -> None:
    ran = confgen("usage", *arguments)
    assert (ran.code, ran.out) == (2, "")
    assert arguments[0] in ran.err
    assert hint in ran.err.splitlines()[1]
    assert json.loads(confgen("usage", "--json", *arguments).out)["errors"]


def test_a_damaged_ledger(confgen: Confgen, state: Path) -> None:
    (state / LEDGER).write_bytes(b"no database" * 1_000)
    ran = confgen("usage")
    assert (ran.code, ran.out) == (1, "")
    assert LEDGER in ran.err


SPANS = {"30m": 1_800.0, "24h": DAY, "7d": 7 * DAY, "2w": 14 * DAY}


@pytest.mark.parametrize(("text", "seconds"), SPANS.items())
def test_spans(text: str, seconds: float) -> None:
    assert parse_since(text, NOW) == NOW - seconds


@pytest.mark.parametrize("text", ["all", "999999999w", "1960-01-01T00:00Z"])
def test_the_beginning(text: str) -> None:
    assert parse_since(text, NOW) == 0


@pytest.mark.parametrize(
    ("text", "unix"),
    [("2026-11-24T12:00Z", 1_795_521_600.0), ("2026-11-24T12:00:00+01:00", 1_795_518_000.0)],
)
def test_dates(text: str, unix: float) -> None:
    assert parse_since(text, NOW) == unix


@pytest.mark.skipif(not hasattr(time, "tzset"), reason="the zone is the process's own")
def test_a_date_is_a_local_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(os.environ, "TZ", "UTC+5")
    time.tzset()
    try:
        assert parse_since("2026-11-24", NOW) == 1_795_478_400.0 + 5 * 3600
    finally:
        monkeypatch.undo()
        time.tzset()


@given(st.text(max_size=12))
def test_since_is_a_time_or_wrong_usage(text: str) -> None:
    with suppress(UsageError):
        assert parse_since(text, NOW) >= 0


entries = st.builds(
    ROW._replace,
    harness=st.sampled_from(["opencode", "droid"]),
    tokens_input=st.none() | st.integers(0, 10**6),
    tokens_cached=st.none() | st.integers(0, 10**6),
    tokens_output=st.none() | st.integers(0, 10**6),
    cost=st.none() | st.floats(0, 10),
    first_byte_ms=st.none() | st.floats(0, 10**5),
    outcome=st.sampled_from(["ok", "error", "cancelled", "cut"]),
    leak=st.booleans(),
)


@given(st.lists(entries), st.sampled_from(BY))
def test_rows_add_up_to_the_total(some: list[Entry], by: str) -> None:
    rows, total = add_up(some, by)
    assert total.requests == len(some)
    for name in ("requests", "leaks", "errors", "tokens_input", "cost"):
        parts = [getattr(row, name) or 0 for row in rows.values()]
        assert sum(parts) == pytest.approx(getattr(total, name) or 0)
    assert sum(shares(rows)) == pytest.approx(1 if rows else 0)
    for row in rows.values():
        median, late = row.first_byte_ms(0.5), row.first_byte_ms(0.95)
        assert median is None or late is None or median <= late


def test_where_no_cost_is_known_the_bars_are_of_requests() -> None:
    rows, _ = add_up([ROW._replace(cost=None), *[FAILED] * 3], "harness")
    assert dict(zip(rows, shares(rows), strict=True)) == {"droid": 0.75, "claude-code": 0.25}


def test_the_price_is_of_the_requests_whose_cost_is_known() -> None:
    total = Total()
    for row in (ROW, ROW._replace(cost=None)):
        total.add(row)
    assert total.usd_per_million_tokens == pytest.approx(0.4)
