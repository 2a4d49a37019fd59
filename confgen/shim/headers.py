"""Which headers cross the shim, in either direction. Names are compared in lower case."""

import re
from collections.abc import Iterator, Sequence

RawHeaders = Sequence[tuple[bytes, bytes]]

# RFC 9110 7.6.1: these speak of one connection alone.
_HOP_BY_HOP = frozenset(
    {
        b"connection", b"keep-alive", b"proxy-authenticate", b"proxy-authorization",
        b"proxy-connection", b"te", b"trailer", b"transfer-encoding", b"upgrade",
    }
)  # fmt: skip
_CREDENTIALS = frozenset(
    {
        b"authorization", b"x-api-key", b"api-key", b"apikey", b"anthropic-api-key",
        b"openai-api-key", b"x-goog-api-key", b"x-auth-token", b"x-access-token", b"cookie",
        b"cookie2",
    }
)  # fmt: skip
# Ours to say: where the request goes, how long it is, and that the answer must be readable.
_REPLACED = frozenset(
    {b"host", b"content-length", b"content-encoding", b"expect", b"accept-encoding"}
    | {b"x-openrouter-metadata", b"x-openrouter-experimental-metadata"}
)
# A page's doing, or a stored answer instead of the provider's.
_UNWANTED = frozenset(
    {b"origin", b"referer", b"forwarded", b"x-forwarded-for", b"x-forwarded-host"}
    | {b"x-openrouter-cache", b"x-openrouter-cache-ttl", b"x-openrouter-cache-clear"}
)
_NOT_SENT_ON = _HOP_BY_HOP | _CREDENTIALS | _REPLACED | _UNWANTED
_NOT_HANDED_BACK = _HOP_BY_HOP | {
    b"content-length", b"set-cookie", b"set-cookie2", b"alt-svc", b"strict-transport-security",
}  # fmt: skip
holds_key = re.compile(rb"\b(?:sk-(?:ant|or|proj)-|confgen-[\w-]{43})").search
"""Finds a key of a service that harnesses know, or the shim's own token."""


class Headers:
    """The headers of a request as they came; a name, asked for in lower case, may come again."""

    __slots__ = ("_values", "raw")

    def __init__(self, raw: RawHeaders) -> None:
        self.raw = raw
        self._values: dict[bytes, list[bytes]] = {}
        for name, value in raw:
            self._values.setdefault(name.lower(), []).append(value)

    def every(self, name: bytes) -> list[bytes]:
        return self._values.get(name, [])

    def first(self, name: bytes) -> str | None:
        values = self.every(name)
        return values[0].decode("latin-1") if values else None


def request_head(
    target: str, host: str, key: str, headers: RawHeaders, length: int | None
) -> bytes:
    """The head of an upstream request: the client's end-to-end headers, and one credential, ours.

    `length` is that of the body in bytes; None makes it a GET.
    """
    lines = [
        b"%b %b HTTP/1.1\r\nHost: %b\r\nAuthorization: Bearer %b\r\n"
        % (b"GET" if length is None else b"POST", target.encode(), host.encode(), key.encode()),
        # The shim reads what it hands on; over loopback nothing is gained by compression.
        b"Accept-Encoding: identity\r\n",
    ]
    if length is not None:
        lines.append(b"X-OpenRouter-Metadata: enabled\r\nContent-Length: %d\r\n" % length)
    lines += [b"%b: %b\r\n" % pair for pair in _end_to_end(headers, _NOT_SENT_ON)]
    lines.append(b"\r\n")
    return b"".join(lines)


def answer_headers(headers: RawHeaders) -> list[tuple[str, str]]:
    """The headers of an upstream's answer that its client gets."""
    return [
        (name.decode("latin-1"), value.decode("latin-1"))
        for name, value in _end_to_end(headers, _NOT_HANDED_BACK)
        if not name.lower().startswith(b"access-control-")
    ]


def _end_to_end(headers: RawHeaders, dropped: frozenset[bytes]) -> Iterator[tuple[bytes, bytes]]:
    named = b",".join(value for name, value in headers if name.lower() == b"connection")
    if named:
        dropped = dropped | {token.strip() for token in named.lower().split(b",")}
    for name, value in headers:
        if name.lower() not in dropped and not holds_key(value):
            yield name, value
