"""The addresses of this machine that files name."""

import pytest

from confgen.proof.loopback import Address, addresses


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('"http://127.0.0.1:8787/v1"', ("http://127.0.0.1:8787", "http", "127.0.0.1", 8787)),
        ("http://localhost:8787", ("http://localhost:8787", "http", "localhost", 8787)),
        ("HTTP://LocalHost:1/x", ("HTTP://LocalHost:1", "http", "localhost", 1)),
        ('"http://[::1]:9"', ("http://[::1]:9", "http", "[::1]", 9)),
        ("http://127.9.9.9/a", ("http://127.9.9.9", "http", "127.9.9.9", 80)),
        ("https://localhost?x", ("https://localhost", "https", "localhost", 443)),
        ("http://0.0.0.0:1234#", ("http://0.0.0.0:1234", "http", "0.0.0.0", 1234)),  # noqa: S104
        (r"http:\/\/127.0.0.1:8787\/v1", ("http://127.0.0.1:8787", "http", "127.0.0.1", 8787)),
        ("A=http://127.0.0.1:8787\n", ("http://127.0.0.1:8787", "http", "127.0.0.1", 8787)),
        ("'http://localhost:1'", ("http://localhost:1", "http", "localhost", 1)),
    ],
)
def test_an_address(text: str, found: tuple[str, str, str, int]) -> None:
    assert addresses([text]) == (Address(*found),)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "http://localhost.example:80/",
        "http://127.0.0.1.example/",
        "http://128.0.0.1:80/",
        "http://localhost:0/",
        "http://localhost:65536/",
        "http://localhost:123456/",
        "ws://localhost:1/",
        "https://openrouter.ai/api",
        "localhost:8787",
    ],
)
def test_none(text: str) -> None:
    assert addresses([text]) == ()


def test_each_once_and_in_order() -> None:
    texts = ["http://localhost:2 http://localhost:1", "http://localhost:2/x"]
    assert [address.port for address in addresses(texts)] == [2, 1]


@pytest.mark.parametrize(
    ("text", "origin"),
    [
        ("http://localhost:80", "http://localhost"),
        ("https://localhost:443", "https://localhost"),
        ("https://localhost:80", "https://localhost:80"),
        ("http://[::1]", "http://[::1]"),
    ],
)
def test_the_origin_is_spelt_as_a_request_s(text: str, origin: str) -> None:
    [found] = addresses([text])
    assert found.origin == origin
