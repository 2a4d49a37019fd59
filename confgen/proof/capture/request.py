"""One request as the capture has recorded it."""

from collections.abc import Mapping
from typing import Any, NamedTuple

DIALECTS = ("/chat/completions", "/messages", "/responses")
"""How the paths end at which OpenRouter has a model answer."""

_KEYS = ("authorization", "x-api-key", "api-key", "x-goog-api-key")


class Request(NamedTuple):
    """`url` is the address that the request was meant for; of a CONNECT it is HOST:PORT.

    Header names are lower case. `body` is empty where it is no JSON object, which `readable` says.
    With `proxied` the client wanted to leave this machine, and came here as to its proxy.
    """

    method: str
    url: str
    headers: tuple[tuple[str, str], ...]
    body: Mapping[str, Any]
    readable: bool = True
    proxied: bool = False

    @property
    def path(self) -> str:
        """The address without its query."""
        return self.url.partition("?")[0]

    @property
    def asks_model(self) -> bool:
        """Whether a model was to answer, and money to be spent; counting tokens costs none."""
        if self.opens_socket:
            return self.path.endswith(DIALECTS)
        if self.method != "POST" or self.path.endswith("/count_tokens"):
            return False
        return not self.readable or "model" in self.body or self.path.endswith(DIALECTS)

    @property
    def opens_socket(self) -> bool:
        """Whether it asks for a WebSocket, in which a model could be asked unseen."""
        return any(
            name == "upgrade" and "websocket" in value.lower() for name, value in self.headers
        )

    @property
    def credentials(self) -> frozenset[str]:
        """Every key that the request carries, without the word Bearer."""
        values = (value for name, value in self.headers if name in _KEYS)
        return frozenset(_bare(value) for value in values)


def _bare(value: str) -> str:
    scheme, _, key = value.partition(" ")
    return key.strip() if scheme.lower() == "bearer" else value
