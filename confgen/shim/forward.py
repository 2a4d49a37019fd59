"""The request path: a pinned request goes upstream, and an answer comes back, or it is tried again.

Until the first byte has gone to the client the shim may retry, or answer with a proper error. After
it, it never does, and ends a broken stream with the error event of its own dialect.
"""

import asyncio
import math
import random
from collections.abc import Awaitable, Callable
from http import HTTPStatus

from aiohttp.web_response import StreamResponse

from confgen.shim.body import UNREADABLE, decode_members
from confgen.shim.coding import as_it_is, decoder
from confgen.shim.connections import CUT
from confgen.shim.dialect import error_body, error_event
from confgen.shim.exchange import Exchange
from confgen.shim.guard import Guard
from confgen.shim.headers import answer_headers
from confgen.shim.reading import hold, read_all
from confgen.shim.relay import Relay
from confgen.shim.retry import LONGEST_WAIT, Retries
from confgen.shim.seen import EMPTY, Fault
from confgen.shim.stream import Watch
from confgen.shim.trouble import STOPPING, WORDS, Broken, Failed, Stalled, Stopping, failed
from confgen.shim.upstream import Reply, Unreachable
from confgen.shim.verdict import judge_answer, judge_error

_PIECE_LIMIT = 1 << 22  # bytes that one piece of a coded stream may become
_ERROR_LIMIT = 1 << 20  # bytes of an upstream's error that are read
_WHOLE_LIMIT = 1 << 26
_LAST_WORDS = 1.0  # seconds to tell clients that the shim ends


class Forwarder:
    """Forwards exchanges, `retries` and `patience` (seconds to the head of an answer) given."""

    def __init__(self, retries: Retries, patience: float, idle: float) -> None:
        self._retries = retries
        self._patience = patience
        self._idle = idle
        self._guard = Guard()
        self._active: set[Exchange] = set()
        self._clock = asyncio.get_running_loop().time

    async def forward(self, exchange: Exchange) -> StreamResponse:
        """Answer one exchange; it holds what became of it afterwards. Raises Refusal."""
        if self._guard.watches:
            self._guard.check(exchange.mark, self._clock())
        try:
            return await self._attend(exchange, self._until_answered)
        finally:
            self._judge(exchange)

    async def read(self, exchange: Exchange) -> StreamResponse:
        """Hand on the answer to a GET as it is, tried for once."""
        return await self._attend(exchange, self._read_once)

    async def watch_idle(self) -> None:
        """Fail, once a second, what has waited too long for the next byte of its answer."""
        while True:
            await asyncio.sleep(min(1.0, self._idle / 4))
            limit = self._clock() - self._idle
            for exchange in self._active:
                if exchange.waiting_since < limit and exchange.reply:
                    exchange.reply.fail(Stalled())

    async def drain(self, grace: float) -> None:
        """Let what is under way end by itself for `grace` seconds, then end it properly."""
        deadline = self._clock() + grace
        await self._until_idle(deadline)
        for exchange in tuple(self._active):
            exchange.stopping = True
            if exchange.begun and exchange.reply:
                exchange.reply.fail(Stopping())
            else:
                exchange.task.cancel()
        await self._until_idle(deadline + _LAST_WORDS)

    async def _until_idle(self, deadline: float) -> None:
        while self._active and self._clock() < deadline:  # noqa: ASYNC110 - once in a life
            await asyncio.sleep(0.02)

    async def _attend(
        self,
        exchange: Exchange,
        answer: Callable[[Exchange], Awaitable[StreamResponse]],
    ) -> StreamResponse:
        """Have an exchange answered, and leave nothing of it behind, however it ends."""
        self._active.add(exchange)
        try:
            return await answer(exchange)
        except asyncio.CancelledError:
            if not exchange.stopping or exchange.begun:
                exchange.outcome = "cancelled"
                raise
            exchange.task.uncancel()
            return self._failure(exchange, Failed(STOPPING, "error"))
        except ConnectionError:
            exchange.outcome = "cancelled"
            raise
        except Exception:
            exchange.outcome, exchange.status = "error", HTTPStatus.INTERNAL_SERVER_ERROR
            raise
        finally:
            self._active.discard(exchange)
            exchange.drop_reply()

    async def _read_once(self, exchange: Exchange) -> StreamResponse:
        exchange.tries = 1
        try:
            reply = exchange.reply = await self._send(exchange, None)
            body = await read_all(exchange, reply, _WHOLE_LIMIT)
        except (Unreachable, Broken, Stalled) as error:
            return self._failure(exchange, failed(error))
        return exchange.whole(reply.status, body, answer_headers(reply.headers))

    async def _until_answered(self, exchange: Exchange) -> StreamResponse:
        while True:
            exchange.tries += 1
            result = await self._try(exchange)
            if not isinstance(result, Failed):
                return result
            exchange.drop_reply()
            spent = self._clock() - exchange.started
            pause = self._retries.pause(exchange.tries, result.fault, spent, random.random())  # noqa: S311
            if pause is None:
                return self._failure(exchange, result)
            await asyncio.sleep(pause)

    async def _try(self, exchange: Exchange) -> StreamResponse | Failed:
        try:
            reply = exchange.reply = await self._send(exchange, exchange.injected.body)
            if not 200 <= reply.status < 300:  # noqa: PLR2004
                return await self._error(exchange, reply)
            if reply.header(b"content-type").lower().startswith("text/event-stream"):
                return await self._stream(exchange, reply)
            return await self._whole(exchange, reply)
        except (Unreachable, Broken, Stalled) as error:
            return failed(error)

    async def _send(self, exchange: Exchange, body: bytes | None) -> Reply:
        upstream, target = exchange.asked.service.upstream, exchange.asked.route.target
        return await upstream.send(target, exchange.asked.headers.raw, body, self._patience)

    async def _error(self, exchange: Exchange, reply: Reply) -> Failed:
        if reply.status > 599:  # noqa: PLR2004
            words = "the upstream answered with a status that does not exist"
            return Failed(Fault(502, words, retryable=True, retry_after=None), "error")
        if 300 <= reply.status < 400:  # noqa: PLR2004
            words = "the upstream redirects elsewhere, which the shim does not follow"
            return Failed(Fault(502, words, retryable=False, retry_after=None), "error")
        body = await read_all(exchange, reply, _ERROR_LIMIT)
        readable = decoder(reply, _ERROR_LIMIT)
        said = exchange.asked.service.upstream.without_key(readable(body) if readable else b"")
        fault = judge_error(reply.status, reply.header(b"retry-after") or None, said)
        return Failed(fault, "error", said if _is_error_json(said) else None)

    async def _whole(self, exchange: Exchange, reply: Reply) -> StreamResponse | Failed:
        body = await read_all(exchange, reply, _WHOLE_LIMIT)
        readable = decoder(reply, _WHOLE_LIMIT)
        if readable:
            fault, exchange.seen = judge_answer(exchange.asked.route.dialect, readable(body))
            if fault:
                return Failed(fault, "empty" if fault == EMPTY else "error")
        return exchange.whole(reply.status, body, answer_headers(reply.headers))

    async def _stream(self, exchange: Exchange, reply: Reply) -> StreamResponse | Failed:
        readable = decoder(reply, _PIECE_LIMIT)
        watch = Watch(exchange.asked.route.dialect)
        try:
            held = [] if readable is None else await hold(exchange, reply, watch, readable)
            if isinstance(held, Failed):
                return held
            return await self._hand_on(exchange, reply, watch, readable, held)
        finally:
            exchange.seen = watch.seen

    async def _hand_on(
        self,
        exchange: Exchange,
        reply: Reply,
        watch: Watch,
        readable: Callable[[bytes], bytes] | None,
        held: list[bytes],
    ) -> StreamResponse:
        """Send what was held back of a stream, the rest as it comes, and a proper end."""
        answer = StreamResponse(status=reply.status)
        answer.headers.extend(answer_headers(reply.headers))
        writer = await exchange.begin(answer)
        if held:
            await writer.write(b"".join(held))
        try:
            await Relay(exchange, reply, _watching(watch, readable)).run(writer)
        except (*CUT, Broken, Stalled, Stopping) as error:
            exchange.outcome = "stalled" if isinstance(error, Stalled) else "cut"
        unread = readable is None and exchange.outcome == "ok"
        last = b"" if unread else _last_words(exchange, watch)
        if last and readable is not as_it_is:
            # Nothing can be said within a coding: break off.
            exchange.abort()
            return answer
        if last:
            await writer.write(last)
        await answer.write_eof()
        return answer

    def _failure(self, exchange: Exchange, tried: Failed) -> StreamResponse:
        """Tell the client, with a status that it handles well, and that it need not try again."""
        exchange.outcome = tried.trouble
        status, dialect = tried.fault.status, exchange.asked.route.dialect
        headers = [("Content-Type", "application/json"), ("x-should-retry", "false")]
        if dialect == "messages" and status == 404:  # noqa: PLR2004
            # Of a 404 Claude Code 2.1.330 hides the message and blames the model's name.
            status = 424
        if tried.fault.retry_after is not None:
            wait = math.ceil(min(tried.fault.retry_after, LONGEST_WAIT))
            headers.append(("Retry-After", str(wait)))
        body = tried.answer or error_body(dialect, status, tried.fault.message)
        return exchange.whole(status, body, headers)

    def _judge(self, exchange: Exchange) -> None:
        """Remember for the guard whether this body is one that fails."""
        if exchange.outcome == "ok":
            if self._guard.watches:
                self._guard.answered(exchange.mark)
        elif exchange.outcome != "cancelled":
            self._guard.failed(exchange.mark, self._clock())


def _last_words(exchange: Exchange, watch: Watch) -> bytes:
    """What ends a stream so that no client takes half an answer for a whole one."""
    whole = watch.finished
    watch.end()
    if watch.finished and not watch.fault:
        exchange.outcome = "ok" if watch.substance else "empty"
        # Its last event may lack the blank line that has clients take it.
        return b"" if whole else b"\n\n"
    if watch.fault:
        exchange.outcome = "error"
    elif exchange.outcome == "ok":
        exchange.outcome = "cut"
    if watch.closed:
        return b""
    words = "the shim is stopping" if exchange.stopping else WORDS[exchange.outcome]
    return error_event(exchange.asked.route.dialect, words)


def _is_error_json(body: bytes) -> bool:
    try:
        return "error" in decode_members(body)
    except UNREADABLE:
        return False


def _watching(watch: Watch, readable: Callable[[bytes], bytes] | None) -> Callable[[bytes], object]:
    """What shows each piece of an answer to the watch; of a coding that is unknown, nothing."""
    if readable is None:
        return len
    if readable is as_it_is:
        return watch.feed
    return lambda piece: watch.feed(readable(piece))
