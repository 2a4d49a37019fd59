"""The capture on sockets of this machine: whoever comes there is taken care of in a thread."""

import contextlib
import secrets
import socket
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Self

from confgen.proof.capture.address import normal, origin_at, origin_of
from confgen.proof.capture.connection import Connection
from confgen.proof.capture.record import MOST_REQUESTS, Capture
from confgen.proof.capture.sockets import Address, relay
from confgen.wire.authority import Authority

__all__ = ["MOST_REQUESTS", "Capture", "Server", "serving"]

_POLL = 0.02  # seconds
_GRACE = 0.5  # seconds for what has come already, once nothing more is to come

Handle = Callable[[socket.socket], None]


class Server:
    """One capture on any number of listening sockets, for as long as its block runs.

    At the origins of `upstreams` it answers as OpenRouter. `relays`, which may grow, are addresses
    of this machine to which a client may come as through a proxy, and where they really lead.
    """

    def __init__(
        self, upstreams: Iterable[str] = (), relays: Mapping[Address, Address] | None = None
    ) -> None:
        self.authority = Authority()
        self.open: set[socket.socket] = set()
        self.relays: dict[Address, Address] = dict(relays or {})
        self.capture = Capture(
            token=secrets.token_urlsafe(24),
            certificate=self.authority.certificate,
            upstreams=frozenset(origin_of(normal(upstream)) for upstream in upstreams),
        )
        self._accepting: list[threading.Thread] = []
        self._closing = threading.Event()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Take nothing more; what has come already is still read."""
        self._closing.set()
        for thread in self._accepting:
            thread.join()
        self._wait()
        for connection in tuple(self.open):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        # What was left in the middle is recorded, too.
        self._wait()

    def serve(self, listener: socket.socket, origin: str | None = None) -> None:
        """Take what comes to `listener`, which is closed in the end.

        Without an origin it is a proxy, and the place of stand-in addresses; the first such one is
        the capture's own address. With an origin, such as `https://openrouter.ai`, requests that
        come there are meant for that.
        """
        if origin is None and not self.capture.address:
            host, port = listener.getsockname()[:2]
            self.capture.address = origin_at("http", host, port)
        own = normal(origin).rstrip("/") if origin else None
        self._listen(listener, lambda connection: Connection(connection, self, own).run())

    def serve_relay(self, listener: socket.socket, there: Address) -> None:
        """Pipe every connection byte for byte to an address of this machine."""
        self._listen(listener, lambda connection: relay(connection, there))

    def _wait(self) -> None:
        until = time.monotonic() + _GRACE
        while self.open and time.monotonic() < until:
            time.sleep(_POLL)

    def _listen(self, listener: socket.socket, handle: Handle) -> None:
        thread = threading.Thread(target=self._accept, args=(listener, handle), daemon=True)
        self._accepting.append(thread)
        thread.start()

    def _accept(self, listener: socket.socket, handle: Handle) -> None:
        listener.settimeout(_POLL)
        with listener:
            while not self._closing.is_set():
                try:
                    connection, _ = listener.accept()
                except TimeoutError:
                    continue
                except OSError:
                    # Too many are open, say: those that wait are taken later.
                    time.sleep(_POLL)
                    continue
                # What is sent in two pieces must not wait for word that the first has come.
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self.open.add(connection)
                threading.Thread(target=self._run, args=(connection, handle), daemon=True).start()

    def _run(self, connection: socket.socket, handle: Handle) -> None:
        # A client that hangs up is no failure of ours.
        with contextlib.suppress(OSError, ValueError):
            handle(connection)
        self.shut(connection)

    def shut(self, connection: socket.socket) -> None:
        """Be done with a connection."""
        connection.close()
        self.open.discard(connection)


@contextlib.contextmanager
def serving(*upstreams: str) -> Iterator[Capture]:
    """A capture on a free port for as long as the block runs."""
    with Server(upstreams) as server:
        server.serve(socket.create_server(("127.0.0.1", 0)))
        yield server.capture
