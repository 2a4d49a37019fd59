"""Single questions on a real socket: what comes back, what goes out, and how each may fail."""

import contextlib
import gzip
import json
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from standin import KEY, Reply, Standin, error, packed, standing_in, told

from confgen.errors import ConfgenError
from confgen.openrouter import client as client_module
from confgen.openrouter import wire
from confgen.openrouter.client import Client, KeyUse, read_key
from confgen.openrouter.errors import RefusedError, UnreachableError

TLS = Path(__file__).parents[1] / "shim" / "tls"
PATH = "/v1/models"
PATIENCE = 20  # seconds
HTML = Reply(b"<html>Bad gateway</html>", 502, (("Content-Type", "text/html"),))


@pytest.fixture
def client(openrouter: Standin) -> Client:
    return Client(openrouter.root, KEY)


def test_the_body_plain_or_packed(openrouter: Standin, client: Client) -> None:
    for reply in (told({"data": [1]}), packed({"data": [1]})):
        openrouter.replies[PATH] = reply
        assert json.loads(client.get(PATH, "asked")) == {"data": [1]}


def test_what_goes_out(openrouter: Standin, client: Client) -> None:
    client.get(PATH, "asked")
    [asked] = openrouter.asked
    assert set(asked.headers) == {"host", "connection", "user-agent", "accept", "accept-encoding"}
    assert asked.headers["user-agent"].startswith("confgen/")


@pytest.mark.parametrize(
    ("path", "use", "signed"),
    [
        (PATH, "asked", [False]),
        (PATH, "welcome", [True]),
        (PATH, "needed", [True]),
        ("/v1/key", "asked", [False, True]),
        ("/v1/refused", "welcome", [True, False]),
        ("/v1/refused", "needed", [True]),
    ],
)
def test_the_key_goes_only_where_it_is_needed(
    openrouter: Standin, client: Client, path: str, use: KeyUse, signed: list[bool]
) -> None:
    openrouter.replies["/v1/refused"] = error(401, "User not found")
    with contextlib.suppress(RefusedError):
        client.get(path, use)
    assert [asked.signed for asked in openrouter.asked] == signed


def test_without_a_key_nothing_is_tried_twice(openrouter: Standin) -> None:
    with pytest.raises(RefusedError, match="answered 401: No auth credentials found"):
        Client(openrouter.root, None).get("/v1/key", "needed")
    with pytest.raises(RefusedError):
        Client(openrouter.root, None).get("/v1/key", "asked")
    assert openrouter.paths() == ["/v1/key"] * 2


AWAY = {
    "an error of its own": (error(500, "Internal"), "answered 500: Internal"),
    "a page": (HTML, "answered 502"),
    "too many requests": (error(429, "Slow down"), "answered 429: Slow down"),
    "a time-out of its own": (error(408, "Late"), "answered 408: Late"),
    "a success of another kind": (Reply(b"", 204), "answered 204"),
    "cut": (told({"data": ["x" * 9_000]})._replace(cut=100), "broke off"),
    "packed and cut": (
        Reply(gzip.compress(b"x" * 9_000)[:-9], headers=(("Content-Encoding", "gzip"),)),
        "broke off",
    ),
    "packed badly": (Reply(b"x" * 99, headers=(("Content-Encoding", "gzip"),)), "be unpacked"),
    "packed otherwise": (Reply(b"x", headers=(("Content-Encoding", "br"),)), "not asked for"),
}


@pytest.mark.parametrize(("reply", "words"), AWAY.values(), ids=AWAY)
def test_what_may_pass(openrouter: Standin, client: Client, reply: Reply, words: str) -> None:
    openrouter.replies[PATH] = reply
    with pytest.raises(UnreachableError, match=words) as caught:
        client.get(PATH, "asked")
    assert caught.value.where == openrouter.root
    assert caught.value.hint


@pytest.mark.parametrize("status", [400, 402, 403, 404])
def test_what_is_refused(openrouter: Standin, client: Client, status: int) -> None:
    openrouter.replies[PATH] = error(status, "No")
    with pytest.raises(RefusedError, match=f"answered {status}: No") as caught:
        client.get(PATH, "needed")
    assert caught.value.status == status


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed(openrouter: Standin, client: Client, status: int) -> None:
    with standing_in() as elsewhere:
        to = (("Location", f"{elsewhere.root}/v1/key"),)
        openrouter.replies["/v1/key"] = Reply(b"", status, to)
        with pytest.raises(UnreachableError, match="sends elsewhere"):
            client.get("/v1/key", "needed")
        assert elsewhere.asked == []


@pytest.mark.parametrize("is_packed", [False, True])
def test_an_answer_without_an_end(
    openrouter: Standin, client: Client, monkeypatch: pytest.MonkeyPatch, is_packed: bool
) -> None:
    monkeypatch.setattr(wire, "_LARGEST", 1 << 20)
    huge = b" " * (1 << 20 | 1)
    headers = (("Content-Encoding", "gzip"),)
    openrouter.replies[PATH] = (
        Reply(gzip.compress(huge), headers=headers) if is_packed else Reply(huge)
    )
    with pytest.raises(UnreachableError, match="far too large"):
        client.get(PATH, "asked")


def test_an_error_that_repeats_the_key(openrouter: Standin) -> None:
    key = "a-key-that-looks-like-none"
    openrouter.replies[PATH] = error(400, f"bad\n\x1b[31m key {key} and {KEY}")
    with pytest.raises(RefusedError) as caught:
        Client(openrouter.root, key).get(PATH, "needed")
    assert caught.value.message == "the upstream answered 400: bad [31m key *** and ***"


@contextlib.contextmanager
def speaking(speak: Callable[[socket.socket, bytes], None]) -> Iterator[str]:
    """HOST:PORT of what lets `speak` answer one connection, given what it said first."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(PATIENCE)

        def serve() -> None:
            line, _ = server.accept()
            with line, contextlib.suppress(ConnectionError):
                speak(line, line.recv(1 << 16))

        thread = threading.Thread(target=serve)
        thread.start()
        yield f"127.0.0.1:{server.getsockname()[1]}"
        thread.join()


@pytest.mark.parametrize(
    "words",
    [b"", b"garbage\r\n\r\n", b"HTTP/1.1 nonsense\r\n\r\n"],
    ids=["nothing", "no HTTP", "no status"],
)
def test_what_is_no_http(words: bytes) -> None:
    with (
        speaking(lambda line, _: line.sendall(words)) as address,
        pytest.raises(UnreachableError, match="cannot be reached"),
    ):
        Client(f"http://{address}", KEY).get(PATH, "needed")


def test_a_port_that_is_closed() -> None:
    with pytest.raises(UnreachableError, match=r"127\.0\.0\.1 cannot be reached"):
        Client("http://127.0.0.1:9", KEY).get(PATH, "needed")


def drip(line: socket.socket, _: bytes) -> None:
    """Each byte comes in time, and the last never."""
    line.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
    while True:
        line.sendall(b" ")
        time.sleep(0.02)


def stall(line: socket.socket, _: bytes) -> None:
    line.recv(1)


@pytest.mark.parametrize("speak", [drip, stall])
def test_an_answer_that_takes_too_long(
    monkeypatch: pytest.MonkeyPatch, speak: Callable[[socket.socket, bytes], None]
) -> None:
    monkeypatch.setattr(client_module, "LIMIT", 0.2)
    with (
        speaking(speak) as address,
        pytest.raises(UnreachableError, match="gave no answer within"),
    ):
        Client(f"http://{address}", KEY).get(PATH, "asked")


@pytest.fixture(scope="module")
def secure() -> Iterator[Standin]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(TLS / "upstream.pem")
    with standing_in(context) as standin:
        yield standin


def test_a_certificate_that_is_trusted(secure: Standin, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(TLS / "ca.pem"))
    assert Client(secure.root, KEY).get(PATH, "needed")


@pytest.mark.parametrize(("host", "trusts"), [("127.0.0.1", False), ("localhost", True)])
def test_a_certificate_that_is_not_trusted(
    secure: Standin, monkeypatch: pytest.MonkeyPatch, host: str, trusts: bool
) -> None:
    if trusts:
        monkeypatch.setenv("SSL_CERT_FILE", str(TLS / "ca.pem"))
    before = len(secure.asked)
    root = secure.root.replace("127.0.0.1", host)
    with pytest.raises(UnreachableError, match="no certificate that this machine trusts"):
        Client(root, KEY).get(PATH, "needed")
    assert len(secure.asked) == before


@pytest.mark.parametrize("name", ["HTTPS_PROXY", "ALL_PROXY"])
def test_a_proxy_of_the_environment_sees_no_key(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    for variable in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(variable, raising=False)
    heads: list[bytes] = []

    def refuse(line: socket.socket, head: bytes) -> None:
        heads.append(head)
        line.sendall(b"HTTP/1.1 503 No way\r\n\r\n")

    with speaking(refuse) as address:
        monkeypatch.setenv(name, f"http://{address}")
        with pytest.raises(UnreachableError, match=r"upstream\.test cannot be reached"):
            Client("https://upstream.test/api", KEY).get(PATH, "needed")
    assert heads[0].startswith(b"CONNECT upstream.test:443 ")
    assert KEY.encode() not in heads[0]


@pytest.mark.parametrize(
    "value", ["sk-or\nx", "sk or", "sk-ör", "sk\x7f"], ids=["line", "space", "letter", "control"]
)
def test_a_key_that_no_header_can_carry(value: str) -> None:
    with pytest.raises(ConfgenError) as caught:
        read_key({"MY_KEY": value}, "MY_KEY")
    assert caught.value.where == "$MY_KEY"
    assert value not in str(caught.value)


@pytest.mark.parametrize(("env", "key"), [({}, None), ({"K": " "}, None), ({"K": " a\n"}, "a")])
def test_a_key_that_is_set_or_not(env: dict[str, str], key: str | None) -> None:
    assert read_key(env, "K") == key
