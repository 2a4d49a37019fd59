"""aiohttp's connections to an upstream, with what a forwarding proxy needs of them besides."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from functools import partial

from aiohttp import TCPConnector, client_exceptions, connector
from aiohttp.client_proto import ResponseHandler
from aiohttp.http import RawResponseMessage
from aiohttp.http_exceptions import HttpProcessingError
from aiohttp.streams import StreamReader

_KEPT = 30.0  # seconds that a connection is kept for the next request
_JOINED = 1 << 18  # bytes; a bigger body is written beside its head, while the answer is awaited
_SLICE = 1 << 18

_INTERIM = 20  # answers such as 100 Continue before the one that counts
_GO_ON = frozenset({100, 102, 103})

CUT = (
    client_exceptions.ClientError,
    HttpProcessingError,
    asyncio.IncompleteReadError,
    ConnectionError,
    OSError,
)
"""What aiohttp raises where a connection breaks or an answer is no HTTP."""


class Arrivals(ResponseHandler):
    """A connection that tells when something of an answer has arrived."""

    move: Callable[[], None] | None = None

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self._exception is not None and self._payload and not self._payload.is_eof():
            # Of a chunk that is none aiohttp tells nobody who reads the body already.
            self._payload.set_exception(self._exception)
        if self.move:
            self.move()

    def resume_reading(self, resume_parser: bool = True) -> None:
        # aiohttp asks for this after every piece that is taken, and has its parser look each time.
        if self._reading_paused:
            super().resume_reading(resume_parser)

    def connection_lost(self, exc: BaseException | None) -> None:
        super().connection_lost(exc)
        if self.move:
            self.move()


# aiohttp's context that checks no certificate: nobody shall reach it, nor pay for what it holds.
connector._SSL_CONTEXT_UNVERIFIED = None  # type: ignore[assignment]  # noqa: SLF001


class Connector(TCPConnector):
    """A pool of such connections, as many as are asked for."""

    def __init__(self) -> None:
        super().__init__(limit=0, keepalive_timeout=_KEPT)
        self._factory = partial(Arrivals, loop=self._loop)  # type: ignore[assignment]


async def final_answer(protocol: ResponseHandler) -> tuple[RawResponseMessage, StreamReader]:
    """The answer that counts, after any that only say to go on. Raises what CUT lists."""
    for _ in range(_INTERIM):
        message, payload = await protocol.read()
        if message.code not in _GO_ON:
            break
    if message.code < 200:  # noqa: PLR2004
        raise HttpProcessingError(message="no answer but interim ones")
    return message, payload


def write_request(
    protocol: ResponseHandler, head: bytes, body: bytes
) -> "asyncio.Task[None] | None":
    """Write a request; what goes on writing a big one, while its answer is awaited."""
    transport = protocol.transport
    if transport is None or transport.is_closing():
        raise ConnectionResetError
    if len(body) <= _JOINED:
        transport.write(head + body)
        return None
    transport.write(head)
    return asyncio.ensure_future(_write_slices(protocol, body))


async def _write_slices(protocol: ResponseHandler, body: bytes) -> None:
    """Write a big body no faster than it is taken; a broken connection shows where it is read."""
    view = memoryview(body)
    with suppress(ConnectionError):
        for start in range(0, len(view), _SLICE):
            if protocol.transport is None:
                return
            protocol.transport.write(view[start : start + _SLICE])
            await protocol._drain_helper()  # noqa: SLF001 - its own flow control, without a stream
