"""The shims that run: each leaves a record in the state folder, and proves it by answering.

Standard library only, and nothing but `json` until there is a record: `confgen status` asks here.
"""

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from confgen.errors import ConfgenError
from confgen.write import durable

if TYPE_CHECKING:
    from socket import socket

PATIENCE = 0.5
"""Seconds that a shim has to say who it is: it runs on this machine."""

_FOLDER = "shim"
_LONGEST_ANSWER = 64 * 1024
# Where a program on this machine finds what listens everywhere.
_WILDCARDS = {"": "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104


class Running(NamedTuple):
    """One shim. `started` is a Unix time in seconds, `profile` the one that it serves by default.

    `id` is random and public: `/healthz` answers with it. `stop_key` is what a stop must show.
    """

    pid: int
    host: str
    port: int
    version: str
    profile: str
    started: float
    id: str
    stop_key: str

    @property
    def url(self) -> str:
        """Its root, as a program on this machine reaches it."""
        return f"http://{local_address(self.host, self.port)}"

    def __repr__(self) -> str:
        # Without the stop key, whoever prints it.
        return f"Running({self.url}, pid {self.pid})"


def local_host(host: str) -> str:
    """Where a program on this machine reaches a shim that listens on `host`."""
    return _WILDCARDS.get(host, host)


def local_address(host: str, port: int) -> str:
    """HOST:PORT as a URL on this machine has it."""
    reached = local_host(host)
    return f"[{reached}]:{port}" if ":" in reached else f"{reached}:{port}"


def write_record(folder: Path, running: Running) -> None:
    """Put the shim on record, in the place of another that had its port. Raises OSError."""
    path = _path(folder, running)
    durable.make_folders(durable.missing_folders(path), 0o700)
    staged = durable.temp_beside(path)
    durable.write_new(staged, json.dumps(running._asdict()).encode(), mode=0o600)
    durable.replace(staged, path)


def drop_record(folder: Path, running: Running) -> None:
    """Take the shim off record, unless another has its port by now."""
    path = _path(folder, running)
    found = _read(path)
    if found and found.id == running.id:
        path.unlink(missing_ok=True)


def running_shims(folder: Path, *, tidy: bool = True) -> tuple[Running, ...]:
    """The shims on record that answer within PATIENCE, each asked directly, never by a proxy.

    To `tidy` takes the record of a shim away whose port is closed: nobody was left to do so.
    """
    records = [_read(path) for path in sorted((folder / _FOLDER).glob("*.json"))]
    return tuple(record for record in records if record and _runs(folder, record, tidy=tidy))


def stop_shim(running: Running) -> None:
    """Have the shim end what is under way, and stop. Raises ConfgenError where it will not."""
    try:
        headers = f"Authorization: Bearer {running.stop_key}\nContent-Length: 0"
        _ask(running, f"POST /stop\n{headers}")
    except (OSError, ValueError) as error:
        raise ConfgenError(
            "the shim does not answer",
            where=local_address(running.host, running.port),
            hint=f"end its process, {running.pid}",
        ) from error


def _path(folder: Path, running: Running) -> Path:
    return folder / _FOLDER / f"{running.port}.json"


def _read(path: Path) -> Running | None:
    """The shim that a file tells of; None where it is gone, or is no record."""
    try:
        fields = json.loads(path.read_bytes())
        kinds = Running.__annotations__
        return Running(**{name: kinds[name](value) for name, value in fields.items()})
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
        return None


def _runs(folder: Path, running: Running, *, tidy: bool) -> bool:
    try:
        answer = json.loads(_ask(running, "GET /healthz"))
    except ConnectionRefusedError:
        if tidy:
            drop_record(folder, running)
        return False
    except (OSError, ValueError, OverflowError):
        return False
    return isinstance(answer, dict) and answer.get("id") == running.id


def _ask(running: Running, request: str) -> bytes:
    """The body of the shim's answer; ValueError where it is none. An HTTP client would load slowly.

    `request` is a method and a path, and lines of further headers.
    """
    import socket  # noqa: PLC0415

    first, *headers = request.splitlines()
    address = local_address(running.host, running.port)
    lines = [f"{first} HTTP/1.1", f"Host: {address}", "Connection: close", *headers, "", ""]
    deadline = time.monotonic() + PATIENCE
    reached = (local_host(running.host), running.port)
    with socket.create_connection(reached, timeout=PATIENCE) as connection:
        connection.sendall("\r\n".join(lines).encode("ascii"))
        answer = b"".join(_pieces(connection, deadline))
    head, _, body = answer.partition(b"\r\n\r\n")
    if not head.startswith(b"HTTP/1.1 200"):
        raise ValueError("the answer is an error, or no HTTP")
    return body


def _pieces(connection: "socket", deadline: float) -> Iterator[bytes]:
    length = 0
    while length < _LONGEST_ANSWER:
        connection.settimeout(max(deadline - time.monotonic(), 0.001))
        piece = connection.recv(4096)
        if not piece:
            return
        length += len(piece)
        yield piece
