"""Hands a streamed answer on in the same breath in which each of its pieces arrives.

A coroutine that awaits every piece costs two more rounds of the event loop for each: a third of
the whole price of a piece, measured with aiohttp 3.14 on Python 3.11.
"""

import asyncio
import math
from collections.abc import Callable

from aiohttp.abc import AbstractStreamWriter

from confgen.shim.exchange import Exchange
from confgen.shim.upstream import Reply


class Relay:
    """Moves the body of one reply to its client, until the upstream ends.

    `see` is shown every piece; what it raises ends the relay as a broken upstream does.
    """

    __slots__ = (
        "_body", "_clock", "_exchange", "_full", "_more", "_moving", "_news", "_reply", "_see",
        "_send",
    )  # fmt: skip

    def __init__(self, exchange: Exchange, reply: Reply, see: Callable[[bytes], object]) -> None:
        self._exchange = exchange
        self._reply = reply
        self._body = reply.body
        self._see = see
        self._moving = self._more = False
        self._send, self._full = exchange.chunk_writer()
        loop = asyncio.get_running_loop()
        self._clock = loop.time
        self._news: asyncio.Future[bool] = loop.create_future()

    async def run(self, writer: AbstractStreamWriter) -> None:
        """Raises whatever broke the body off."""
        exchange, loop = self._exchange, asyncio.get_running_loop()
        self._reply.on_data(self._move)
        try:
            self._move()
            while not await self._news:
                exchange.waiting_since = math.inf
                await writer.drain()
                self._news = loop.create_future()
                self._move()
        finally:
            exchange.waiting_since = math.inf
            self._reply.on_data(None)

    def _move(self) -> None:
        """Take what has arrived. The news is True at the body's end, False for a slow client."""
        news = self._news
        if self._moving or news.done():
            # Taking a piece can have the parser hand over more, which is taken in its turn.
            self._more = True
            return
        self._moving = self._more = True
        try:
            while self._more:
                self._more = False
                piece = self._body.read_nowait()
                if piece:
                    self._see(piece)
                    self._send(piece)
        except Exception as error:  # noqa: BLE001 - told to whoever runs the relay
            news.set_exception(error)
            return
        finally:
            self._moving = False
        self._exchange.waiting_since = self._clock()
        if self._body.at_eof():
            news.set_result(True)
        elif self._full():
            news.set_result(False)
