"""Which of the shim's paths a request is for, and what becomes of it there."""

import re
from functools import lru_cache
from typing import Literal, NamedTuple
from urllib.parse import unquote

from confgen.shim.dialect import Dialect, dialect_of
from confgen.shim.refusal import Refusal

Kind = Literal["forward", "count", "read", "hello", "health", "version", "config", "stop"]

_OWN: dict[tuple[str, str], Kind] = {
    ("GET", "/healthz"): "health",
    ("GET", "/version"): "version",
    ("GET", "/config"): "config",
    ("POST", "/stop"): "stop",
}
_PREFIX = re.compile(r"(?:/p/(?P<profile>[^/]+))?(?P<rest>/(?:api/)?(?:v1/.*|hello))", re.DOTALL)
# What no path of OpenRouter has, and what a server further on might read as another path.
_ODD = re.compile(r"//|\\|/\.{1,2}(?:/|$)|%(?:2e|2f|5c|00|0a|0d)|[^\x21-\x7e]", re.IGNORECASE)


class Route(NamedTuple):
    """What a request is for. `target` is the path below the upstream's root, with its query.

    `profile` is None where the path names none. Errors are told in the words of `dialect`.
    """

    kind: Kind
    dialect: Dialect = "chat"
    profile: str | None = None
    target: str = ""


@lru_cache(maxsize=128)
def find_route(method: str, raw_path: str) -> Route:
    """Raises Refusal with 404 for a path that is not served, with 405 for a method."""
    path, mark, query = raw_path.partition("?")
    if kind := _OWN.get(("GET" if method == "HEAD" else method, path)):
        return Route(kind)
    match = _PREFIX.fullmatch(path)
    if match is None or _ODD.search(match["rest"]):
        raise Refusal(404, "nothing is at this path: the shim serves /v1/... and /p/PROFILE/v1/...")
    profile = match["profile"] and unquote(match["profile"])
    below = match["rest"].removeprefix("/api")
    if below == "/hello":
        return Route(_only(method, ("GET", "HEAD"), "hello"), profile=profile)
    below = below.removeprefix("/v1")
    target = f"/v1{below}{mark}{query}"
    dialect = dialect_of(below)
    if below == "/messages/count_tokens":
        return Route(_only(method, ("POST",), "count"), "messages", profile, target)
    if method in ("GET", "HEAD"):
        return Route("read", dialect or "chat", profile, target)
    if dialect is None:
        raise Refusal(404, "the shim forwards no such path, since it could not pin it")
    return Route(_only(method, ("POST",), "forward"), dialect, profile, target)


def guess_dialect(raw_path: str) -> Dialect:
    """The dialect in which the caller of a path that is not served is told so."""
    return "messages" if "/messages" in raw_path or "/hello" in raw_path else "chat"


def _only(method: str, methods: tuple[str, ...], kind: Kind) -> Kind:
    if method not in methods:
        raise Refusal(405, f"this path takes {' and '.join(methods)} alone")
    return kind
