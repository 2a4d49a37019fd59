"""The ledger: one row for each request that a shim answered. Never any content, never a key."""

import os
import sqlite3
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from threading import Event, Lock, Thread
from typing import Literal, NamedTuple

from confgen.errors import ConfgenError
from confgen.write.store import Store

LEDGER = "ledger.sqlite3"
"""Its name in the state folder."""

Outcome = Literal["ok", "empty", "error", "cut", "stalled", "cancelled", "refused"]

_VERSION = 1
_TABLE = """
CREATE TABLE IF NOT EXISTS request (
  time REAL NOT NULL, harness TEXT NOT NULL, profile TEXT NOT NULL, dialect TEXT NOT NULL,
  model_asked TEXT NOT NULL, model_sent TEXT NOT NULL, model_served TEXT, provider_served TEXT,
  tokens_input INTEGER, tokens_cached INTEGER, tokens_output INTEGER, tokens_reasoning INTEGER,
  cost REAL, first_byte_ms REAL, duration_ms REAL NOT NULL, status INTEGER NOT NULL,
  retries INTEGER NOT NULL, outcome TEXT NOT NULL, leak INTEGER NOT NULL
);
CREATE INDEX IF NOT EXISTS request_time ON request (time);
"""

# A shim that starts makes the file first.
_HAS_ROWS = "SELECT 1 FROM sqlite_master WHERE name = 'request'"

_PAUSE = 0.5  # seconds between two transactions
_BUSY = 2.0  # seconds that another shim, or a reader, may hold the file
_PATIENCE = 5.0  # seconds that closing may take
_DAY = 86400.0
_WAITING = 100_000  # rows
_LONGEST = 200  # characters of a name that a client or the upstream chose
_LARGEST = 2**63 - 1


class Entry(NamedTuple):
    """One request. Times: `time` in Unix seconds, the rest in milliseconds; `cost` in USD.

    `model_asked` is the client's word for it, `model_sent` the pin's, `model_served` and
    `provider_served` the answer's. `tokens_input` includes `tokens_cached`. `status` is what the
    client got, and `leak` says that a provider outside the pin served. None: nobody said.
    """

    time: float
    harness: str
    profile: str
    dialect: str
    model_asked: str
    model_sent: str
    model_served: str | None
    provider_served: str | None
    tokens_input: int | None
    tokens_cached: int | None
    tokens_output: int | None
    tokens_reasoning: int | None
    cost: float | None
    first_byte_ms: float | None
    duration_ms: float
    status: int
    retries: int
    outcome: Outcome
    leak: bool


_INSERT = f"INSERT INTO request VALUES ({', '.join('?' * len(Entry._fields))})"  # noqa: S608


class Ledger:
    """Takes rows at any pace and writes them from a thread of its own, twice a second at most.

    Whatever befalls the file (full disk, lock, damage), requests are served all the same: rows
    that cannot be kept are counted in `lost`, and `report` is told so once, in one sentence, from
    whichever thread met it first. Rows older than `keep_days` go when it opens and once a day.
    """

    __slots__ = (
        "_closing",
        "_connection",
        "_keep",
        "_lock",
        "_path",
        "_pruned",
        "_report",
        "_thread",
        "_waiting",
        "_wake",
        "lost",
    )

    def __init__(self, path: Path, *, keep_days: float, report: Callable[[str], None]) -> None:
        """Raises ConfgenError for a ledger that a newer confgen wrote."""
        _refuse_newer(path)
        self._path = path
        self._keep = keep_days * _DAY
        self._report = report
        self._waiting: deque[Entry] = deque()
        self._wake, self._closing, self._lock = Event(), Event(), Lock()
        self._connection: sqlite3.Connection | None = None
        self._pruned = 0.0
        self.lost = 0
        self._thread = Thread(target=self._work, name="ledger", daemon=True)
        self._thread.start()

    def add(self, entry: Entry) -> None:
        """Keep a row, from any thread, without waiting for anything."""
        if len(self._waiting) >= _WAITING:
            self._lose(1, "the disk does not keep up")
            return
        self._waiting.append(entry)
        if not self._wake.is_set():
            self._wake.set()

    def close(self) -> None:
        """Write what waits; give up after a few seconds."""
        self._closing.set()
        self._wake.set()
        self._thread.join(_PATIENCE)

    def _work(self) -> None:
        self._write([])
        while not self._closing.is_set():
            self._wake.wait()
            self._closing.wait(_PAUSE)
            self._wake.clear()
            self._write_waiting()
        self._write_waiting()
        if self._connection:
            self._connection.close()

    def _write_waiting(self) -> None:
        self._write([self._waiting.popleft() for _ in range(len(self._waiting))])

    def _write(self, entries: list[Entry]) -> None:
        try:
            if self._connection is None:
                self._connection = _open(self._path)
            with self._connection:
                self._connection.executemany(_INSERT, map(_storable, entries))
                self._prune(self._connection)
        except (sqlite3.Error, OSError) as error:
            if self._connection:
                self._connection.close()
                self._connection = None
            if entries:
                self._lose(len(entries), str(error))

    def _prune(self, connection: sqlite3.Connection) -> None:
        now = time.time()
        if now - self._pruned >= _DAY:
            connection.execute("DELETE FROM request WHERE time < ?", (now - self._keep,))
            self._pruned = now

    def _lose(self, rows: int, reason: str) -> None:
        with self._lock:
            first = not self.lost
            self.lost += rows
        if first:
            self._report(f"the ledger misses requests ({reason}: {self._path})")


def read_rows(path: Path, since: float) -> Iterator[Entry]:
    """The rows since a Unix time, the oldest first; none where there is no ledger.

    Reads beside shims that write. Raises ConfgenError for a ledger that cannot be read.
    """
    if not path.exists():
        return
    _refuse_newer(path)
    try:
        with closing(_open_to_read(path)) as connection:
            if not connection.execute(_HAS_ROWS).fetchone():
                return
            query = "SELECT * FROM request WHERE time >= ? ORDER BY time"
            for row in connection.execute(query, (since,)):
                yield Entry._make((*row[:-1], bool(row[-1])))
    except sqlite3.Error as error:
        raise ConfgenError(
            f"the ledger cannot be read: {error}",
            where=str(path),
            hint="move the file away; the shim begins a new one when it starts",
        ) from error


def _open(path: Path) -> sqlite3.Connection:
    Store(path.parent).make()
    # SQLite's own companions of the file take their permissions from it.
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    path.chmod(0o600)
    connection = sqlite3.connect(path, timeout=_BUSY)
    try:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute("PRAGMA cache_size = -256")  # KB; rows are only ever appended
        connection.executescript(f"BEGIN IMMEDIATE; {_TABLE} PRAGMA user_version = {_VERSION};")
        connection.commit()
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def _open_to_read(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=_BUSY)


def _refuse_newer(path: Path) -> None:
    """Raise ConfgenError for a later schema; say nothing of a file that cannot be read."""
    try:
        with closing(_open_to_read(path)) as connection:
            if not connection.execute(_HAS_ROWS).fetchone():
                return
            (version,) = connection.execute("PRAGMA user_version").fetchone()
    except sqlite3.Error:
        return
    if version > _VERSION:
        raise ConfgenError(
            f"the ledger is of version {version}, which a newer confgen wrote",
            where=str(path),
            hint="use that confgen, or move the file away",
        )


def _storable(entry: Entry) -> tuple[object, ...]:
    return tuple(map(_kept, entry))


def _kept(value: object) -> object:
    """What SQLite takes: no lone surrogates, nothing endless, no number beyond 64 bits."""
    if isinstance(value, str):
        return value[:_LONGEST].encode("utf-8", "replace").decode()
    if isinstance(value, int) and abs(value) > _LARGEST:
        return None
    return value
