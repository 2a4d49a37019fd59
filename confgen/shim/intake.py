"""Taking in the body of a request: not too much of it, and not for ever."""

import asyncio
from collections.abc import Awaitable
from typing import NamedTuple, TypeVar

from aiohttp.web_request import BaseRequest

from confgen.shim.headers import Headers
from confgen.shim.refusal import Refusal

_T = TypeVar("_T")
_GO_ON = b"HTTP/1.1 100 Continue\r\n\r\n"
_SMALL = 1 << 18
"""Bytes of a body for which waiting for its end once is cheaper than for each piece of it."""


class Intake(NamedTuple):
    """At most `limit` bytes, and `patience` seconds between two pieces of them.

    The patience is for a client that has stalled, and for chunks that break off being chunks in
    the middle: of those aiohttp 3.14 tells nobody who waits for the next one.
    """

    limit: int
    patience: float

    async def read(self, request: BaseRequest, headers: Headers) -> bytes | bytearray:
        """The body, held once. Raises Refusal with 408, 413 or 415."""
        if headers.every(b"content-encoding"):
            raise Refusal(415, "the shim reads no compressed requests: send the body as it is")
        if (request.content_length or 0) > self.limit:
            raise self._too_large()
        if (headers.first(b"expect") or "").lower() == "100-continue" and request.transport:
            request.transport.write(_GO_ON)
        content = request.content
        if not content.is_eof() and 0 < (request.content_length or 0) <= _SMALL:
            await self._in_time(content.wait_eof())
        if content.is_eof():
            whole = content.read_nowait()
            if len(whole) <= self.limit:
                return whole
            raise self._too_large()
        body = bytearray()
        while len(body) <= self.limit:
            piece = await self._in_time(content.readany())
            if not piece:
                return body
            body += piece
        raise self._too_large()

    async def _in_time(self, coming: Awaitable[_T]) -> _T:
        try:
            async with asyncio.timeout(self.patience):
                return await coming
        except TimeoutError:
            raise Refusal(408, "the rest of the request did not come") from None

    def _too_large(self) -> Refusal:
        return Refusal(413, f"the request is larger than the shim's limit, {self.limit} bytes")
