"""The ledger: every row arrives, and nothing that befalls its file reaches whoever adds."""

import os
import sqlite3
import stat
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from threading import Thread

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from confgen.errors import ConfgenError
from confgen.shim.ledger import LEDGER, Entry, Ledger, read_rows

DAY = 86400.0
NOW = time.time()

ROW = Entry(
    time=NOW,
    harness="claude-code",
    profile="kimi-k2.5",
    dialect="messages",
    model_asked="claude-sonnet-4-5",
    model_sent="moonshotai/kimi-k2.5",
    model_served="moonshotai/kimi-k2.5-20260127",
    provider_served="Fireworks",
    tokens_input=12_000,
    tokens_cached=9_000,
    tokens_output=345,
    tokens_reasoning=67,
    cost=0.00421,
    first_byte_ms=812.5,
    duration_ms=5_321.25,
    status=200,
    retries=1,
    outcome="ok",
    leak=False,
)
UNANSWERED = ROW._replace(
    time=NOW + 1,
    model_served=None,
    provider_served=None,
    tokens_input=None,
    tokens_cached=None,
    tokens_output=None,
    tokens_reasoning=None,
    cost=None,
    first_byte_ms=None,
    status=502,
    outcome="error",
    leak=True,
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "confgen" / "ledger.sqlite3"


@pytest.fixture
def told() -> list[str]:
    """What a ledger reports."""
    return []


def keep(path: Path, told: list[str], *entries: Entry, keep_days: float = 90) -> Ledger:
    """Write the entries and close."""
    ledger = Ledger(path, keep_days=keep_days, report=told.append)
    for entry in entries:
        ledger.add(entry)
    ledger.close()
    return ledger


def rows(path: Path, since: float = 0) -> list[Entry]:
    return list(read_rows(path, since))


def test_rows_come_back_as_they_were(path: Path, told: list[str]) -> None:
    ledger = keep(path, told, UNANSWERED, ROW)
    assert rows(path) == [ROW, UNANSWERED]
    assert (ledger.lost, told) == (0, [])


def test_the_columns_are_the_fields(path: Path, told: list[str]) -> None:
    keep(path, told)
    with closing(sqlite3.connect(path)) as connection:
        columns = [name for _, name, *_ in connection.execute("PRAGMA table_info(request)")]
    assert columns == list(Entry._fields)


def test_since(path: Path, told: list[str]) -> None:
    entries = [ROW._replace(time=NOW - age) for age in (300.0, 200.0, 100.0)]
    keep(path, told, *entries)
    assert rows(path, NOW - 200) == entries[1:]


def test_no_ledger_has_no_rows(path: Path) -> None:
    assert rows(path) == []
    assert not path.parent.exists()


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX permissions")
def test_nobody_else_may_read(path: Path, told: list[str]) -> None:
    old = os.umask(0)
    try:
        ledger = Ledger(path, keep_days=90, report=told.append)
        ledger.add(ROW)
        wait_for_rows(path, 1)
        modes = {found.name: stat.S_IMODE(found.stat().st_mode) for found in path.parent.iterdir()}
        ledger.close()
    finally:
        os.umask(old)
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert modes.keys() >= {path.name, f"{path.name}-wal"}
    assert set(modes.values()) == {0o600}


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX permissions")
def test_what_others_could_read_they_no_longer_can(path: Path, told: list[str]) -> None:
    keep(path, told, ROW)
    path.chmod(0o644)
    keep(path, told, ROW)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert (len(rows(path)), told) == (2, [])


def wait_for_rows(path: Path, count: int, patience: float = 10.0) -> None:
    deadline = time.monotonic() + patience
    while len(rows(path)) < count:
        assert time.monotonic() < deadline, f"{len(rows(path))} of {count} rows"
        time.sleep(0.05)


def test_rows_can_be_read_while_a_shim_serves(path: Path, told: list[str]) -> None:
    with closing(Ledger(path, keep_days=90, report=told.append)) as ledger:
        for count in (1, 2):
            ledger.add(ROW)
            wait_for_rows(path, count)
    assert told == []


def test_two_shims_and_many_threads(path: Path, told: list[str]) -> None:
    ledgers = [Ledger(path, keep_days=90, report=told.append) for _ in range(2)]

    def add_all(ledger: Ledger) -> None:
        for _ in range(500):
            ledger.add(ROW)

    threads = [Thread(target=add_all, args=(ledger,)) for ledger in ledgers * 3]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for ledger in ledgers:
        ledger.close()
    assert len(rows(path)) == 3_000
    assert told == []


def test_old_rows_go(path: Path, told: list[str]) -> None:
    old, young = ROW._replace(time=NOW - 8 * DAY), ROW._replace(time=NOW - 6 * DAY)
    keep(path, told, old, young)
    assert rows(path) == [old, young]
    keep(path, told, keep_days=7)
    assert rows(path) == [young]


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    name=st.text(st.characters(), min_size=1, max_size=400),
    number=st.integers(min_value=0, max_value=2**70),
    cost=st.floats(),
)
def test_what_an_upstream_makes_up_spoils_no_other_row(
    tmp_path_factory: pytest.TempPathFactory, name: str, number: int, cost: float
) -> None:
    path = tmp_path_factory.mktemp("ledger") / "ledger.sqlite3"
    odd = ROW._replace(model_served=name, model_asked=name, tokens_input=number, cost=cost)
    told: list[str] = []
    assert keep(path, told, ROW, odd, ROW).lost == 0
    assert (len(rows(path)), told) == (3, [])
    assert all(len(row.model_asked) <= 200 for row in rows(path))


def damage(path: Path) -> None:
    path.write_bytes(b"this is no database" * 100)


def occupy(path: Path) -> None:
    path.mkdir()


def forbid(path: Path) -> None:
    path.parent.rmdir()
    path.parent.write_bytes(b"a file where the folder should be")


@pytest.mark.parametrize("befall", [damage, occupy, forbid], ids=lambda befall: befall.__name__)
def test_a_file_that_cannot_be_written(path: Path, told: list[str], befall: object) -> None:
    path.parent.mkdir(parents=True)
    assert callable(befall)
    befall(path)
    ledger = keep(path, told, ROW, ROW)
    assert ledger.lost == 2
    assert len(told) == 1
    assert str(path) in told[0]


@pytest.fixture
def locked(path: Path, told: list[str]) -> Iterator[sqlite3.Connection]:
    """Someone who holds the ledger's lock for writing."""
    keep(path, told)
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        yield connection


def test_a_lock_loses_rows_and_its_end_is_noticed(
    path: Path, told: list[str], locked: sqlite3.Connection
) -> None:
    ledger = Ledger(path, keep_days=90, report=told.append)
    ledger.add(ROW)
    deadline = time.monotonic() + 20
    while not told:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    locked.execute("ROLLBACK")
    ledger.add(UNANSWERED)
    ledger.close()
    assert rows(path) == [UNANSWERED]
    assert ledger.lost == len(told) == 1


def test_adding_never_waits(path: Path, told: list[str], locked: sqlite3.Connection) -> None:
    ledger = Ledger(path, keep_days=90, report=told.append)
    began = time.monotonic()
    for _ in range(100_500):
        ledger.add(ROW)
    assert time.monotonic() - began < 1.5
    assert ledger.lost >= 1
    assert "keep up" in told[0]
    locked.execute("ROLLBACK")
    ledger.close()
    assert len(rows(path)) + ledger.lost == 100_500


def test_a_newer_ledger_is_left_alone(path: Path, told: list[str]) -> None:
    keep(path, told, ROW)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA user_version = 7")
    before = path.read_bytes()
    with pytest.raises(ConfgenError, match="version 7"):
        Ledger(path, keep_days=90, report=told.append)
    with pytest.raises(ConfgenError, match="version 7"):
        rows(path)
    assert path.read_bytes() == before


def test_a_damaged_ledger_is_named(path: Path) -> None:
    path.parent.mkdir(parents=True)
    damage(path)
    with pytest.raises(ConfgenError) as caught:
        rows(path)
    assert caught.value.where == str(path)
    assert caught.value.hint


def test_a_ledger_that_is_only_just_made_has_no_rows(tmp_path: Path) -> None:
    path = tmp_path / LEDGER
    path.touch()
    assert list(read_rows(path, 0)) == []
