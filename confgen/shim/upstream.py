"""The way to one upstream: a pool of connections, spoken to without a session's extras.

aiohttp's connector and parser do the work (TLS, proxies, pooling, HTTP). Its `ClientSession` is
left out: cookies, redirects and headers of its own are just what a forwarding proxy must not have,
and it costs a third of the time of a whole request. Measured with aiohttp 3.14.
"""

import asyncio
from collections.abc import Callable
from typing import Self
from urllib.request import getproxies, proxy_bypass
from weakref import WeakSet

from aiohttp import ClientRequest, ClientTimeout, client_exceptions
from aiohttp.client_proto import ResponseHandler
from aiohttp.connector import Connection
from aiohttp.http_exceptions import HttpProcessingError
from aiohttp.streams import StreamReader
from yarl import URL

from confgen.redact import MASK
from confgen.shim.access import is_loopback
from confgen.shim.connections import CUT, Arrivals, Connector, final_answer, write_request
from confgen.shim.headers import RawHeaders, request_head
from confgen.shim.seen import Fault

CONNECT_TIMEOUT = 10.0  # seconds
_READ_SIZE = 1 << 16
_HEAD_LIMIT = 1 << 15  # bytes of one header


class Unreachable(Exception):  # noqa: N818 - a fault for a client, and no error of ours
    """No answer began. `closed` says that this is because the connection ended first."""

    def __init__(self, fault: Fault, *, closed: bool = False) -> None:
        super().__init__(fault.message)
        self.fault = fault
        self.closed = closed


class Reply:
    """The head of an answer, and its body as it comes. It is to be released, or closed."""

    __slots__ = ("_connection", "_writer", "body", "headers", "status")

    def __init__(
        self,
        connection: Connection,
        status: int,
        headers: RawHeaders,
        body: StreamReader,
        writer: "asyncio.Task[None] | None",
    ) -> None:
        self._connection = connection
        self._writer = writer
        self.status = status
        self.headers = headers
        self.body = body

    def header(self, name: bytes) -> str:
        """The first header of that lower-case name, or an empty text."""
        found = (value for key, value in self.headers if key.lower() == name)
        return next(found, b"").decode("latin-1")

    @property
    def ended(self) -> bool:
        """Whether the body was read to its end."""
        return self.body.at_eof() and self.body.exception() is None

    def on_data(self, move: Callable[[], None] | None) -> None:
        """Have `move` called whenever more of the body has arrived, its end and its failure too."""
        if isinstance(protocol := self._connection.protocol, Arrivals):
            protocol.move = move

    def fail(self, error: Exception) -> None:
        """Let whoever reads the body meet `error`."""
        self.body.set_exception(error)
        if isinstance(protocol := self._connection.protocol, Arrivals) and protocol.move:
            protocol.move()

    def release(self) -> None:
        """Give the connection back, for the next request if this answer has ended."""
        if self._writer and not self._writer.done():
            self._writer.cancel()
            self._connection.close()
        else:
            self._connection.release()

    def close(self) -> None:
        """Break the connection, so that the upstream stops working at once."""
        if self._writer:
            self._writer.cancel()
        self._connection.close()


class Upstream:
    """An API root such as `https://openrouter.ai/api`, and the key that opens it."""

    def __init__(self, root: str, key: str) -> None:
        self.root = root
        self._key = key
        self._url = URL(root)
        self._host = self._url.authority
        self._path = self._url.raw_path.rstrip("/")
        # Its own context checks certificates against the system's store, or $SSL_CERT_FILE.
        self._connector = Connector()
        self._ask = ClientRequest(
            "POST", self._url, loop=asyncio.get_running_loop(), proxy=find_proxy(self._url)
        )
        self._timeout = ClientTimeout(total=None, sock_connect=CONNECT_TIMEOUT)
        self._kept: WeakSet[ResponseHandler] = WeakSet()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._connector.close()

    async def send(
        self, target: str, headers: RawHeaders, body: bytes | None, patience: float
    ) -> Reply:
        """Send one request and wait up to `patience` seconds for the head of its answer.

        Without a body it is a GET. Where a kept connection turns out to be closed at the other end,
        it goes once more, at once, over a new one. Raises Unreachable.
        """
        length = None if body is None else len(body)
        head = request_head(f"{self._path}{target}", self._host, self._key, headers, length)
        connection = await self._connect()
        if connection.protocol in self._kept:
            try:
                return await self._send_over(connection, head, body or b"", patience)
            except Unreachable as error:
                if not error.closed:
                    raise
            connection = await self._connect_anew()
        return await self._send_over(connection, head, body or b"", patience)

    def without_key(self, said: bytes) -> bytes:
        """What the upstream says, with a mask for the key where it repeats that."""
        return said.replace(self._key.encode(), MASK.encode())

    async def _send_over(
        self, connection: Connection, head: bytes, body: bytes, patience: float
    ) -> Reply:
        protocol = connection.protocol
        assert protocol is not None  # noqa: S101 - a connection that was just handed out
        writer = late = None
        try:
            protocol.set_response_params(
                read_until_eof=True,
                auto_decompress=False,
                read_bufsize=_READ_SIZE,
                max_line_size=_HEAD_LIMIT,
                max_field_size=_HEAD_LIMIT,
            )
            writer = write_request(protocol, head, body)
            # A third of the price of asyncio.timeout, for the same.
            late = asyncio.get_running_loop().call_later(
                patience, protocol.set_exception, TimeoutError()
            )
            message, payload = await final_answer(protocol)
            late.cancel()
        except BaseException as error:
            for waiting in (writer, late):
                if waiting:
                    waiting.cancel()
            connection.close()
            if isinstance(error, TimeoutError):
                raise Unreachable(_no_answer(patience)) from error
            if isinstance(error, HttpProcessingError):
                raise Unreachable(_bad_gateway("the upstream's answer is no HTTP")) from error
            if isinstance(error, CUT):
                words = "the upstream closed the connection before it answered"
                raise Unreachable(_bad_gateway(words), closed=True) from error
            raise
        self._kept.add(protocol)
        return Reply(connection, message.code, message.raw_headers, payload, writer)

    async def _connect_anew(self) -> Connection:
        """A connection that was not kept: where one of those is closed, the others may be."""
        while (connection := await self._connect()).protocol in self._kept:
            connection.close()
        return connection

    async def _connect(self) -> Connection:
        try:
            connection = await self._connector.connect(self._ask, [], self._timeout)
            # What an upstream said unasked must not be taken for the next answer.
            while connection.protocol is None or connection.protocol.should_close:
                connection.close()
                connection = await self._connector.connect(self._ask, [], self._timeout)
        except (
            client_exceptions.ClientConnectorCertificateError,
            client_exceptions.ClientConnectorSSLError,
        ) as error:
            words = f"the upstream {self._host} has no certificate that this machine trusts"
            raise Unreachable(Fault(502, words, retryable=False, retry_after=None)) from error
        except (*CUT, TimeoutError) as error:
            words = f"the upstream {self._host} cannot be reached"
            raise Unreachable(_bad_gateway(words)) from error
        return connection


def find_proxy(url: URL) -> URL | None:
    """The proxy that the environment (on macOS and Windows also the system) names for `url`.

    What is on this machine is never asked for through one.
    """
    host = url.host or ""
    if is_loopback(host) or proxy_bypass(f"{host}:{url.port}"):
        return None
    proxies = getproxies()
    named = proxies.get(url.scheme) or proxies.get("all")
    return URL(named) if named else None


def _no_answer(patience: float) -> Fault:
    words = f"the upstream gave no answer within {patience:.0f} s"
    return Fault(504, words, retryable=True, retry_after=None)


def _bad_gateway(words: str) -> Fault:
    return Fault(502, words, retryable=True, retry_after=None)
