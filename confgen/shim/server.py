"""The shim as a server: accepts, checks, routes, and records what became of each request."""

import asyncio
import json
import time
from collections.abc import Mapping
from http import HTTPStatus

from aiohttp.web_protocol import RequestHandler
from aiohttp.web_request import BaseRequest
from aiohttp.web_response import Response, StreamResponse
from aiohttp.web_server import Server as LowLevelServer

from confgen import __version__
from confgen.shim.access import Access
from confgen.shim.bookkeeping import (
    entry_of,
    failure_line,
    leak_line,
    log_line,
    refusal_line,
    refused_entry,
)
from confgen.shim.callers import Callers
from confgen.shim.count_tokens import count_tokens
from confgen.shim.dialect import Dialect, error_body
from confgen.shim.exchange import Asked, Exchange, Service
from confgen.shim.forward import Forwarder
from confgen.shim.headers import Headers, holds_key
from confgen.shim.inject import Injected, inject
from confgen.shim.intake import Intake
from confgen.shim.ledger import Entry, Ledger
from confgen.shim.log import Log
from confgen.shim.policy import Pin, Policy
from confgen.shim.record import Running
from confgen.shim.refusal import Refusal, shown
from confgen.shim.routes import Route, find_route, guess_dialect

_HEADER_LIMIT = 1 << 15  # bytes of one header
_READ_SIZE = 1 << 18
IDLE = 75.0  # seconds that a client's connection may wait for its next request
_NO_BODY = Injected(b"", "", Pin("", {}), stream=False)


class Shim:
    """Answers every request of the shim's port.

    `services` are by profile, the first of them for paths that name none.
    """

    def __init__(
        self,
        services: Mapping[str, Service],
        access: Access,
        forwarder: Forwarder,
        ledger: Ledger,
        *,
        callers: Callers,
        intake: Intake,
        running: Running,
        log: Log,
    ) -> None:
        self._services = services
        self._default = next(iter(services))
        self._access = access
        self._forwarder = forwarder
        self._ledger = ledger
        self._callers = callers
        self._intake = intake
        self._identity = running.id
        self._stop_key = Access((running.stop_key.encode(),))
        self._log = log
        self._clock = asyncio.get_running_loop().time
        self.stopped = asyncio.Event()
        self._leaks = 0

    async def handle(self, request: BaseRequest) -> StreamResponse:
        headers = Headers(request.raw_headers)
        dialect = guess_dialect(request.raw_path)
        try:
            self._access.check_origin(headers)
            _refuse_key(request.raw_path)
            route = find_route(request.method, request.raw_path)
            dialect = route.dialect
            return await self._answer(request, headers, route)
        except Refusal as refusal:
            if self._log.shows("info"):
                self._log.tell("info", refusal_line(self._callers.harness(headers), refusal))
            return _refused(refusal, dialect)
        except ConnectionError:
            raise
        except Exception as error:
            self._log.tell("error", failure_line(error))
            raise

    async def _answer(self, request: BaseRequest, headers: Headers, route: Route) -> StreamResponse:
        match route.kind:
            case "health":
                return _json({"status": "ok", "version": __version__, "id": self._identity})
            case "version":
                return _json({"version": __version__})
            case "hello":
                return Response()
            case "stop":
                self._stop_key.check_token(headers)
                self.stopped.set()
                return _json({"status": "stopping"})
        self._access.check_token(headers)
        if route.kind == "config":
            return _json(self._config())
        service, harness = self._service(route), self._callers.harness(headers)
        asked = Asked(request, headers, route, service, time.time(), harness)
        match route.kind:
            case "read":
                return await self._forwarder.read(self._exchange(asked, _NO_BODY))
            case "count":
                return _counted(await self._intake.read(request, headers), asked.service.policy)
        return await self._forward(asked)

    async def _forward(self, asked: Asked) -> StreamResponse:
        session = None
        if asked.route.dialect != "embeddings":
            session = self._callers.session(asked.headers)
        try:
            # The body as it came is held by nothing once the pin is in it.
            body = self._intake.read(asked.request, asked.headers)
            injected = inject(await body, asked.service.policy, session=session)
        except Refusal as refusal:
            self._record(refused_entry(asked, refusal.status))
            raise
        exchange = self._exchange(asked, injected)
        try:
            return await self._forwarder.forward(exchange)
        except Refusal as refusal:
            exchange.outcome, exchange.status = "refused", refusal.status
            raise
        finally:
            self._record(entry_of(exchange, self._clock()))

    def _exchange(self, asked: Asked, injected: Injected) -> Exchange:
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 - a handler runs in a task
        return Exchange(asked, injected, self._clock(), task)

    def _service(self, route: Route) -> Service:
        name = self._default if route.profile is None else route.profile
        try:
            return self._services[name]
        except KeyError:
            known = ", ".join(self._services)
            raise Refusal(
                404,
                f"the shim has no profile {shown(name)}, only {known}: "
                "restart it if confgen.toml has changed",
            ) from None

    def _config(self) -> dict[str, object]:
        return {
            "version": __version__,
            "profile": self._default,
            "leaks": self._leaks,
            "profiles": {name: service.describe() for name, service in self._services.items()},
        }

    def _record(self, entry: Entry) -> None:
        self._ledger.add(entry)
        if entry.leak:
            self._leaks += 1
            self._log.tell("error", leak_line(entry))
        # A refusal is told where it is answered, with its reason.
        if entry.outcome != "refused" and self._log.shows("info"):
            self._log.tell("info", log_line(entry))


class Server(LowLevelServer):
    """aiohttp's low-level server, whose own errors are told in the dialect of the caller too."""

    def __init__(self, shim: Shim) -> None:
        super().__init__(
            shim.handle,
            handler_cancellation=True,
            access_log=None,
            auto_decompress=False,
            read_bufsize=_READ_SIZE,
            max_line_size=_HEADER_LIMIT,
            max_field_size=_HEADER_LIMIT,
            tcp_keepalive=True,
            keepalive_timeout=IDLE,
        )

    def __call__(self) -> RequestHandler:
        return Connection(self, loop=self._loop, **self._kwargs)


class Connection(RequestHandler):
    """One client's connection."""

    __slots__ = ()

    def handle_error(
        self,
        request: BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> StreamResponse:
        """Answer what is no HTTP, or a fault of the shim's own, without a word of its content."""
        del message
        words = "the request cannot be read: it is no proper HTTP, or its head is too large"
        if status >= 500:  # noqa: PLR2004
            name = "TimeoutError" if exc is None else type(exc).__name__
            words = f"the shim failed on this request: {name}"
        return _refused(Refusal(status, words), guess_dialect(request.raw_path), close=True)


def _refused(refusal: Refusal, dialect: Dialect, *, close: bool = False) -> Response:
    answer = Response(
        status=refusal.status,
        body=error_body(dialect, refusal.status, refusal.message),
        headers={"Content-Type": "application/json", "x-should-retry": "false"},
    )
    if close:
        answer.force_close()
    return answer


def _refuse_key(address: str) -> None:
    if holds_key(address.encode("latin-1", "replace")):
        raise Refusal(400, "a key does not belong in an address: send it in a header")


def _json(document: Mapping[str, object]) -> Response:
    return Response(
        body=json.dumps(document).encode(), headers={"Content-Type": "application/json"}
    )


def _counted(body: bytes | bytearray, policy: Policy) -> Response:
    try:
        model = inject(body, policy).pin.model
        return _json({"input_tokens": count_tokens(body, model)})
    except ValueError as error:
        raise Refusal(HTTPStatus.BAD_REQUEST, f"the tokens cannot be counted: {error}") from None
