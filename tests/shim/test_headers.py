import pytest
from hypothesis import given
from hypothesis import strategies as st

from confgen.shim.headers import Headers, answer_headers, request_head

KEY = "sk-or-v1-ours"
HOST = "openrouter.ai"

DROPPED = {
    "hop by hop": (
        "Connection: keep-alive", "Keep-Alive: 5", "TE: trailers", "Trailer: x", "Upgrade: h2c",
        "Transfer-Encoding: chunked", "Proxy-Authorization: Basic eA==", "Proxy-Connection: close",
    ),
    "credentials": (
        "Authorization: Bearer token", "X-Api-Key: token", "Api-Key: token", "Cookie: a=b",
        "X-Goog-Api-Key: token", "X-Auth-Token: token",
    ),
    "replaced": (
        "Host: 127.0.0.1:8787", "Content-Length: 5", "Expect: 100-continue",
        "Accept-Encoding: gzip", "X-OpenRouter-Metadata: disabled",
    ),
    "of a page": ("Origin: http://localhost", "Referer: http://localhost/", "Forwarded: for=a"),
    "a stored answer's": ("X-OpenRouter-Cache: true", "X-OpenRouter-Cache-TTL: 60"),
    "a key under any name": (
        "X-Mine: sk-ant-api03-a", "X-Mine: Bearer sk-or-v1-b", f"X-Mine: confgen-{'-_aZ0' * 8}xyz",
    ),
}  # fmt: skip
KEPT = (
    "anthropic-version: 2023-06-01", "anthropic-beta: a,b", "anthropic-beta: c", "Accept: */*",
    "X-Title: OpenCode", "HTTP-Referer: https://opencode.ai", "User-Agent: claude-cli/2.1.330",
    "Content-Type: application/json", "x-session-id: 5", "X-Empty: ", "X-Latin: \xe9",
    "X-Words: task-or-confgen-shim",
)  # fmt: skip


def raw(*lines: str) -> tuple[tuple[bytes, bytes], ...]:
    pairs = (line.encode("latin-1").split(b": ", 1) for line in lines)
    return tuple((name, value) for name, value in pairs)


def sent(*lines: str, length: int | None = 7) -> list[str]:
    """The lines of an upstream request's head."""
    head = request_head("/api/v1/messages?beta=true", HOST, KEY, raw(*lines), length)
    assert head.endswith(b"\r\n\r\n")
    return head.decode("latin-1").removesuffix("\r\n\r\n").split("\r\n")


OURS = sent()


def test_a_post() -> None:
    assert [
        "POST /api/v1/messages?beta=true HTTP/1.1",
        f"Host: {HOST}",
        f"Authorization: Bearer {KEY}",
        "Accept-Encoding: identity",
        "X-OpenRouter-Metadata: enabled",
        "Content-Length: 7",
    ] == OURS


def test_a_get_has_no_length() -> None:
    first, *rest = sent(length=None)
    assert first == "GET /api/v1/messages?beta=true HTTP/1.1"
    assert not [line for line in rest if line.startswith(("Content-", "Transfer-"))]


@pytest.mark.parametrize("change", [str, str.lower, str.upper])
@pytest.mark.parametrize("line", [line for lines in DROPPED.values() for line in lines])
def test_what_stays_behind(line: str, change: type[str]) -> None:
    name, colon, value = line.partition(": ")
    assert sent(f"{change(name)}{colon}{value}") == OURS


@pytest.mark.parametrize("line", KEPT)
def test_what_goes_on(line: str) -> None:
    assert sent(line) == [*OURS, line]


def test_order_and_repetition_stay() -> None:
    assert sent(*KEPT, *DROPPED["credentials"], *KEPT) == [*OURS, *KEPT, *KEPT]


@pytest.mark.parametrize(
    "named", ["X-Mine", "close, x-mine", "X-MINE ,keep-alive", "a,,x-mine,", " x-mine "]
)
def test_what_connection_names_stays_behind(named: str) -> None:
    assert sent("X-Mine: 1", f"Connection: {named}", "X-Other: 2") == [*OURS, "X-Other: 2"]


def test_every_connection_header_counts() -> None:
    assert sent("A: 1", "B: 2", "Connection: a", "connection: b") == OURS


NAMES = st.text("abcXYZ-_", min_size=1, max_size=8)
VALUES = st.text(st.characters(min_codepoint=0x20, max_codepoint=0xFF), max_size=20).map(str.strip)


@given(
    st.lists(st.tuples(NAMES, VALUES) | st.sampled_from([("Authorization", "x"), ("Cookie", "y")]))
)
def test_one_credential_and_the_rest_as_it_came(pairs: list[tuple[str, str]]) -> None:
    lines = sent(*(f"{name}: {value}" for name, value in pairs))
    wanted = [
        f"{name}: {value}" for name, value in pairs if name not in ("Authorization", "Cookie")
    ]
    assert lines == [*OURS, *wanted]


def test_what_an_answer_hands_back() -> None:
    came = raw(
        "Content-Type: text/event-stream", "X-Request-Id: 1", "X-Twice: a", "X-Twice: b",
        "Content-Encoding: gzip", "Retry-After: 2", "Cache-Control: no-cache",
    )  # fmt: skip
    gone = raw(
        "Transfer-Encoding: chunked", "Connection: close, x-mine", "X-Mine: 1", "Keep-Alive: 5",
        "Content-Length: 5", "Set-Cookie: a=b", "Alt-Svc: h3", "Access-Control-Allow-Origin: *",
        "access-control-expose-headers: *", "Strict-Transport-Security: max-age=1",
    )  # fmt: skip
    expected = [(name.decode(), value.decode()) for name, value in came]
    assert answer_headers((*gone, *came)) == expected


@pytest.mark.parametrize(("name", "values"), [(b"x-a", [b"1", b"2"]), (b"x-b", [])])
def test_headers_are_found_whatever_their_case(name: bytes, values: list[bytes]) -> None:
    headers = Headers(raw("X-A: 1", "Other: 3", "x-a: 2"))
    assert headers.every(name) == values
    assert headers.first(name) == (values[0].decode() if values else None)
