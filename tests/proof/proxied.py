"""A client of the capture's proxy, out of Python's own parts."""

import base64
import contextlib
import http.client
import json
import socket
import ssl
import time
from collections.abc import Callable, Iterator
from typing import Any

from confgen.proof.capture.record import Capture, Unseen

PIN: dict[str, Any] = {"order": ["fireworks"], "allow_fallbacks": False}
ASKED = json.dumps({"model": "a/b", "messages": [], "provider": PIN}).encode()


def place(capture: Capture) -> tuple[str, int]:
    host, _, port = capture.address.removeprefix("http://").rpartition(":")
    return host.strip("[]"), int(port)


def basic(credentials: str) -> dict[str, str]:
    return {"Proxy-Authorization": "Basic " + base64.b64encode(credentials.encode()).decode()}


def trusting(capture: Capture) -> ssl.SSLContext:
    return ssl.create_default_context(cadata=capture.certificate.decode())


@contextlib.contextmanager
def through(
    capture: Capture, host: str, port: int = 443, context: ssl.SSLContext | None = None
) -> Iterator[http.client.HTTPSConnection]:
    """A connection to a host by way of the proxy, with its credentials."""
    connection = http.client.HTTPSConnection(
        *place(capture), timeout=20, context=context or trusting(capture)
    )
    connection.set_tunnel(host, port, basic(capture.credentials))
    with contextlib.closing(connection):
        yield connection


def asking(
    connection: http.client.HTTPConnection,
    path: str = "/api/v1/messages",
    body: bytes = ASKED,
    **headers: str,
) -> tuple[int, bytes]:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    connection.request("POST", path, body, named)
    answer = connection.getresponse()
    return answer.status, answer.read()


def tunnel(capture: Capture, there: str, credentials: str | None = None) -> socket.socket:
    """What a CONNECT has opened, as bytes."""
    connection = socket.create_connection(place(capture), timeout=20)
    [(name, value)] = basic(credentials or capture.credentials).items()
    connection.sendall(f"CONNECT {there} HTTP/1.1\r\n{name}: {value}\r\n\r\n".encode())
    assert head(connection).startswith(b"HTTP/1.1 200 ")
    return connection


def head(connection: socket.socket) -> bytes:
    """The head of an answer, and nothing that comes after it."""
    found = b""
    while not found.endswith(b"\r\n\r\n"):
        piece = connection.recv(1)
        if not piece:
            break
        found += piece
    return found


def rest(connection: socket.socket) -> bytes:
    """All that comes until the connection is closed."""
    found = b""
    try:
        while piece := connection.recv(65536):
            found += piece
    except OSError:
        pass
    return found


def until(is_so: Callable[[], object]) -> None:
    """Wait for what the capture's thread is about to note."""
    patience = time.monotonic() + 10
    while not is_so():
        assert time.monotonic() < patience
        time.sleep(0.01)


def unseen(capture: Capture) -> tuple[Unseen, ...]:
    until(lambda: capture.unseen)
    return capture.unseen
