"""A loopback OpenRouter: records every request and answers in the dialect that was asked for."""

import contextlib
import json
import threading
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from answers import Reply, Step, answer, offered_tools

HELD_BACK = 2  # events of a stream: its end, but none of its text
GATE_PATIENCE = 60  # seconds


@dataclass(frozen=True, slots=True)
class Request:
    """One request as it arrived; header names are lower case."""

    method: str
    path: str
    headers: tuple[tuple[str, str], ...]
    body: dict[str, Any]

    @property
    def credentials(self) -> frozenset[str]:
        """Every key that the request carries, without the word Bearer."""
        return frozenset(
            value.removeprefix("Bearer ")
            for name, value in self.headers
            if name in {"authorization", "x-api-key"}
        )

    @property
    def gist(self) -> tuple[str, str, object, list[str]]:
        """What a pin is judged by: path, model, provider and keys."""
        body = self.body
        return self.path, body.get("model", ""), body.get("provider"), sorted(self.credentials)


@dataclass(frozen=True, slots=True)
class Expected:
    """What each request of a pinned harness carries: one of the models, the pin, one key."""

    models: frozenset[str]
    provider: dict[str, Any]
    key: str

    def met_by(self, request: Request) -> bool:
        """True only for the exact provider object, a known model, and this key alone."""
        return (
            request.body.get("provider") == self.provider
            and request.body.get("model") in self.models
            and request.credentials == {self.key}
        )


def _open_gate() -> threading.Event:
    gate = threading.Event()
    gate.set()
    return gate


@dataclass(slots=True)
class Capture:
    """Requests in order of arrival, and the steps that are still to be played.

    While `gate` is cleared, streams stop short of their last events. `refusal`, where there is one,
    answers every POST instead.
    """

    root: str
    requests: list[Request] = field(default_factory=list)
    script: deque[Step] = field(default_factory=deque)
    gate: threading.Event = field(default_factory=_open_gate)
    refusal: tuple[int, bytes] | None = None

    @property
    def posts(self) -> tuple[Request, ...]:
        return tuple(request for request in self.requests if request.method == "POST")

    def reply(self, body: dict[str, Any]) -> Reply:
        """The next step for a request that offers its tool, else text, as for a title."""
        offered = offered_tools(body)
        for call in self.script[0] if self.script else ():
            if call.name in offered:
                self.script.popleft()
                return call
        return "Hello from the capture."


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.capture = Capture(root=f"http://127.0.0.1:{self.server_address[1]}/api")
        self.lock = threading.Lock()

    def handle_error(self, *_: object) -> None:
        """A client that hangs up is no failure of the test."""


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Server

    def do_GET(self) -> None:
        self._record({})
        found = self.path.partition("?")[0].endswith("/models")
        self._send(200 if found else 404, "application/json", b'{"data": []}')

    do_HEAD = do_GET  # noqa: N815 - the name is http.server's

    def do_POST(self) -> None:
        raw = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        body = json.loads(raw or b"{}")
        self._record(body)
        if self.server.capture.refusal:
            status, error = self.server.capture.refusal
            self._send(status, "application/json", error)
            return
        with self.server.lock:
            reply = self.server.capture.reply(body)
        asked = self.headers.get("X-OpenRouter-Metadata") == "enabled"
        status, kind, pieces = answer(self.path.partition("?")[0], body, reply, metadata=asked)
        if kind == "text/event-stream":
            self._stream(pieces)
        else:
            self._send(status, kind, b"".join(pieces))

    def _record(self, body: dict[str, Any]) -> None:
        headers = tuple((name.lower(), value) for name, value in self.headers.items())
        request = Request(self.command, self.path, headers, body)
        with self.server.lock:
            self.server.capture.requests.append(request)

    def _send(self, status: int, kind: str, payload: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(payload)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(payload)

    def _stream(self, events: Sequence[bytes]) -> None:
        """Send the events one by one; the last two wait for the capture's gate."""
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for left, event in zip(range(len(events), 0, -1), events, strict=True):
            if left == HELD_BACK:
                self.server.capture.gate.wait(GATE_PATIENCE)
            self.wfile.write(b"%x\r\n%b\r\n" % (len(event), event))
        self.wfile.write(b"0\r\n\r\n")

    def log_message(self, *_: object) -> None:
        """The requests are the log."""


@contextlib.contextmanager
def serving() -> Iterator[Capture]:
    """A capture on a free port for as long as the block runs."""
    with Server() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield server.capture
        finally:
            server.shutdown()
            thread.join()
