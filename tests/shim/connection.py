"""One connection to the shim, on which a test may say whatever it likes."""

import json
import socket
from collections.abc import Mapping
from http.client import HTTPResponse
from typing import Any, BinaryIO, NamedTuple, Self

PATIENCE = 20  # seconds


class Answer(NamedTuple):
    """One answer; header names are lower case, and the last of a name counts."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class _Kept:
    """The file of a connection as HTTPResponse takes it, which would close it after one answer."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    def makefile(self, _mode: str) -> Self:
        return self

    def close(self) -> None:
        """Another answer may follow."""

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)


class Connection:
    """Bytes out, answers in."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)
        self._file = self._socket.makefile("rb")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()
        self._socket.close()

    def send(self, text: bytes) -> None:
        self._socket.sendall(text)

    def line(self) -> bytes:
        return self._file.readline()

    def head(self, method: str = "POST") -> HTTPResponse:
        """The head of the next answer, whose body is still to be read."""
        response = HTTPResponse(_Kept(self._file), method=method)  # type: ignore[arg-type]
        response.begin()
        return response

    def answer(self, method: str = "POST") -> Answer:
        response = self.head(method)
        headers = {name.lower(): value for name, value in response.getheaders()}
        return Answer(response.status, headers, response.read())

    def ended(self) -> bool:
        """Whether the shim has nothing more to say, and has closed the connection."""
        try:
            return self._file.read(1) == b""
        except ConnectionError:
            return True


def head(first: str, *lines: str) -> bytes:
    """The head of a request: its first line without the version, and its header lines."""
    return "\r\n".join((f"{first} HTTP/1.1", *lines, "", "")).encode("latin-1")


def post(path: str, body: bytes, *lines: str) -> bytes:
    """A whole POST of a body."""
    return head(f"POST {path}", "Host: 127.0.0.1", f"Content-Length: {len(body)}", *lines) + body


def ask(port: int, request: bytes) -> Answer:
    """The answer to one request on a connection of its own."""
    with Connection(port) as connection:
        connection.send(request)
        return connection.answer(request.split(b" ", 1)[0].decode("latin-1"))
