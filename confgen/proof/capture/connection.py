"""One connection to the capture: encrypted or not, a tunnel or not, with requests in it."""

import socket
import ssl
from collections.abc import Sequence
from contextlib import ExitStack
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING

from confgen.proof.capture.address import (
    PORTS,
    host_of,
    meant,
    origin_at,
    origin_of,
    split_authority,
)
from confgen.proof.capture.answers import Answer, answer, refusal
from confgen.proof.capture.body import HIDDEN, look_into, read_body
from confgen.proof.capture.request import Request
from confgen.proof.capture.sockets import Address, forward, relay

if TYPE_CHECKING:
    from confgen.proof.capture.server import Server

REGISTRIES = frozenset({"registry.npmjs.org", "pypi.org", "files.pythonhosted.org", "github.com"})
"""Where clients get packages, and nobody a model. Refused, they go on at once; asked in vain for a
list of packages, OpenCode tries for a minute, and git takes no authority from the environment."""

_HELD_BACK = 2  # events of a stream: its end, but none of its text
_GATE_PATIENCE = 60  # seconds
_IDLE = 300  # seconds without a byte of a request that has begun
_HANDSHAKE = 30  # seconds
_PIECE = 64 * 1024
_TLS = b"\x16"
_UNTRUSTED = "it does not trust the capture"
# Bun looks at a certificate when the handshake is done, and leaves then.
_BROKEN_OFF = "it went before its first request: it may not trust the capture"
_NO_HTTP = "it speaks no HTTP/1.1"


class Connection(BaseHTTPRequestHandler):
    """A connection from its first byte to its last; http.server reads the heads for it.

    `origin` is what requests that name none are meant for: the listener's own, or where a tunnel
    leads, whose host is `tunnel` then. With `is_known` it is recorded what came there.
    """

    protocol_version = "HTTP/1.1"

    def __init__(self, connection: socket.socket, house: "Server", origin: str | None) -> None:
        # Nothing of http.server's sockets: the connection may yet change into an encrypted one.
        self.connection, self.client_address = connection, ("", 0)
        self.request_version, self.requestline, self.command = "HTTP/1.1", "", ""
        self.house, self.capture = house, house.capture
        self.origin = origin
        self.tunnel: str | None = None
        self.close_connection = self.has_begun = self.is_known = False
        self.files = ExitStack()

    def run(self) -> None:
        self.connection.settimeout(_IDLE)
        with self.files:
            self.files.callback(lambda: self.house.shut(self.connection))
            try:
                if self._begin(host_of(self.origin or self.capture.address)):
                    while not self.close_connection:
                        self._take()
            except ssl.SSLError:
                # With TLS 1.3 a client may look at the certificate when the handshake is done.
                self._missed(_UNTRUSTED)
                raise
            finally:
                self._missed(_BROKEN_OFF)

    def _begin(self, host: str) -> bool:
        """Whether something comes, encrypted or not; what follows is read in the clear."""
        first = self.connection.recv(1, socket.MSG_PEEK)
        self.has_begun = bool(first)
        is_encrypted = first == _TLS
        if not (self._end_encryption(host) if is_encrypted else self._is_text(first)):
            return False
        self.wfile = self.files.enter_context(self.connection.makefile("wb"))
        if self.origin is None and not is_encrypted:
            # What follows a CONNECT may be encrypted, and has to be left in the socket.
            self.rfile = self.files.enter_context(self.connection.makefile("rb", 0))
            return True
        self.rfile = reader = self.files.enter_context(self.connection.makefile("rb"))
        return self._is_text(reader.peek(1)[:1])

    def _is_text(self, first: bytes) -> bool:
        """Whether what begins so can be HTTP."""
        if first and not first.isalpha():
            self._missed(_NO_HTTP)
        return first.isalpha()

    def _end_encryption(self, host: str) -> bool:
        raw = self.connection
        raw.settimeout(_HANDSHAKE)
        try:
            context = self.house.authority.server_context(host)
            self.connection = context.wrap_socket(raw, server_side=True)
        except ssl.SSLEOFError:
            return False
        except ssl.SSLError as error:
            refused = "ALERT" in (error.reason or "")
            self._missed(_UNTRUSTED if refused else "its encryption is not understood")
            return False
        except OSError:
            return False
        except ValueError:
            self._missed("no certificate can be made for that name")
            return False
        self.house.open.add(self.connection)
        self.connection.settimeout(_IDLE)
        return True

    def _missed(self, why: str) -> None:
        """Note that nothing was seen of the connection, unless something was."""
        if self.has_begun and self.origin and not self.is_known:
            self.is_known = True
            self.capture.miss(host_of(self.origin), why)

    def _take(self) -> None:
        """One request."""
        self.raw_requestline = self.rfile.readline(_PIECE + 1)
        if not self.raw_requestline:
            self.close_connection = True
        elif self.parse_request():
            self._connect() if self.command == "CONNECT" else self._request()
            self.wfile.flush()

    def _connect(self) -> None:
        """Dig a tunnel that ends here."""
        place = split_authority(self.path)
        host, port = place or ("?", None)
        if self.origin or not port:
            self.capture.miss(host, f"it took {self.origin or 'this'} for a proxy")
            self.is_known = True
            self._refuse(400, "this is no proxy")
        elif self._may(host):
            self._dig(host, port)

    def _dig(self, host: str, port: int) -> None:
        there = self.house.relays.get((host, port))
        if not there:
            self.capture.want(host)
        if host in REGISTRIES:
            self.is_known = True
            self._refuse(403, "nothing leaves this machine")
            return
        self.wfile.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        self.wfile.flush()
        self.close_connection = True
        if there:
            relay(self.connection, there)
        elif first := self.connection.recv(1, socket.MSG_PEEK):
            self.tunnel, self.is_known = host, False
            self.origin = origin_at("https" if first == _TLS else "http", host, port)
            self.close_connection = not self._begin(host)

    def _request(self) -> None:
        raw = read_body(self.rfile, self.headers)
        as_proxy = not self.path.startswith("/") and not self.origin
        if as_proxy and not self._may(host_of(self.path)):
            self.close_connection |= raw is None
            return
        found = meant(
            # http.server makes one slash of several.
            self.requestline.split()[1],
            self.headers.get_all("Host", []),
            address=self.capture.address,
            origin=self.origin,
            tunnel=self.tunnel,
        )
        if as_proxy and raw is not None and (there := self.house.relays.get(_place_of(found.url))):
            path = found.url.removeprefix(origin_of(found.url)) or "/"
            self.close_connection = True
            forward(self.connection, there, f"{self.command} {path}", self._headers(), raw)
            return
        known = found.here or self.capture.answers_for(found.url)
        body = HIDDEN if raw is None else look_into(raw, self.headers, self.capture.prompts)
        fields, readable, opaque, tells = body
        proxied, headers = self.tunnel is not None or not known, self._headers()
        request = Request(
            self.command, found.url, headers, fields, readable, proxied, opaque, found.names, tells
        )
        self.is_known = True
        if not self.capture.record(request):
            self._refuse(503, "there have been too many requests")
        elif raw is None:
            self._refuse(413, "the body is too long, or not framed as it should be")
        else:
            self._send(answer(request, self.capture, known=known))

    def _headers(self) -> tuple[tuple[str, str], ...]:
        found = ((name.lower(), value) for name, value in self.headers.items())
        return tuple((name, value) for name, value in found if not name.startswith("proxy-"))

    def _may(self, host: str) -> bool:
        """Whether it shows the proxy's credentials on its way to `host`; they are asked for.

        Git comes without them first, and with them then on the same connection.
        """
        if self.capture.lets_in(self.headers.get("Proxy-Authorization", "")):
            return True
        self.capture.turn_away(host)
        self.send_response(407)
        self.send_header("Proxy-Authenticate", 'Basic realm="confgen"')
        self.send_header("Content-Length", "0")
        self.end_headers()
        return False

    def _refuse(self, status: int, message: str) -> None:
        self.close_connection = True
        self._send(refusal(status, message))

    def _send(self, answer: Answer) -> None:
        status, kind, pieces = answer
        self.send_response(status)
        self.send_header("Content-Type", kind)
        if kind == "text/event-stream":
            self._stream(pieces)
            return
        payload = b"".join(pieces)
        self.send_header("Content-Length", str(len(payload)))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(payload)

    def _stream(self, events: Sequence[bytes]) -> None:
        """Send the events one by one; the last two wait for the capture's gate."""
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for left, event in zip(range(len(events), 0, -1), events, strict=True):
            if left == _HELD_BACK:
                self.capture.gate.wait(_GATE_PATIENCE)
            self.wfile.write(b"%x\r\n%b\r\n" % (len(event), event))
            self.wfile.flush()
        self.wfile.write(b"0\r\n\r\n")

    def flush_headers(self) -> None:
        """Send them at once: a client may wait for those before it sends its body."""
        super().flush_headers()
        self.wfile.flush()

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """What http.server cannot read is no HTTP/1.1; `explain` is its own."""
        self.is_known = False
        self._missed(_NO_HTTP)
        self._refuse(code, message or explain or _NO_HTTP)
        self.wfile.flush()

    def log_message(self, *_: object) -> None:
        """The requests are the log."""


def _place_of(url: str) -> Address:
    """Host and port of a plain HTTP address."""
    host, port = split_authority(origin_of(url).partition("://")[2]) or ("", None)
    return host, port or PORTS["http"]
