"""GETs to OpenRouter's API, or to what speaks like it: no prompt, no redirect, no long wait.

The standard library's HTTP is enough for a handful of questions, and loads fast.
"""

import time
import zlib
from collections.abc import Mapping
from http.client import HTTPException, HTTPMessage, HTTPResponse
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

from confgen import __version__
from confgen.errors import ConfgenError
from confgen.openrouter.errors import RefusedError, UnreachableError
from confgen.openrouter.foreign import at, decode, text
from confgen.redact import redact_message

LIMIT = 5.0
"""Seconds that an answer may take, from the first step to its last byte."""

_LARGEST = 32 << 20  # bytes of an answer, unpacked; that of all models is about one million
_PIECE = 1 << 16
_LONGEST = 200  # characters of the upstream's own words
_OK = 200
_MULTIPLE, _BAD_REQUEST, _SERVER_ERROR = 300, 400, 500
_UNAUTHORIZED = (401, 403)
_LATER = (408, 429)
_CHECK_KEY = "'confgen doctor' says what is wrong with the key"
_GZIP = 31  # zlib's word for a gzip header

_KIND = "application/json"


class _Answer(NamedTuple):
    status: int
    body: bytes


class Client:
    """An API root such as `https://openrouter.ai/api`, and the key that opens it, if there is one.

    The key goes to no other host: what asks for it there is asked for directly, or through the
    tunnel of a proxy that cannot read it, and a redirect is an error.
    """

    def __init__(self, root: str, key: str | None) -> None:
        self.root = root
        self._key = key

    @property
    def has_key(self) -> bool:
        return self._key is not None

    def get(self, path: str, *, sign: bool) -> bytes:
        """The body of the answer, `path` being such as `/v1/models`.

        The key goes along where `sign` says so, or once the upstream asks for one. Raises
        UnreachableError, and RefusedError for what it will not answer.
        """
        answer = self._ask(path, self._key if sign else None)
        if answer.status in _UNAUTHORIZED and self._key and not sign:
            answer = self._ask(path, self._key)
        if answer.status == _OK:
            return answer.body
        raise self._fault(answer)

    def _ask(self, path: str, key: str | None) -> _Answer:
        url = f"{self.root}{path}"
        headers = {
            "User-Agent": f"confgen/{__version__}",
            "Accept": _KIND,
            "Accept-Encoding": "gzip",
        }
        if key:
            headers["Authorization"] = f"Bearer {key}"
        deadline = time.monotonic() + LIMIT
        try:
            with _opener(url).open(Request(url, headers=headers), timeout=LIMIT) as response:  # noqa: S310 - check_upstream lets http(s) through alone
                return _Answer(response.status, _unpacked(response, deadline))
        except (OSError, HTTPException, ValueError) as error:
            hint = "check the network and its proxies, or give --offline for what is kept"
            raise UnreachableError(self._reason(error), where=self.root, hint=hint) from error

    def _reason(self, error: Exception) -> str:
        reason = getattr(error, "reason", error)
        host = urlsplit(self.root).hostname
        if type(reason).__name__ == "SSLCertVerificationError":
            return f"{host} has no certificate that this machine trusts"
        if isinstance(reason, TimeoutError):
            return no_answer(self.root)
        if isinstance(reason, _UnusableError):
            return str(reason)
        return f"{host} cannot be reached"

    def _fault(self, answer: _Answer) -> ConfgenError:
        status, said = answer.status, self._words(answer.body)
        if _MULTIPLE <= status < _BAD_REQUEST:
            words = f"the upstream sends elsewhere ({status}), where confgen does not follow"
            return UnreachableError(
                words, where=self.root, hint="give --upstream the API's own root"
            )
        words = f"the upstream answered {status}{said and f': {said}'}"
        if status in _LATER or not _BAD_REQUEST <= status < _SERVER_ERROR:
            return UnreachableError(words, where=self.root, hint="try again in a while")
        hint = _CHECK_KEY if status in _UNAUTHORIZED else None
        return RefusedError(words, status=status, where=self.root, hint=hint)

    def _words(self, body: bytes) -> str:
        """What the upstream says of an error, on one line and without the key."""
        try:
            error = at(decode(body), "error")
        except UnreachableError:
            return ""
        said = text(at(error, "message")) or text(error) or ""
        line = " ".join("".join(c if c.isprintable() else " " for c in said).split())
        return redact_message(line, [self._key] if self._key else [])[:_LONGEST]


class _UnusableError(ValueError):
    """An answer that came, and is no use."""


def no_answer(root: str) -> str:
    return f"{urlsplit(root).hostname} gave no answer within {LIMIT:.0f} s"


def read_key(env: Mapping[str, str], name: str) -> str | None:
    """The key in the variable `name`; None where it is not set.

    Raises ConfgenError for one that no header can carry.
    """
    key = env.get(name, "").strip()
    if not key.isascii() or not key.isprintable() or " " in key:
        raise ConfgenError(
            "the key for the upstream holds characters that no key has",
            where=f"${name}",
            hint="set it to the key alone, without spaces or line ends",
        )
    return key or None


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
    host = parts.hostname or ""
    if _is_loopback(host) or proxy_bypass(parts.netloc):
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
    coding = _coding(response.headers)
    body = _body(response, deadline)
    if coding == "identity":
        return body
    if coding != "gzip":
        raise _UnusableError("the upstream's answer is packed in a way that was not asked for")
    unpack = zlib.decompressobj(_GZIP)
    try:
        plain = unpack.decompress(body, _LARGEST + 1)
    except zlib.error as error:
        raise _UnusableError("the upstream's answer cannot be unpacked") from error
    if len(plain) > _LARGEST:
        raise _UnusableError("the upstream's answer is far too large")
    if not unpack.eof:
        raise _UnusableError("the upstream's answer broke off")
    return plain


def _coding(headers: HTTPMessage) -> str:
    return str(headers.get("Content-Encoding", "")).strip().lower() or "identity"


def _body(response: HTTPResponse, deadline: float) -> bytes:
    parts: list[bytes] = []
    size = 0
    while piece := response.read1(_PIECE):
        parts.append(piece)
        size += len(piece)
        if size > _LARGEST:
            raise _UnusableError("the upstream's answer is far too large")
        if time.monotonic() > deadline:
            raise TimeoutError
    if response.length:
        raise _UnusableError("the upstream's answer broke off")
    return b"".join(parts)
