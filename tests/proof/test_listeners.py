"""The capture on sockets that are handed to it: origins of this machine, and relays."""

import http.client
import socket
import ssl

import pytest
from proxied import ASKED, asking, basic, head, place, rest, trusting, tunnel, unseen

from confgen.proof.capture.server import Server, serving

URL = "https://openrouter.ai/api/v1/messages"


def test_listeners_that_are_handed_over_feed_one_capture() -> None:
    with Server(["http://127.0.0.1:8787"]) as server:
        own, gateway, shims = (socket.create_server(("127.0.0.1", 0)) for _ in range(3))
        places = [one.getsockname() for one in (own, gateway, shims)]
        server.serve(own)
        server.serve(gateway, "http://127.0.0.1:8787")
        server.serve(shims, "https://openrouter.ai")
        statuses = [posted(place, "/api/v1/messages") for place in places]
    assert statuses == [200, 200, 200]
    assert server.capture.address == f"http://127.0.0.1:{places[0][1]}"
    assert [one.url for one in server.capture.asked] == [
        f"{server.capture.address}/api/v1/messages",
        "http://127.0.0.1:8787/api/v1/messages",
        URL,
    ]
    with pytest.raises(OSError):  # noqa: PT011 - refused, or timed out
        socket.create_connection(places[1], timeout=0.2)


def posted(place: tuple[str, int], path: str) -> int:
    connection = http.client.HTTPConnection(*place, timeout=20)
    try:
        return asking(connection, path)[0]
    finally:
        connection.close()


def test_an_origin_that_is_not_answered_for_leaks_there() -> None:
    with Server() as server:
        listener = socket.create_server(("127.0.0.1", 0))
        server.serve(listener, "http://127.0.0.1:4000")
        assert posted(listener.getsockname(), "/v1/messages") == 404
    assert [one.url for one in server.capture.asked] == ["http://127.0.0.1:4000/v1/messages"]


def test_an_origin_may_be_encrypted() -> None:
    with Server() as server:
        listener = socket.create_server(("127.0.0.1", 0))
        server.serve(listener, "https://localhost:4443")
        connection = socket.create_connection(listener.getsockname(), timeout=20)
        context = trusting(server.capture)
        with context.wrap_socket(connection, server_hostname="localhost") as secure:
            secure.sendall(
                b"GET /models HTTP/1.1\r\nHost: localhost:4443\r\nConnection: close\r\n\r\n"
            )
            rest(secure)
        connection = socket.create_connection(listener.getsockname(), timeout=20)
        with pytest.raises(ssl.SSLCertVerificationError):
            ssl.create_default_context().wrap_socket(connection, server_hostname="localhost")
        assert unseen(server.capture) == (("localhost", "it does not trust the capture"),)
    assert [one.url for one in server.capture.requests] == ["https://localhost:4443/models"]


def test_an_origin_is_no_proxy() -> None:
    with Server() as server:
        listener = socket.create_server(("127.0.0.1", 0))
        server.serve(listener, "http://127.0.0.1:4000")
        with socket.create_connection(listener.getsockname(), timeout=20) as connection:
            connection.sendall(b"CONNECT a.example:443 HTTP/1.1\r\n\r\n")
            assert head(connection).startswith(b"HTTP/1.1 400 ")
        assert [one.host for one in server.capture.unseen] == ["a.example"]


def test_a_relay_leads_elsewhere_on_this_machine() -> None:
    with serving() as far, Server() as server:
        listener = socket.create_server(("127.0.0.1", 0))
        server.serve_relay(listener, place(far))
        assert posted(listener.getsockname(), "/v1/messages") == 200
    assert [one.url for one in far.asked] == [f"{far.address}/v1/messages"]
    assert server.capture.requests == []


def test_a_proxy_leads_to_a_relay_too() -> None:
    with serving() as far, Server(relays={("127.0.0.1", 8787): place(far)}) as server:
        server.serve(socket.create_server(("127.0.0.1", 0)))
        with tunnel(server.capture, "127.0.0.1:8787") as plain:
            plain.sendall(b"GET /models HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
            assert rest(plain).startswith(b"HTTP/1.1 200 ")
        with socket.create_connection(place(server.capture), timeout=20) as connection:
            [(name, value)] = basic(server.capture.credentials).items()
            text = "POST http://127.0.0.1:8787/v1/messages HTTP/1.1\r\nHost: 127.0.0.1:8787\r\n"
            text += f"Content-Length: {len(ASKED)}\r\n{name}: {value}\r\n\r\n"
            connection.sendall(text.encode() + ASKED)
            assert rest(connection).startswith(b"HTTP/1.1 200 ")
    assert [one.path for one in far.requests] == [
        f"{far.address}/models",
        f"{far.address}/v1/messages",
    ]
    assert "proxy-authorization" not in dict(far.requests[1].headers)
