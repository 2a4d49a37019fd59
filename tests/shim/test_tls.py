"""The way to an upstream beyond this machine: certificates, and the proxies of the environment.

`tls/openssl.cnf` says how the certificate and its authority were made.
"""

import base64
import json
import select
import socket
import socketserver
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from connection import Answer, ask, post
from recording import Upstream, recording
from serving import Serving, serving

TLS = Path(__file__).parent / "tls"
TRUSTED = {"SSL_CERT_FILE": str(TLS / "ca.pem")}
NAME = "upstream.test"
BODY = json.dumps({"model": "any", "messages": []}).encode()


@pytest.fixture(scope="module")
def upstream() -> Iterator[Upstream]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(TLS / "upstream.pem")
    with recording(context) as upstream:
        yield upstream


class Proxy(socketserver.ThreadingTCPServer):
    """An HTTP proxy that tunnels to `upstream` whatever it is asked for, and notes the heads."""

    daemon_threads = True

    def __init__(self, upstream: Upstream) -> None:
        super().__init__(("127.0.0.1", 0), _Tunnel)
        self.upstream = upstream
        self.heads: list[str] = []

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.server_address[1]}"


class _Tunnel(socketserver.StreamRequestHandler):
    server: Proxy

    def handle(self) -> None:
        head = b"".join(iter(self.rfile.readline, b"\r\n"))
        self.server.heads.append(head.decode("latin-1"))
        self.wfile.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        with socket.create_connection(("127.0.0.1", self.server.upstream.port)) as there:
            ends = {self.connection: there, there: self.connection}
            while True:
                for end in select.select(list(ends), [], [])[0]:
                    piece = end.recv(1 << 16)
                    if not piece:
                        return
                    ends[end].sendall(piece)


@pytest.fixture
def proxy(upstream: Upstream) -> Iterator[Proxy]:
    with Proxy(upstream) as proxy:
        thread = threading.Thread(target=proxy.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield proxy
        finally:
            proxy.shutdown()
            thread.join()


def answer_of(shim: Serving) -> Answer:
    return ask(shim.port, post("/v1/chat/completions", BODY, f"X-Api-Key: {shim.token}"))


def test_a_certificate_of_an_authority_that_is_trusted(upstream: Upstream) -> None:
    with serving(upstream.root, env=TRUSTED) as shim:
        before = upstream.connections
        assert [answer_of(shim).status for _ in range(3)] == [200] * 3
        assert upstream.last.json["provider"]["order"] == ["fireworks"]
        assert upstream.connections == before + 1


UNTRUSTED = {
    "of nobody that is known": ("127.0.0.1", {}),
    "for another host": ("localhost", TRUSTED),
}


@pytest.mark.parametrize(("host", "env"), UNTRUSTED.values(), ids=UNTRUSTED)
def test_a_certificate_that_is_not_trusted(
    upstream: Upstream, host: str, env: dict[str, str]
) -> None:
    """Told at once: neither the key nor the prompt has left, and no further try would help."""
    before, connections = len(upstream.requests), upstream.connections
    root = upstream.root.replace("127.0.0.1", host)
    with serving(root, "--retry-budget", "60", "--retries", "4", env=env) as shim:
        answer = answer_of(shim)
        assert answer.status == 502
        assert "has no certificate that this machine trusts" in answer.json["error"]["message"]
        assert answer.headers["x-should-retry"] == "false"
    assert len(upstream.requests) == before
    assert upstream.connections == connections + 1


def test_no_http_where_https_is_expected() -> None:
    with recording() as plain:
        root = plain.root.replace("http:", "https:")
        with serving(root, "--retries", "0", env=TRUSTED) as shim:
            assert answer_of(shim).status == 502
        assert plain.requests == []


@pytest.mark.parametrize("name", ["HTTPS_PROXY", "https_proxy", "ALL_PROXY"])
def test_a_proxy_of_the_environment(upstream: Upstream, proxy: Proxy, name: str) -> None:
    """It is asked for a tunnel, in which the certificate is checked: it sees no key, no prompt."""
    env = {**TRUSTED, "HTTPS_PROXY": None, "NO_PROXY": "", name: f"http://{proxy.address}"}
    before = len(upstream.requests)
    with serving(f"https://{NAME}:{upstream.port}/api", env=env) as shim:
        assert [answer_of(shim).status for _ in range(2)] == [200] * 2
    [head] = proxy.heads
    assert head.startswith(f"CONNECT {NAME}:{upstream.port} HTTP/1.1\r\n")
    assert "authorization" not in head.lower()
    assert len(upstream.requests) == before + 2
    assert upstream.last.every("host") == [f"{NAME}:{upstream.port}"]


def test_a_proxy_that_wants_a_password(upstream: Upstream, proxy: Proxy) -> None:
    env = {**TRUSTED, "HTTPS_PROXY": f"http://me:pass%20word@{proxy.address}", "NO_PROXY": ""}
    with serving(f"https://{NAME}:{upstream.port}/api", env=env) as shim:
        assert answer_of(shim).status == 200
        assert "pass" not in shim.log()
    [head] = proxy.heads
    shown = base64.b64encode(b"me:pass word").decode()
    assert f"Proxy-Authorization: Basic {shown}\r\n" in head
    assert not upstream.last.every("proxy-authorization")


def test_a_proxy_cannot_stand_in_for_the_upstream(upstream: Upstream, proxy: Proxy) -> None:
    before = len(upstream.requests)
    env = {"HTTPS_PROXY": f"http://{proxy.address}", "NO_PROXY": ""}
    with serving(f"https://{NAME}:{upstream.port}/api", env=env) as shim:
        assert "certificate" in answer_of(shim).json["error"]["message"]
    assert len(upstream.requests) == before


@pytest.mark.parametrize("no_proxy", [NAME, f"{NAME}:443,.test", "*"])
def test_what_no_proxy_is_asked_for(upstream: Upstream, proxy: Proxy, no_proxy: str) -> None:
    env = {**TRUSTED, "HTTPS_PROXY": f"http://{proxy.address}", "NO_PROXY": no_proxy}
    with serving(f"https://{NAME}:{upstream.port}/api", "--retries", "0", env=env) as shim:
        answer = answer_of(shim)
    assert answer.status == 502
    assert "cannot be reached" in answer.json["error"]["message"]
    assert proxy.heads == []


def test_this_machine_is_never_asked_for_through_a_proxy(upstream: Upstream, proxy: Proxy) -> None:
    env = {**TRUSTED, "HTTPS_PROXY": f"http://{proxy.address}", "NO_PROXY": ""}
    with serving(upstream.root, env=env) as shim:
        assert answer_of(shim).status == 200
    assert proxy.heads == []


def test_a_proxy_that_is_gone(upstream: Upstream) -> None:
    env = {**TRUSTED, "HTTPS_PROXY": "http://127.0.0.1:9", "NO_PROXY": ""}
    with serving(f"https://{NAME}:{upstream.port}/api", "--retries", "0", env=env) as shim:
        assert answer_of(shim).status == 502
