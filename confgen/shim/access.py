"""Who may use the shim: programs on this machine that hold its token, and no web page at all."""

import hmac
import ipaddress
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import urlsplit

from confgen.shim.headers import Headers
from confgen.shim.refusal import Refusal

_LOCAL_NAMES = frozenset({"localhost", "localhost.localdomain"})


def is_loopback(host: str) -> bool:
    """Whether a name or an address, without port and brackets, is this machine."""
    if host.lower().rstrip(".") in _LOCAL_NAMES:
        return True
    return _is_ip(host) and ipaddress.ip_address(host).is_loopback


class Access(NamedTuple):
    """What a request must show. `tokens` is empty where none is asked for.

    `names` are the hosts, besides this machine's loopback, that a request may be addressed to. Of
    a shim that is open to other machines any address is one: a page can have its own name lead
    here, but not an address that is not its own.
    """

    tokens: tuple[bytes, ...]
    names: frozenset[str] = frozenset()
    is_open: bool = False

    def check_origin(self, headers: Headers) -> None:
        """Refuse what a browser sends for a foreign page. Raises Refusal with 403 or 421."""
        hosts = headers.every(b"host")
        if len(hosts) > 1 or not all(_is_ours(host, self.names, self.is_open) for host in hosts):
            raise Refusal(421, "this is a shim on loopback: the request is meant for another host")
        for origin in headers.every(b"origin"):
            if not _is_local_origin(origin):
                raise Refusal(403, "requests that come from a web page are not served")
        if headers.every(b"access-control-request-method"):
            raise Refusal(403, "requests that come from a web page are not served")

    def check_token(self, headers: Headers) -> None:
        """Raises Refusal with 401 unless the request carries one of the tokens."""
        if not self.tokens:
            return
        shown = [_bare(value) for value in headers.every(b"authorization")]
        shown += headers.every(b"x-api-key")
        # Every pair is compared, so that the time tells nothing.
        matches = [hmac.compare_digest(one, token) for one in shown for token in self.tokens]
        if not any(matches):
            fault = "wrong" if any(shown) else "missing"
            raise Refusal(
                401,
                f"the shim's local token is {fault}: "
                "'confgen apply HARNESS --route shim --force' writes it into a harness's file",
            )


@lru_cache(maxsize=64)
def _is_ours(host: bytes, names: frozenset[str], is_open: bool) -> bool:
    name = _host_name(host.decode("latin-1"))
    return is_loopback(name) or name.lower() in names or (is_open and _is_ip(name))


def _is_ip(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _bare(authorization: bytes) -> bytes:
    scheme, _, value = authorization.partition(b" ")
    return value.strip() if scheme.lower() == b"bearer" else b""


def _host_name(host: str) -> str:
    """`127.0.0.1:8787` and `[::1]:8787` without their port; text that is no host stays as it is."""
    if host.startswith("["):
        name, bracket, rest = host.partition("]")
        return name[1:] if bracket and (not rest or rest[0] == ":") else host
    name, _, port = host.rpartition(":")
    return name if name and port.isdigit() and ":" not in name else host


def _is_local_origin(origin: bytes) -> bool:
    try:
        host = urlsplit(origin.decode("latin-1")).hostname
    except ValueError:
        return False
    return host is not None and is_loopback(host)
