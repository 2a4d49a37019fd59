"""How one connection is joined to another."""

import contextlib
import socket
import threading
from collections.abc import Iterable

Address = tuple[str, int]
"""Host and port."""

_PATIENCE = 300  # seconds
_PIECE = 64 * 1024
_OF_ONE_HOP = frozenset({"connection", "keep-alive", "transfer-encoding", "content-length", "te"})


def relay(connection: socket.socket, there: Address) -> None:
    """Pipe a connection to an address of this machine until either side ends it."""
    with socket.create_connection(there, _PATIENCE) as far:
        back = threading.Thread(target=_copy, args=(far, connection), daemon=True)
        back.start()
        _copy(connection, far)
        back.join()


def forward(
    connection: socket.socket,
    there: Address,
    line: str,
    headers: Iterable[tuple[str, str]],
    body: bytes,
) -> None:
    """Hand a request on as a proxy does, and what is answered back."""
    kept = [(name, value) for name, value in headers if name not in _OF_ONE_HOP]
    kept += [("content-length", str(len(body))), ("connection", "close")]
    head = f"{line} HTTP/1.1\r\n" + "".join(f"{name}: {value}\r\n" for name, value in kept)
    with socket.create_connection(there, _PATIENCE) as far:
        far.sendall(head.encode("latin-1") + b"\r\n" + body)
        _copy(far, connection)


def _copy(source: socket.socket, target: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while piece := source.recv(_PIECE):
            target.sendall(piece)
    with contextlib.suppress(OSError):
        target.shutdown(socket.SHUT_WR)
