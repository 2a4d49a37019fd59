"""One GET over HTTP, by the standard library: no redirect, no long wait, no endless answer.

Imported by whoever sends something, and by nobody else: it loads a third of what Python has.
"""

import time
import zlib
from http.client import HTTPException, HTTPResponse
from ipaddress import ip_address
from typing import NamedTuple
from urllib.parse import urlsplit
from urllib.request import (
    HTTPHandler,
    HTTPSHandler,
    OpenerDirector,
    ProxyHandler,
    Request,
    getproxies,
    proxy_bypass,
)

_LARGEST = 32 << 20  # bytes of an answer, unpacked; that of all models is about one million
_PIECE = 1 << 16
_GZIP = 31  # zlib's word for a gzip header


class Answer(NamedTuple):
    """What came: an HTTP status, and the body unpacked."""

    status: int
    body: bytes


class UselessError(Exception):
    """Nothing came that is of any use; its text says why."""


def fetch(url: str, headers: dict[str, str], limit: float) -> Answer:
    """The answer to a GET of `url`, which is to come within `limit` seconds; any status is one.

    Raises UselessError.
    """
    host = urlsplit(url).hostname
    deadline = time.monotonic() + limit
    try:
        with _opener(url).open(Request(url, headers=headers), timeout=limit) as response:  # noqa: S310 - check_upstream lets http(s) through alone
            return Answer(response.status, _unpacked(response, deadline))
    except (OSError, HTTPException, ValueError) as error:
        reason = getattr(error, "reason", error)
        if type(reason).__name__ == "SSLCertVerificationError":
            words = f"{host} has no certificate that this machine trusts"
        elif isinstance(reason, TimeoutError):
            words = f"{host} gave no answer within {limit:.0f} s"
        else:
            words = f"{host} cannot be reached"
        raise UselessError(words) from error


def _opener(url: str) -> OpenerDirector:
    """What opens `url` and nothing else: without the handlers that follow a redirect."""
    opener = OpenerDirector()
    opener.addheaders = []
    opener.add_handler(ProxyHandler(_proxies(url)))
    # Its own context checks certificates against the system's store, or $SSL_CERT_FILE.
    opener.add_handler(HTTPSHandler() if url.startswith("https:") else HTTPHandler())
    return opener


def _proxies(url: str) -> dict[str, str]:
    """The proxy that the environment (on macOS and Windows also the system) names for `url`."""
    parts = urlsplit(url)
    if _is_loopback(parts.hostname or "") or proxy_bypass(parts.netloc):
        return {}
    proxies = getproxies()
    named = proxies.get(parts.scheme) or proxies.get("all")
    return {parts.scheme: named} if named else {}


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _unpacked(response: HTTPResponse, deadline: float) -> bytes:
    coding = str(response.headers.get("Content-Encoding", "")).strip().lower()
    body = _body(response, deadline)
    if coding in ("", "identity"):
        return body
    if coding != "gzip":
        raise UselessError("the upstream's answer is packed in a way that was not asked for")
    unpack = zlib.decompressobj(_GZIP)
    try:
        plain = unpack.decompress(body, _LARGEST + 1)
    except zlib.error as error:
        raise UselessError("the upstream's answer cannot be unpacked") from error
    if len(plain) > _LARGEST:
        raise UselessError("the upstream's answer is far too large")
    if not unpack.eof:
        raise UselessError("the upstream's answer broke off")
    return plain


def _body(response: HTTPResponse, deadline: float) -> bytes:
    parts: list[bytes] = []
    size = 0
    while piece := response.read1(_PIECE):
        parts.append(piece)
        size += len(piece)
        if size > _LARGEST:
            raise UselessError("the upstream's answer is far too large")
        if time.monotonic() > deadline:
            raise TimeoutError
    if response.length:
        raise UselessError("the upstream's answer broke off")
    return b"".join(parts)
