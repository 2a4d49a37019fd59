"""One request of a client, from its arrival to the end of its answer."""

import asyncio
import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from aiohttp import HttpVersion11
from aiohttp.abc import AbstractStreamWriter
from aiohttp.web_request import BaseRequest
from aiohttp.web_response import Response, StreamResponse

from confgen.shim.headers import Headers
from confgen.shim.inject import Injected
from confgen.shim.ledger import Outcome
from confgen.shim.policy import Policy
from confgen.shim.routes import Route
from confgen.shim.seen import NOTHING_SEEN, Seen
from confgen.shim.upstream import Reply, Upstream

_HIGH_WATER = 1 << 16
"""Bytes that may wait for a slow client before its upstream has to wait too."""


class Service(NamedTuple):
    """What one profile's requests are held to, and where they go."""

    profile: str
    policy: Policy
    upstream: Upstream

    def describe(self) -> dict[str, object]:
        """What `/config` tells of it: no key, no token."""
        policy = self.policy
        return {
            "mode": policy.mode,
            "model": policy.main.model,
            "provider": dict(policy.main.provider),
            "unknown_models": policy.unknown,
            "rules": [
                {"match": rule.pattern, "model": rule.model, "provider": dict(rule.provider)}
                for rule in policy.rules
            ],
            "upstream": self.upstream.root,
        }


class Asked(NamedTuple):
    """What a client asks for, and of whom; `time` is that of its arrival, in Unix seconds.

    `harness` is the client's name, as the ledger keeps it.
    """

    request: BaseRequest
    headers: Headers
    route: Route
    service: Service
    time: float
    harness: str


@dataclass(slots=True, eq=False)
class Exchange:
    """A request that may be forwarded, and what becomes of it. Times are of the loop's clock.

    `waiting_since` is when the shim began to wait for the upstream's next byte, infinite while it
    waits for none. `stopping` says that the shim ends this exchange itself.
    """

    asked: Asked
    injected: Injected
    started: float
    task: "asyncio.Task[object]"
    tries: int = 0
    status: int = 0
    first_byte: float | None = None
    waiting_since: float = math.inf
    reply: Reply | None = None
    seen: Seen = NOTHING_SEEN
    outcome: Outcome = "ok"
    stopping: bool = False
    _mark: int | None = None
    clock: asyncio.AbstractEventLoop = field(default_factory=asyncio.get_running_loop)

    @property
    def mark(self) -> int:
        """What requests with the same body share."""
        return hash(self.injected.body) if self._mark is None else self._mark

    @property
    def begun(self) -> bool:
        """Whether the client has had the first byte of its answer."""
        return self.first_byte is not None

    def whole(self, status: int, body: bytes, headers: Iterable[tuple[str, str]]) -> StreamResponse:
        """An answer that is known to its end."""
        self.status, self.first_byte = status, self.clock.time()
        answer = Response(status=status, body=body)
        answer.headers.extend(headers)
        return answer

    async def begin(self, answer: StreamResponse) -> AbstractStreamWriter:
        """Send the head of an answer that comes in pieces."""
        self.status, self.first_byte = answer.status, self.clock.time()
        # Nothing is sent again from here on, and a stream may last for minutes.
        self._mark, self.injected = self.mark, self.injected._replace(body=b"")
        writer = await answer.prepare(self.asked.request)
        if writer is None:
            raise RuntimeError("an answer begins once")
        return writer

    def chunk_writer(self) -> tuple[Callable[[bytes], None], Callable[[], bool]]:
        """What writes a piece of an answer that has begun, and what tells of a slow client."""
        transport = self.asked.request.transport
        if transport is None:
            raise ConnectionResetError
        send, waiting = transport.write, transport.get_write_buffer_size
        chunked = self.asked.request.version >= HttpVersion11

        def write(chunk: bytes) -> None:
            send(b"%x\r\n%b\r\n" % (len(chunk), chunk) if chunked else chunk)

        return write, lambda: waiting() > _HIGH_WATER

    def drop_reply(self) -> None:
        """Break with the upstream, which stops working, unless its answer was read to its end."""
        if self.reply is not None:
            reply, self.reply = self.reply, None
            if reply.ended:
                reply.release()
            else:
                reply.close()

    def abort(self) -> None:
        """Break with the client."""
        if self.asked.request.transport is not None:
            self.asked.request.transport.abort()
