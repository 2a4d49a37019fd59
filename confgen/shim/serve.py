"""The life of one shim: bind, announce, serve, and stop so that no client is left hanging."""

import asyncio
import errno
import gc
import math
import os
import secrets
import signal
import socket
import sys
import threading
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from confgen import __version__
from confgen.errors import ConfgenError
from confgen.settings import Profile
from confgen.settings.shim import ShimSettings
from confgen.shim.access import Access, is_loopback
from confgen.shim.bookkeeping import trouble_line
from confgen.shim.callers import Callers
from confgen.shim.exchange import Service
from confgen.shim.forward import Forwarder
from confgen.shim.intake import Intake
from confgen.shim.ledger import LEDGER, Ledger
from confgen.shim.log import Log
from confgen.shim.policy import make_policy
from confgen.shim.record import Running, drop_record, running_shims, write_record
from confgen.shim.retry import Retries
from confgen.shim.server import Server, Shim
from confgen.shim.upstream import Upstream

_BACKLOG = 1024
_AT_ONCE = 64
"""Connections taken in one breath: asyncio 3.11 tries so often where no more can be opened."""
_HUSH = 1.0  # seconds between two lines about trouble that belongs to no request

LoopHandler = Callable[[asyncio.AbstractEventLoop, dict[str, Any]], None]


class Serving(NamedTuple):
    """What a shim serves: `profiles`, the default one first. `tokens` is empty where none is asked.

    `callers` tells the harnesses apart. `key` is the upstream's; it stays in this process. `grace`
    is the seconds that answers under way have to end when the shim is stopped. `log_level` is one
    of the log's LEVELS. With `until_stdin_ends` the shim stops when nobody holds the other end of
    its standard input.
    """

    settings: ShimSettings
    profiles: Sequence[Profile]
    callers: Callers
    key: str
    tokens: tuple[str, ...]
    state_folder: Path
    grace: float
    log_level: str
    until_stdin_ends: bool = False


def serve(serving: Serving, announce: Callable[[Running], None]) -> None:
    """Serve until a signal or `confgen shim stop`. Raises ConfgenError where it cannot bind."""
    asyncio.run(_serve(serving, announce))


async def _serve(serving: Serving, announce: Callable[[Running], None]) -> None:
    listening = _bind(serving)
    running = Running(
        pid=os.getpid(),
        host=serving.settings.host,
        port=listening.getsockname()[1],
        version=__version__,
        profile=serving.profiles[0].name,
        started=time.time(),
        id=secrets.token_hex(8),
        stop_key=secrets.token_urlsafe(24),
    )
    async with _parts(serving, running) as (shim, forwarder):
        loop = asyncio.get_running_loop()
        web_server = Server(shim)
        server = await loop.create_server(web_server, sock=listening, backlog=_AT_ONCE)
        listening.listen(_BACKLOG)
        _stop_on_signals(shim.stopped)
        if serving.until_stdin_ends:
            _stop_at_the_end_of_stdin(shim.stopped)
        write_record(serving.state_folder, running)
        try:
            # Whoever started it need not read what it says.
            with suppress(OSError):
                announce(running)
            _settle_memory()
            await shim.stopped.wait()
        finally:
            drop_record(serving.state_folder, running)
            server.close()
            web_server.pre_shutdown()
            await forwarder.drain(serving.grace)
            await web_server.shutdown(1.0)


@asynccontextmanager
async def _parts(serving: Serving, running: Running) -> AsyncIterator[tuple[Shim, Forwarder]]:
    settings = serving.settings
    async with AsyncExitStack() as stack:
        loop = asyncio.get_running_loop()
        log = Log(serving.log_level, sys.stderr, loop.call_later)
        stack.callback(log.close)
        loop.set_exception_handler(_told_now_and_then(log, loop.time))
        ledger = Ledger(
            serving.state_folder / LEDGER,
            keep_days=settings.keep_days,
            report=_threadsafe(loop, partial(log.tell, "warning")),
        )
        stack.push_async_callback(asyncio.to_thread, ledger.close)
        upstreams = {
            root: await stack.enter_async_context(Upstream(root, serving.key))
            for root in dict.fromkeys(profile.upstream for profile in serving.profiles)
        }
        forwarder = Forwarder(
            Retries(settings.retries, settings.retry_budget),
            patience=settings.answer_timeout,
            idle=settings.idle_timeout,
        )
        idle = asyncio.ensure_future(forwarder.watch_idle())
        stack.callback(idle.cancel)
        shim = Shim(
            {
                profile.name: Service(
                    profile.name, make_policy(profile, settings.mode), upstreams[profile.upstream]
                )
                for profile in serving.profiles
            },
            _access(serving),
            forwarder,
            ledger,
            callers=serving.callers,
            intake=Intake(settings.body_limit, settings.idle_timeout),
            running=running,
            log=log,
        )
        yield shim, forwarder


def _told_now_and_then(log: Log, clock: Callable[[], float]) -> LoopHandler:
    """A line now and then of what goes wrong outside of requests, as a lack of descriptors."""
    last = -math.inf

    def tell(_loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        nonlocal last
        if clock() - last >= _HUSH:
            last = clock()
            log.tell("error", trouble_line(context))

    return tell


def _threadsafe(
    loop: asyncio.AbstractEventLoop, tell: Callable[[str], None]
) -> Callable[[str], None]:
    """`tell` for another thread, such as the ledger's."""

    def report(words: str) -> None:
        loop.call_soon_threadsafe(tell, words)

    return report


def _access(serving: Serving) -> Access:
    host = serving.settings.host.lower()
    return Access(
        tuple(token.encode() for token in serving.tokens),
        frozenset({host, socket.gethostname().lower(), "host.docker.internal"}),
        is_open=not is_loopback(host),
    )


def _bind(serving: Serving) -> socket.socket:
    host, port = serving.settings.host, serving.settings.port
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listening = socket.socket(family, kind, protocol)
        # On Windows this option would let another program take the port over.
        if os.name == "posix":
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(address)
        # Of two that bind to one port at the same time this one alone tells the second.
        listening.listen(_BACKLOG)
    except OSError as error:
        raise _cannot_bind(serving, error) from error
    return listening


def _cannot_bind(serving: Serving, error: OSError) -> ConfgenError:
    host, port = serving.settings.host, serving.settings.port
    if error.errno != errno.EADDRINUSE:
        return ConfgenError(
            f"the shim cannot listen there: {error.strerror or error}",
            where=f"{host}:{port}",
            hint="give another --host or --port",
        )
    ours = next((s for s in running_shims(serving.state_folder) if s.port == port), None)
    if ours:
        return ConfgenError(
            f"confgen's shim runs there already (pid {ours.pid}, profile {ours.profile})",
            where=f"{host}:{port}",
            hint="use that one, end it with 'confgen shim stop', or give another --port",
        )
    return ConfgenError(
        "another program has taken the port",
        where=f"{host}:{port}",
        hint="give another --port, and the same as 'port' below [shim] in confgen.toml",
    )


def _stop_on_signals(stopped: asyncio.Event) -> None:
    """The first signal of a kind stops gracefully, a second one ends the process at once.

    What was to be ignored from the start stays so: `nohup` has the shim outlive its terminal.
    """
    loop = asyncio.get_running_loop()

    def stop(number: int) -> None:
        signal.signal(number, signal.SIG_DFL)
        loop.call_soon_threadsafe(stopped.set)

    for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK"):
        number = getattr(signal, name, None)
        if number is None or signal.getsignal(number) is signal.SIG_IGN:
            continue
        with suppress(NotImplementedError):
            loop.add_signal_handler(number, stop, number)
            continue
        signal.signal(number, lambda number, _: stop(number))


def _stop_at_the_end_of_stdin(stopped: asyncio.Event) -> None:
    """Stop as soon as whoever started the shim is gone, however it went."""
    loop = asyncio.get_running_loop()

    def read_all() -> None:
        with suppress(OSError):
            while os.read(0, 4096):
                pass
        # The loop may have come to its end by another way.
        with suppress(RuntimeError):
            loop.call_soon_threadsafe(stopped.set)

    threading.Thread(target=read_all, daemon=True).start()


def _settle_memory() -> None:
    """What was imported stays: no later collection needs to look through it."""
    gc.collect()
    gc.freeze()
