"""An upstream that answers well, in the dialect of the path, and records what it was asked."""

import contextlib
import json
import socket
import ssl
import threading
from collections.abc import Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple

GATE_PATIENCE = 60  # seconds
PROVIDER = "Fireworks"
SAID = "Hello."

_SHARED = {"id": "gen-1", "model": "served/model", "provider": PROVIDER}
_CHOICE = {"index": 0, "finish_reason": "stop"}
_BLOCK = {"type": "text", "text": SAID}
_TEXT = {"type": "output_text", "text": SAID, "annotations": []}
_ITEM = {"type": "message", "id": "msg_1", "role": "assistant", "content": [_TEXT]}
_RESPONSE = {**_SHARED, "object": "response", "status": "completed", "output": [_ITEM]}

WHOLE: Mapping[str, Mapping[str, Any]] = {
    "/chat/completions": {
        **_SHARED,
        "object": "chat.completion",
        "choices": [{**_CHOICE, "message": {"role": "assistant", "content": SAID}}],
        "usage": {"prompt_tokens": 9, "completion_tokens": 3, "cost": 0.001},
    },
    "/messages": {
        **_SHARED,
        "type": "message",
        "role": "assistant",
        "content": [_BLOCK],
        "stop_reason": "end_turn",
        "usage": {"input_tokens": 9, "output_tokens": 3},
    },
    "/responses": {**_RESPONSE, "usage": {"input_tokens": 9, "output_tokens": 3}},
    "/embeddings": {**_SHARED, "object": "list", "data": [{"index": 0, "embedding": [0.5]}]},
    "/models": {"data": []},
}
"""The answer to what does not ask for a stream, by the end of its path."""


def _event(name: str, content: Mapping[str, Any]) -> bytes:
    return b"event: %b\ndata: %b\n\n" % (name.encode(), json.dumps(content).encode())


def _typed(content: Mapping[str, Any]) -> bytes:
    return _event(content["type"], content)


def _chunk(choice: Mapping[str, Any]) -> bytes:
    chunk = {**_SHARED, "object": "chat.completion.chunk", "choices": [{"index": 0, **choice}]}
    return b"data: %b\n\n" % json.dumps(chunk).encode()


STREAM: Mapping[str, tuple[bytes, ...]] = {
    "/chat/completions": (
        _chunk({"delta": {"role": "assistant", "content": SAID}}),
        _chunk({"delta": {}, "finish_reason": "stop"}) + b"data: [DONE]\n\n",
    ),
    "/messages": (
        _typed({"type": "message_start", "message": {**WHOLE["/messages"], "content": []}})
        + _typed({"type": "content_block_start", "index": 0, "content_block": _BLOCK}),
        _typed({"type": "content_block_stop", "index": 0})
        + _typed({"type": "message_delta", "delta": {"stop_reason": "end_turn"}})
        + _typed({"type": "message_stop"}),
    ),
    "/responses": (
        _typed({"type": "response.output_text.delta", "delta": SAID}),
        _typed({"type": "response.completed", "response": _RESPONSE}),
    ),
}
"""The two pieces of a stream, by the end of its path; the gate stands before the second."""


class Recorded(NamedTuple):
    """One request as it arrived; header names are lower case."""

    method: str
    path: str
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def every(self, name: str) -> list[str]:
        return [value for key, value in self.headers if key == name]

    @property
    def json(self) -> Any:
        return json.loads(self.body.decode("utf-8", "replace"))


class Upstream(ThreadingHTTPServer):
    """`root` is what a shim calls its upstream. While `gate` is cleared, no answer ends.

    A stream then stops after its first piece, and nothing comes of what is no stream.
    """

    daemon_threads = True

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        if tls:
            self.socket = tls.wrap_socket(self.socket, server_side=True)
        self.port = self.server_address[1]
        self.root = f"{'https' if tls else 'http'}://127.0.0.1:{self.port}/api"
        self.requests: list[Recorded] = []
        self.connections = 0
        self.gate = threading.Event()
        self.gate.set()

    def get_request(self) -> tuple[socket.socket, Any]:
        self.connections += 1
        return super().get_request()

    def handle_error(self, *_: object) -> None:
        """A client that hangs up is no failure of the test."""

    @property
    def last(self) -> Recorded:
        return self.requests[-1]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: Upstream

    def do_GET(self) -> None:
        self._answer(b"")

    def do_POST(self) -> None:
        self._answer(self.rfile.read(int(self.headers.get("Content-Length", 0))))

    def _answer(self, body: bytes) -> None:
        headers = tuple((name.lower(), value) for name, value in self.headers.items())
        request = Recorded(self.command, self.path, headers, body)
        self.server.requests.append(request)
        path = self.path.partition("?")[0].removeprefix("/api/v1")
        if body and request.json.get("stream"):
            self._stream(STREAM[path])
        else:
            self._send(json.dumps(WHOLE.get(path, {"data": {}})).encode())

    def _head(self, kind: str, length: tuple[str, str]) -> None:
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Set-Cookie", "session=upstream")
        self.send_header("Access-Control-Allow-Origin", "*")
        self.send_header("X-Request-Id", "req-1")
        self.send_header(*length)
        self.end_headers()

    def _send(self, payload: bytes) -> None:
        self.server.gate.wait(GATE_PATIENCE)
        self._head("application/json", ("Content-Length", str(len(payload))))
        self.wfile.write(payload)

    def _stream(self, pieces: tuple[bytes, ...]) -> None:
        self._head("text/event-stream", ("Transfer-Encoding", "chunked"))
        for piece in pieces:
            self.wfile.write(b"%x\r\n%b\r\n" % (len(piece), piece))
            self.server.gate.wait(GATE_PATIENCE)
        self.wfile.write(b"0\r\n\r\n")

    def log_message(self, *_: object) -> None:
        """The requests are the log."""


@contextlib.contextmanager
def recording(tls: ssl.SSLContext | None = None) -> Iterator[Upstream]:
    """An upstream on a free port for as long as the block runs."""
    with Upstream(tls) as upstream:
        thread = threading.Thread(target=upstream.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield upstream
        finally:
            upstream.gate.set()
            upstream.shutdown()
            thread.join()
