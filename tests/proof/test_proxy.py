"""The capture as a proxy that ends TLS: what goes through it is seen at its true address."""

import contextlib
import gzip
import json
import shutil
import socket
import ssl
import subprocess
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from proxied import (
    ASKED,
    asking,
    basic,
    head,
    place,
    rest,
    through,
    trusting,
    tunnel,
    unseen,
    until,
)

from confgen.proof.capture.record import Capture
from confgen.proof.capture.server import Server, serving

URL = "https://openrouter.ai/api/v1/messages"


@pytest.fixture
def capture() -> Iterator[Capture]:
    with serving() as capture:
        yield capture


def test_what_is_asked_is_seen_at_its_true_address(capture: Capture) -> None:
    with through(capture, "openrouter.ai") as connection:
        for _ in range(3):
            assert asking(connection)[0] == 200
        connection.request("GET", "/api/v1/models?limit=1")
        assert connection.getresponse().read() == b'{"data": []}'
    assert [one.url for one in capture.asked] == [URL] * 3
    assert capture.requests[-1].url == "https://openrouter.ai/api/v1/models?limit=1"
    assert not any(name.startswith("proxy-") for name, _ in capture.requests[0].headers)
    assert (capture.unseen, capture.hosts) == ((), ())


@pytest.mark.parametrize(
    ("host", "port", "origin"),
    [
        ("OpenRouter.ai", 443, "https://openrouter.ai"),
        ("openrouter.ai", 8443, "https://openrouter.ai:8443"),
        ("127.0.0.1", 9443, "https://127.0.0.1:9443"),
        ("xn--bcher-kva.example", 443, "https://xn--bcher-kva.example"),
    ],
)
def test_any_host_is_vouched_for(capture: Capture, host: str, port: int, origin: str) -> None:
    with through(capture, host, port) as connection:
        asking(connection)
    assert [one.url for one in capture.asked] == [f"{origin}/api/v1/messages"]


def test_an_address_of_the_new_kind_is_vouched_for(capture: Capture) -> None:
    with trusting(capture).wrap_socket(
        tunnel(capture, "[::1]:8443"), server_hostname="::1"
    ) as secure:
        secure.sendall(b"GET /models HTTP/1.1\r\nHost: [::1]:8443\r\nConnection: close\r\n\r\n")
        rest(secure)
    assert [(one.url, one.names) for one in capture.requests] == [("https://[::1]:8443/models", "")]


def test_another_host_is_refused_in_the_words_of_a_model(capture: Capture) -> None:
    with through(capture, "api.anthropic.com") as connection:
        status, answer = asking(connection, "/v1/messages")
    assert (status, json.loads(answer)["type"]) == (404, "error")
    assert [one.url for one in capture.asked] == ["https://api.anthropic.com/v1/messages"]
    assert capture.hosts == ("api.anthropic.com",)


def test_two_hosts_on_one_proxy_are_two(capture: Capture) -> None:
    with through(capture, "openrouter.ai") as one, through(capture, "a.example") as other:
        statuses = [asking(each, "/v1/messages")[0] for each in (one, other, one, other)]
    assert statuses == [200, 404, 200, 404]
    assert [one.url.split("/")[2] for one in capture.asked] == ["openrouter.ai", "a.example"] * 2


def test_an_upstream_of_ones_own_is_answered_for() -> None:
    with serving("https://Gateway.example:443") as capture:
        with through(capture, "gateway.example") as connection:
            assert asking(connection, "/v1/messages")[0] == 200
        assert capture.hosts == ()


@pytest.mark.parametrize("method", ["GET", "POST", "PROPFIND"])
def test_what_asks_no_model_finds_nothing(capture: Capture, method: str) -> None:
    with through(capture, "telemetry.example") as connection:
        connection.request(method, "/v1/events", b'{"event": "start"}')
        assert connection.getresponse().status == 404
    assert capture.asked == ()
    assert [one.method for one in capture.requests] == [method]
    assert (capture.unread, capture.hosts) == ((), ("telemetry.example",))


@pytest.mark.parametrize(
    ("path", "body", "is_asked"),
    [
        ("/api/show", {"model": "a"}, False),
        ("/api/llm/custom/usage", {"model": "a", "tokens": 3}, False),
        ("/v1/messages/count_tokens", {"model": "a", "messages": []}, False),
        ("/v1beta/models/g:countTokens", {"contents": []}, False),
        ("/messages", {"jsonrpc": "2.0", "method": "tools/list", "id": 1}, False),
        ("/api/chat", {"model": "a", "messages": []}, True),
        ("/api/generate", {"model": "a", "prompt": "x"}, True),
        ("/anywhere", {"model": "a", "input": "x"}, True),
        ("/anywhere", {"model": "a", "contents": []}, True),
        ("/v1/completions", {}, True),
        ("/v1/chat/completions/", {}, True),
        ("/v1beta/models/g:streamGenerateContent?alt=sse", {"contents": []}, True),
        ("/v1/projects/p/models/c:streamRawPredict", {"messages": []}, True),
        ("/model/m/converse-stream", {"messages": []}, True),
        ("/model/m/invoke", {}, True),
    ],
)
def test_what_asks_a_model(
    capture: Capture, path: str, body: dict[str, object], is_asked: bool
) -> None:
    with through(capture, "elsewhere.example") as connection:
        connection.request("POST", path, json.dumps(body))
        assert connection.getresponse().status == 404
    assert bool(capture.asked) == is_asked


@pytest.mark.parametrize(
    ("body", "headers", "hosts"),
    [
        (b"\x0a\x05hello", {"Content-Type": "application/x-protobuf"}, ("a.example",)),
        (ASKED, {"Content-Encoding": "zstd"}, ("a.example",)),
        (b"[1, 2]", {}, ()),
        (b"a=b", {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}, ()),
        (b"", {}, ()),
    ],
)
def test_what_cannot_be_read_is_known(
    capture: Capture, body: bytes, headers: dict[str, str], hosts: tuple[str, ...]
) -> None:
    for host, path in (("a.example", "/v1/traces"), ("b.example", "/v1/messages")):
        with through(capture, host) as connection:
            connection.request("POST", path, body, headers)
            with contextlib.suppress(OSError):
                connection.getresponse()
    assert capture.unread == hosts
    assert [one.url for one in capture.asked] == ["https://b.example/v1/messages"]


@pytest.mark.parametrize(
    ("pack", "encoding"),
    [
        (gzip.compress, "gzip"),
        (zlib.compress, "deflate"),
        (lambda b: zlib.compress(b)[2:-4], "deflate"),
    ],
    ids=["gzip", "deflate", "bare deflate"],
)
def test_what_is_packed_is_read(
    capture: Capture, pack: Callable[[bytes], bytes], encoding: str
) -> None:
    with through(capture, "openrouter.ai") as connection:
        assert asking(connection, body=pack(ASKED), Content_Encoding=encoding)[0] == 200
        assert asking(connection, body=pack(ASKED)[:-5], Content_Encoding=encoding)[0] == 400
    assert [one.readable for one in capture.asked] == [True, False]
    assert capture.asked[0].body == json.loads(ASKED)


def test_what_unpacks_without_end_is_not_read(
    capture: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("confgen.proof.capture.body.LONGEST_BODY", 1000)
    with through(capture, "openrouter.ai") as connection:
        bomb = gzip.compress(b'{"model": "a", "messages": [' + b" " * 100_000 + b"]}")
        assert asking(connection, body=bomb, Content_Encoding="gzip")[0] == 400
    assert [one.readable for one in capture.asked] == [False]


@pytest.mark.parametrize("wrong", ["", "confgen:wrong", "confgen:", "x" * 500])
def test_credentials_are_asked_for_and_the_connection_is_kept(capture: Capture, wrong: str) -> None:
    with socket.create_connection(place(capture), timeout=20) as connection:
        line = b"CONNECT openrouter.ai:443 HTTP/1.1\r\n"
        told = basic(wrong)["Proxy-Authorization"] if wrong else ""
        header = f"Proxy-Authorization: {told}\r\n".encode() if wrong else b""
        connection.sendall(line + header + b"\r\n")
        refused = head(connection)
        assert refused.startswith(b"HTTP/1.1 407 ")
        assert b'Proxy-Authenticate: Basic realm="confgen"\r\n' in refused
        assert b"Content-Length: 0\r\n" in refused
        assert [one.host for one in capture.unseen] == ["openrouter.ai"]
        right = basic(capture.credentials)["Proxy-Authorization"]
        connection.sendall(line + f"Proxy-Authorization: {right}\r\n\r\n".encode())
        assert head(connection).startswith(b"HTTP/1.1 200 ")
        with trusting(capture).wrap_socket(connection, server_hostname="openrouter.ai") as secure:
            secure.sendall(b"GET /api/v1/models HTTP/1.1\r\nHost: openrouter.ai\r\n\r\n")
            assert head(secure).startswith(b"HTTP/1.1 200 ")
    assert capture.unseen == ()


def test_a_whole_address_needs_them_too(capture: Capture) -> None:
    [(name, value)] = basic(capture.credentials).items()
    text = "POST http://api.example:80/v1/messages HTTP/1.1\r\nHost: api.example\r\n"
    text += f"Content-Length: {len(ASKED)}\r\n"
    with socket.create_connection(place(capture), timeout=20) as connection:
        connection.sendall(text.encode() + b"\r\n" + ASKED)
        assert head(connection).startswith(b"HTTP/1.1 407 ")
        assert (capture.asked, [one.host for one in capture.unseen]) == ((), ["api.example"])
        connection.sendall(f"{text}{name}: {value}\r\n\r\n".encode() + ASKED)
        assert head(connection).startswith(b"HTTP/1.1 404 ")
    assert [one.url for one in capture.asked] == ["http://api.example/v1/messages"]
    assert capture.unseen == ()


@pytest.mark.parametrize(
    "headers",
    ["Host: evil.example", "Host: openrouter.ai\r\nHost: evil.example", "Host: evil.example:443"],
)
def test_a_host_that_is_another_is_told_of(capture: Capture, headers: str) -> None:
    with trusting(capture).wrap_socket(
        tunnel(capture, "openrouter.ai:443"), server_hostname="openrouter.ai"
    ) as secure:
        request = f"POST /api/v1/messages HTTP/1.1\r\n{headers}\r\nContent-Length: {len(ASKED)}"
        secure.sendall(f"{request}\r\n\r\n".encode() + ASKED)
        assert head(secure).startswith(b"HTTP/1.1 421 ")
    assert [(one.url, one.names) for one in capture.asked] == [(URL, "evil.example")]


def test_an_address_in_a_tunnel_may_be_whole(capture: Capture) -> None:
    with tunnel(capture, "openrouter.ai:80") as plain:
        for host in ("openrouter.ai", "evil.example"):
            line = f"GET http://{host}/api/v1/models HTTP/1.1\r\nHost: openrouter.ai\r\n\r\n"
            plain.sendall(line.encode())
            head(plain)
            plain.recv(100)
    assert [(one.url, one.names) for one in capture.requests] == [
        ("http://openrouter.ai/api/v1/models", ""),
        ("http://openrouter.ai/api/v1/models", "evil.example"),
    ]


@pytest.mark.parametrize(
    "sent",
    [
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"SSH-2.0-OpenSSH_9\r\n",
        b"\x00\x01\x02",
        b"hello\r\n\r\n",
    ],
    ids=["HTTP/2", "ssh", "bytes", "words"],
)
@pytest.mark.parametrize("is_encrypted", [True, False], ids=["encrypted", "plain"])
def test_what_is_no_http_is_not_seen(capture: Capture, sent: bytes, is_encrypted: bool) -> None:
    connection = tunnel(capture, "a.example:443")
    if is_encrypted:
        connection = trusting(capture).wrap_socket(connection, server_hostname="a.example")
    with connection:
        connection.sendall(sent)
        rest(connection)
    assert unseen(capture) == (("a.example", "it speaks no HTTP/1.1"),)


def test_a_client_that_does_not_trust_it_is_told_of(capture: Capture) -> None:
    with (
        through(capture, "openrouter.ai", context=ssl.create_default_context()) as untrusting,
        pytest.raises(ssl.SSLCertVerificationError),
    ):
        untrusting.connect()
    assert unseen(capture) == (("openrouter.ai", "it does not trust the capture"),)
    # What another connection shows is not all that there was.
    with through(capture, "openrouter.ai") as connection:
        asking(connection)
    assert len(capture.unseen) == 1


def test_a_client_that_looks_afterwards_is_told_of(capture: Capture) -> None:
    with through(capture, "openrouter.ai") as connection:
        connection.connect()
    [(host, why)] = unseen(capture)
    assert (host, why.partition(":")[0]) == ("openrouter.ai", "it went before its first request")


def test_a_tunnel_that_is_not_used_hides_nothing(capture: Capture) -> None:
    tunnel(capture, "a.example:443").close()
    until(lambda: capture.hosts == ("a.example",))
    time.sleep(0.05)
    assert capture.unseen == ()


def test_a_request_that_is_cut_off_is_one() -> None:
    with Server() as server:
        server.serve(socket.create_server(("127.0.0.1", 0)))
        capture = server.capture
        plain = tunnel(capture, "a.example:80")
        plain.sendall(
            b"POST /v1/messages HTTP/1.1\r\nHost: a.example\r\nContent-Length: 9\r\n\r\n{"
        )
    plain.close()
    assert [one.url for one in capture.asked] == ["http://a.example/v1/messages"]


def test_an_address_that_is_none_is_refused(capture: Capture) -> None:
    for there in ("openrouter.ai", "a b:1", "http://x:80"):
        with socket.create_connection(place(capture), timeout=20) as connection:
            connection.sendall(f"CONNECT {there} HTTP/1.1\r\n\r\n".encode())
            assert head(connection).startswith(b"HTTP/1.1 400 ")


def test_what_is_noted_is_bounded(capture: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("confgen.proof.capture.record.MOST_REQUESTS", 2)
    with through(capture, "openrouter.ai") as connection:
        assert [asking(connection)[0] for _ in range(2)] == [200, 200]
        assert asking(connection)[0] == 503
    for number in range(4):
        capture.miss(f"{number}.example", "why")
    assert capture.overrun
    assert (len(capture.requests), len(capture.unseen)) == (2, 2)


def test_many_at_once(capture: Capture) -> None:
    def ask() -> None:
        with through(capture, "openrouter.ai") as connection:
            asking(connection)

    threads = [threading.Thread(target=ask) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(capture.asked) == 20


@pytest.mark.skipif(shutil.which("git") is None, reason="needs git")
@pytest.mark.parametrize(
    ("host", "seen"),
    [("git.example", {"https://git.example/a/b/info/refs"}), ("github.com", set())],
    ids=["any host", "one that is refused at once"],
)
def test_git_comes_without_credentials_first(
    capture: Capture, tmp_path: Path, host: str, seen: set[str]
) -> None:
    authority = tmp_path / "authority.pem"
    authority.write_bytes(capture.certificate)
    found = subprocess.run(
        ("git", "ls-remote", f"https://{host}/a/b"),
        env={
            "PATH": str(Path(shutil.which("git") or "").parent),
            "HOME": str(tmp_path),
            "https_proxy": capture.proxy,
            "GIT_SSL_CAINFO": str(authority),
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_TERMINAL_PROMPT": "0",
        },
        cwd=tmp_path,
        capture_output=True,
        check=False,
        timeout=60,
    )
    assert found.returncode
    assert capture.unseen == ()
    assert capture.hosts == (host,)
    assert {one.url.partition("?")[0] for one in capture.requests} == seen
