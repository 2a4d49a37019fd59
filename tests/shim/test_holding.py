"""A stream of nothing but keep-alives: held back for a while, and then handed on."""

import asyncio
import functools
import time

import pytest
from aiohttp import web
from playing import COMMENT, Case, Got, events, good_body, play
from scripted import LAST_CHUNK, STREAM_HEAD, Scripted, Step, chunk, close, script, scripted, wait

from confgen.shim import reading
from confgen.shim.exchange import Asked, Exchange, Service
from confgen.shim.forward import Forwarder
from confgen.shim.headers import Headers
from confgen.shim.inject import inject
from confgen.shim.policy import Pin, Policy
from confgen.shim.retry import Retries
from confgen.shim.routes import find_route
from confgen.shim.upstream import Upstream

PIN = Pin("a/model", {"only": ["fireworks"]})
POLICY = Policy("default", "enforce", PIN, PIN)
WHOLE = good_body("chat", stream=True)


async def forwarded(upstream: Scripted, name: str, case: Case) -> tuple[Got, str]:
    """What a client gets from a forwarder alone, and the outcome of the exchange."""
    loop = asyncio.get_running_loop()
    exchanges: list[Exchange] = []
    async with Upstream(upstream.root, "key") as way:
        forwarder = Forwarder(Retries(0, 0), patience=10, idle=10)

        async def handle(request: web.BaseRequest) -> web.StreamResponse:
            task = asyncio.current_task()
            assert task
            route = find_route(request.method, request.raw_path)
            service = Service("default", POLICY, way)
            headers = Headers(request.raw_headers)
            asked = Asked(request, headers, route, service, time.time(), "curl")
            injected = inject(await request.read(), POLICY)
            exchanges.append(Exchange(asked, injected, loop.time(), task))
            return await forwarder.forward(exchanges[0])

        server = await loop.create_server(web.Server(handle), "127.0.0.1", 0)
        async with server:
            port = server.sockets[0].getsockname()[1]
            got = await asyncio.to_thread(functools.partial(play, port, upstream, name, case))
    return got, exchanges[0].outcome


SILENCES = {
    "long": ("HOLD", 0.3, (chunk(COMMENT), wait(0.2)) * 3),
    "of many bytes": ("HELD", 3 * len(COMMENT), (chunk(COMMENT * 3), wait(0.2))),
}
"""Which of the limits they are beyond."""


@pytest.mark.parametrize(("limit", "value", "silence"), SILENCES.values(), ids=SILENCES)
@pytest.mark.parametrize(
    ("rest", "ends", "outcome"),
    [
        ((chunk(WHOLE), LAST_CHUNK), WHOLE, "ok"),
        ((chunk(b"data: [DONE]\n\n"), LAST_CHUNK), b"data: [DONE]\n\n", "empty"),
        ((LAST_CHUNK,), None, "cut"),
        ((close,), None, "cut"),
    ],
    ids=["an answer", "an end", "no end", "a cut"],
)
def test_what_follows_silence(
    monkeypatch: pytest.MonkeyPatch,
    limit: str,
    value: float,
    silence: tuple[bytes | Step, ...],
    rest: tuple[bytes | Step, ...],
    ends: bytes | None,
    outcome: str,
) -> None:
    monkeypatch.setattr(reading, limit, value)
    case = Case("chat", True, (script(STREAM_HEAD, *silence, *rest),))
    with scripted() as upstream:
        got, told = asyncio.run(forwarded(upstream, "silence", case))
    assert (got.answer.status, got.complete, told) == (200, True, outcome)
    said = got.answer.body.removeprefix(COMMENT * 3)
    if ends is None:
        (last,) = events(said)
        assert last.content["error"]["message"]
    else:
        assert said == ends
