"""Where a request is meant to go: by its first line, its `Host` headers, and where it came.

An address in the capture may stand for another: `https://openrouter.ai/api` becomes
`http://127.0.0.1:PORT/https/openrouter.ai/api`.
"""

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple
from urllib.parse import urlsplit

from confgen.shim.access import is_loopback

PORTS = {"http": 80, "https": 443}
"""Where a scheme is served unless its address says otherwise."""

_URL = re.compile(r"(https?)://(?:[^/?#@\s]*@)?([^/?#@\s]+)([/?#]\S*)?", re.IGNORECASE)
_PATH = re.compile(r"/(https?)/([^/?#]+)([/?#].*)?")
_AUTHORITY = re.compile(r"(\[[^\[\]@/?#\s]+\]|[^:@/?#\s\[\]]+)(?::([0-9]{1,5}))?")


def stand_in(url: str, root: str) -> str:
    """The address in the capture at `root` (`http://127.0.0.1:PORT`) that stands for `url`.

    Credentials in it are left out. What is no HTTP address, or is the capture's, stays as it is.
    """
    found = _URL.fullmatch(url)
    if found is None or url.startswith(f"{root}/"):
        return url
    return f"{root}/{found[1].lower()}/{found[2]}{found[3] or ''}"


def meant_for(path: str) -> str | None:
    """The address for which a request to `path` of the capture was meant, its query included."""
    found = _PATH.fullmatch(path)
    return f"{found[1]}://{found[2]}{found[3] or ''}" if found else None


def split_authority(text: str) -> tuple[str, int | None] | None:
    """`HOST:PORT` as the two, the host in small letters and without brackets; None for neither."""
    found = _AUTHORITY.fullmatch(text)
    host = found[1].strip("[]").rstrip(".").lower() if found else ""
    return (host, int(found[2]) if found[2] else None) if found and host else None


def origin_at(scheme: str, host: str, port: int | None) -> str:
    """`https://openrouter.ai`: without the port that goes without saying."""
    shown = f"[{host}]" if ":" in host else host
    return f"{scheme}://{shown}" + ("" if port in (None, PORTS[scheme]) else f":{port}")


def normal(url: str) -> str:
    """An HTTP address with its origin spelt as `origin_at` does it; the rest stays as it is."""
    found = _URL.fullmatch(url)
    place = split_authority(found[2]) if found else None
    return f"{origin_at(found[1].lower(), *place)}{found[3] or ''}" if found and place else url


def origin_of(url: str) -> str:
    """The origin of an HTTP address that is `normal`."""
    return "/".join(url.split("/")[:3])


def host_of(url: str) -> str:
    """The host of an address, in small letters; "?" where it has none."""
    try:
        return urlsplit(url).hostname or "?"
    except ValueError:
        return "?"


class Meant(NamedTuple):
    """`names` is another host that the request names. `here` says that it is for the capture."""

    url: str
    names: str = ""
    here: bool = False


def meant(
    target: str, hosts: Sequence[str], *, address: str, origin: str | None, tunnel: str | None
) -> Meant:
    """What a request with this target and these `Host` headers is going to.

    It came to the capture at `address`, where `origin` is served if that is not None; or in a
    tunnel, which leads to the host `tunnel` and that origin.
    """
    places = [(text, split_authority(text.strip())) for text in hosts]
    named = [place[0] if place else text for text, place in places]
    path = target
    if not target.startswith("/"):
        url = normal(target)
        if not tunnel:
            return Meant(url, _other(named, host_of(url)))
        named.append(host_of(url))
        path = target.removeprefix(origin_of(target)) or "/"
    if tunnel:
        return Meant(f"{origin}{path}", _other(named, tunnel))
    own = host_of(origin or address)
    if len(named) != 1 or not (is_loopback(named[0]) or named[0] == own):
        # Where its address led does not say where it would have been served.
        host = hosts[0] if hosts else ""
        return Meant(f"http://{host}{path}", host or "any host")
    if origin:
        return Meant(f"{origin}{path}")
    return Meant(meant_for(path) or f"{address}{path}", here=True)


def _other(hosts: Iterable[str], host: str) -> str:
    return next((other for other in hosts if other != host), "")
