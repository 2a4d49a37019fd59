"""The capture on a socket of this machine: it takes any request, and records it as it came."""

import contextlib
import ipaddress
import json
import re
import threading
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from confgen.proof.capture.address import meant_for, stand_in
from confgen.proof.capture.answers import answer
from confgen.proof.capture.request import Request
from confgen.proof.capture.script import Reply, Step, play

LONGEST_BODY = 64 * 1024 * 1024  # bytes
MOST_REQUESTS = 2000
"""A client that asks for ever has shown by then what it sends."""

_HELD_BACK = 2  # events of a stream: its end, but none of its text
_GATE_PATIENCE = 60  # seconds
_IDLE = 300  # seconds without a byte of a request that has begun
_PIECE = 64 * 1024
_CHUNK_SIZE = re.compile(rb"[0-9A-Fa-f]{1,16}")


def _open_gate() -> threading.Event:
    gate = threading.Event()
    gate.set()
    return gate


@dataclass(slots=True)
class Capture:
    """Requests in order of arrival, and the steps that are still to be played.

    `address` is where it listens, without a path. While `gate` is cleared, streams stop short of
    their last events. `refusal`, a status and a body, answers in place of every model. `overrun`
    says that there were more requests than it has kept.
    """

    address: str
    requests: list[Request] = field(default_factory=list)
    script: deque[Step] = field(default_factory=deque)
    gate: threading.Event = field(default_factory=_open_gate)
    lock: threading.Lock = field(default_factory=threading.Lock)
    refusal: tuple[int, bytes] | None = None
    overrun: bool = False

    @property
    def asked(self) -> tuple[Request, ...]:
        """The requests that a model was to answer."""
        with self.lock:
            return tuple(request for request in self.requests if request.asks_model)

    def stand_in(self, url: str) -> str:
        """The address here that stands for `url`."""
        return stand_in(url, self.address)

    def record(self, request: Request) -> bool:
        """Keep a request; False where there have been too many."""
        with self.lock:
            if len(self.requests) >= MOST_REQUESTS:
                self.overrun = True
                return False
            self.requests.append(request)
            return True

    def reply(self, body: Mapping[str, Any]) -> Reply:
        with self.lock:
            return play(self.script, body)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.capture = Capture(address=f"http://127.0.0.1:{self.server_address[1]}")

    def handle_error(self, *_: object) -> None:
        """A client that hangs up is no failure of ours."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = _IDLE
    server: _Server

    def do_GET(self) -> None:
        if self._received():
            found = self.path.partition("?")[0].endswith(("/models", "/model/info"))
            self._send(200 if found else 404, "application/json", b'{"data": []}')

    do_HEAD = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = do_GET  # noqa: N815 - http.server's names

    def do_CONNECT(self) -> None:
        """A tunnel to elsewhere: told of, never dug."""
        self.server.capture.record(Request("CONNECT", self.path, self._headers(), {}, proxied=True))
        self._refuse(403, "nothing leaves this machine")

    def do_POST(self) -> None:
        request = self._received()
        if request is None:
            return
        if not request.readable:
            self._refuse(400, "the body is no JSON object")
            return
        if request.path.endswith("/count_tokens"):
            self._send(200, "application/json", b'{"input_tokens": 9}')
            return
        if self.server.capture.refusal:
            code, error = self.server.capture.refusal
            self._send(code, "application/json", error)
            return
        reply = self.server.capture.reply(request.body)
        metadata = self.headers.get("X-OpenRouter-Metadata") == "enabled"
        status, kind, pieces = answer(request.path, request.body, reply, metadata=metadata)
        if kind == "text/event-stream":
            self._stream(pieces)
        else:
            self._send(status, kind, b"".join(pieces))

    def _received(self) -> Request | None:
        """The request, recorded; None where it has been refused already."""
        proxied = not self.path.startswith("/")
        host = self.headers.get("Host", "")
        if not proxied and not _is_loopback(host):
            # Where its address led does not say where it would have been served.
            there = f"http://{host}{self.path}"
            self.server.capture.record(
                Request(self.command, there, self._headers(), {}, True, True)
            )
            self._refuse(421, "this is a capture on loopback: the request is meant for another")
            return None
        url = self.path if proxied else meant_for(self.path) or self._unmeant()
        raw = self._body()
        if raw is None:
            self.server.capture.record(Request(self.command, url, self._headers(), {}, False))
            self._refuse(413, "the body is too long, or not framed as it should be")
            return None
        body = _object(raw)
        request = Request(self.command, url, self._headers(), body or {}, body is not None, proxied)
        if not self.server.capture.record(request):
            self._refuse(503, "there have been too many requests")
            return None
        if proxied:
            self._refuse(403, "nothing leaves this machine")
            return None
        return request

    def _unmeant(self) -> str:
        """The address of a request that came to the capture itself."""
        return f"{self.server.capture.address}{self.path}"

    def _headers(self) -> tuple[tuple[str, str], ...]:
        return tuple((name.lower(), value) for name, value in self.headers.items())

    def _body(self) -> bytes | None:
        """The whole body; None where it is longer than LONGEST_BODY, or its length is not told."""
        if "chunked" in self.headers.get("Transfer-Encoding", "").lower():
            return self._chunks()
        length = self.headers.get("Content-Length", "0")
        if not length.isdecimal() or int(length) > LONGEST_BODY:
            return None
        return self.rfile.read(int(length))

    def _chunks(self) -> bytes | None:
        pieces: list[bytes] = []
        left = LONGEST_BODY
        while True:
            told = self.rfile.readline(64).partition(b";")[0].strip()
            if not _CHUNK_SIZE.fullmatch(told):
                return None
            size = int(told, 16)
            left -= size
            if left < 0:
                return None
            if size == 0:
                while self.rfile.readline(_PIECE).strip():
                    pass
                return b"".join(pieces)
            pieces.append(self.rfile.read(size))
            self.rfile.readline(2)

    def _refuse(self, status: int, message: str) -> None:
        self.close_connection = True
        error = {"error": {"code": status, "message": message}}
        self._send(status, "application/json", json.dumps(error).encode())

    def _send(self, status: int, kind: str, payload: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(payload)))
        if self.close_connection:
            self.send_header("Connection", "close")
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
            if left == _HELD_BACK:
                self.server.capture.gate.wait(_GATE_PATIENCE)
            self.wfile.write(b"%x\r\n%b\r\n" % (len(event), event))
        self.wfile.write(b"0\r\n\r\n")

    def log_message(self, *_: object) -> None:
        """The requests are the log."""


def _object(raw: bytes) -> Mapping[str, Any] | None:
    try:
        body = json.loads(raw, object_pairs_hook=_once) if raw else {}
    except (ValueError, RecursionError):
        return None
    return body if isinstance(body, dict) else None


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object. ValueError where it has a key twice: some readers take the one, some the other."""
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a key stands twice")
    return found


def _is_loopback(host: str) -> bool:
    """Whether a Host header names this machine: no page in a browser may speak to the capture."""
    name = host.partition("]")[0].lstrip("[") if host.startswith("[") else host.partition(":")[0]
    if name.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


@contextlib.contextmanager
def serving() -> Iterator[Capture]:
    """A capture on a free port for as long as the block runs."""
    with _Server() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield server.capture
        finally:
            server.shutdown()
            thread.join()
