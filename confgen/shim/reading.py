"""Reading what an upstream answers, before any of it goes to the client."""

import math
from collections.abc import Callable

from confgen.shim.connections import CUT
from confgen.shim.exchange import Exchange
from confgen.shim.seen import EMPTY
from confgen.shim.stream import Watch
from confgen.shim.trouble import Broken, Failed
from confgen.shim.upstream import Reply

HOLD = 60.0
"""Seconds for which a stream of nothing but keep-alives is held back. OpenCode, Claude Code and
OpenHands wait five minutes and more for the head of an answer; once it has gone, an answer that
turns out empty could not be tried for again."""

HELD = 1 << 20
"""Bytes of it that are held back at most."""


async def hold(
    exchange: Exchange, reply: Reply, watch: Watch, readable: Callable[[bytes], bytes]
) -> list[bytes] | Failed:
    """Read until the answer has begun; what came so far, or why it is none.

    Raises Broken, Stalled, Stopping.
    """
    held: list[bytes] = []
    size = 0
    release = exchange.clock.time() + HOLD
    while not watch.begun and exchange.clock.time() < release and size < HELD:
        chunk = await _read(exchange, reply)
        size += len(chunk)
        if chunk:
            watch.feed(readable(chunk))
            held.append(chunk)
        else:
            watch.end()
        if watch.fault:
            return Failed(watch.fault, "error")
        if not chunk or (watch.finished and not watch.begun):
            return Failed(EMPTY, "empty")
    return held


async def read_all(exchange: Exchange, reply: Reply, limit: int) -> bytes:
    """The whole answer. Raises Broken where it has more than `limit` bytes, Stalled, Stopping."""
    parts: list[bytes] = []
    size = 0
    while part := await _read(exchange, reply):
        parts.append(part)
        size += len(part)
        if size > limit:
            raise Broken
    return parts[0] if len(parts) == 1 else b"".join(parts)


async def _read(exchange: Exchange, reply: Reply) -> bytes:
    """The next bytes of the answer, none at its end."""
    exchange.waiting_since = exchange.clock.time()
    try:
        return await reply.body.readany()
    except CUT as error:
        raise Broken from error
    finally:
        exchange.waiting_since = math.inf
