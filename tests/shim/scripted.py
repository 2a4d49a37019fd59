"""An upstream that does what a script says, on a real socket: it stalls, breaks off, resets."""

import contextlib
import socket
import socketserver
import struct
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from recording import Recorded

PATIENCE = 20  # seconds
_FULL = 1 << 16

Step = Callable[["Line"], None]


class Script(NamedTuple):
    """What is done on one request, and whether the connection is kept for another one then."""

    steps: tuple[Step, ...]
    reads_body: bool = True
    keeps: bool = False


def script(*steps: Step | bytes, reads_body: bool = True, keeps: bool = False) -> Script:
    """A script of steps, and of bytes to send between them."""
    played = tuple(send(step) if isinstance(step, bytes) else step for step in steps)
    return Script(played, reads_body, keeps)


def send(content: bytes) -> Step:
    return lambda line: line.socket.sendall(content)


def wait(seconds: float) -> Step:
    return lambda _: time.sleep(seconds)


def close(line: "Line") -> None:
    """End the connection as a server does that is done."""
    line.end()


def reset(line: "Line") -> None:
    """End the connection as a server does that has died."""
    line.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    line.end()


def hang(line: "Line") -> None:
    """Say nothing more, until the peer goes."""
    with contextlib.suppress(ConnectionResetError):
        while line.socket.recv(_FULL):
            pass
    raise ConnectionAbortedError


def head(status: int = 200, *lines: str, keeps: bool = False) -> bytes:
    last = () if keeps else ("Connection: close",)
    return "\r\n".join((f"HTTP/1.1 {status} Scripted", *lines, *last, "", "")).encode("latin-1")


def whole(body: bytes, *lines: str, status: int = 200, keeps: bool = False) -> bytes:
    """An answer of known length, of JSON unless `lines` name another type."""
    given = any(line.startswith("Content-Type") for line in lines)
    kind = () if given else ("Content-Type: application/json",)
    return head(status, *kind, f"Content-Length: {len(body)}", *lines, keeps=keeps) + body


STREAM_HEAD = head(200, "Content-Type: text/event-stream", "Transfer-Encoding: chunked")
LAST_CHUNK = b"0\r\n\r\n"


def chunk(content: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(content), content)


class Line:
    """One connection, as a script has it."""

    def __init__(self, line: socket.socket) -> None:
        self.socket = line
        self.kept = True
        self._rest = b""

    def end(self) -> None:
        self.kept = False
        self.socket.close()

    def read_head(self) -> list[str]:
        """The lines of the next head, none where the peer has gone."""
        while b"\r\n\r\n" not in self._rest:
            part = self.socket.recv(_FULL)
            if not part:
                return []
            self._rest += part
        text, _, self._rest = self._rest.partition(b"\r\n\r\n")
        return text.decode("latin-1").split("\r\n")

    def read_body(self, length: int) -> bytes:
        body = bytearray(self._rest)
        self._rest = b""
        while len(body) < length:
            part = self.socket.recv(_FULL)
            if not part:
                raise ConnectionAbortedError
            body += part
        return bytes(body)


class Scripted(socketserver.ThreadingTCPServer):
    """Plays the scripts of a case, by the header `x-case`: the last of them goes on for ever.

    `requests` are the requests of a case, `left` is when its peer went (time.monotonic). `open`
    counts the connections there are, `connections` those there ever were.
    """

    daemon_threads = True
    request_queue_size = 256

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.root = f"http://127.0.0.1:{self.server_address[1]}/api"
        self.requests: defaultdict[str, list[Recorded]] = defaultdict(list)
        self.left: dict[str, float] = {}
        self.connections = self.open = 0
        self.lock = threading.Lock()
        self._scripts: dict[str, tuple[Script, ...]] = {}

    def plays(self, case: str, *scripts: Script) -> None:
        self._scripts[case] = scripts

    def next_script(self, case: str) -> Script:
        scripts = self._scripts[case]
        return scripts[min(len(self.requests[case]), len(scripts)) - 1]

    def count(self, change: int) -> None:
        with self.lock:
            self.open += change
            self.connections += change > 0


class _Handler(socketserver.BaseRequestHandler):
    server: Scripted

    def handle(self) -> None:
        self.request.settimeout(PATIENCE)
        self.request.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.server.count(+1)
        line = Line(self.request)
        try:
            while line.kept and (lines := line.read_head()):
                self._answer(line, lines)
        except OSError:
            line.end()
        finally:
            self.server.count(-1)

    def _answer(self, line: Line, lines: list[str]) -> None:
        method, path, _ = lines[0].split(" ")
        headers = tuple(
            (name.lower(), value) for name, _, value in (x.partition(": ") for x in lines[1:])
        )
        said: Mapping[str, str] = dict(headers)
        case = said["x-case"]
        self.server.requests[case].append(Recorded(method, path, headers, b""))
        script = self.server.next_script(case)
        try:
            if script.reads_body:
                body = line.read_body(int(said.get("content-length", 0)))
                self.server.requests[case][-1] = Recorded(method, path, headers, body)
            for step in script.steps:
                step(line)
            line.kept = line.kept and script.keeps
        except ConnectionError:
            self.server.left[case] = time.monotonic()
            raise


@contextlib.contextmanager
def scripted() -> Iterator[Scripted]:
    """An upstream on a free port for as long as the block runs."""
    with Scripted() as upstream:
        thread = threading.Thread(target=upstream.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield upstream
        finally:
            upstream.shutdown()
            thread.join()
