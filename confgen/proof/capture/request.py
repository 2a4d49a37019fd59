"""One request as the capture has recorded it."""

from collections.abc import Mapping
from typing import Any, NamedTuple

DIALECTS = ("/chat/completions", "/messages", "/responses")
"""How the paths end at which OpenRouter has a model answer."""

_MODEL_PATHS = (
    *DIALECTS, "/completions",
    # Gemini's, and what Google serves for others.
    ":generateContent", ":streamGenerateContent", ":rawPredict", ":streamRawPredict",
    # Bedrock's.
    "/converse", "/converse-stream",
    "/invoke", "/invoke-with-response-stream", "/invoke-with-bidirectional-stream",
)  # fmt: skip
"""How they end anywhere."""

_COUNTING = ("/count_tokens", ":countTokens", "/count-tokens", "/token_counter", "/input_tokens")
"""How the paths end at which a prompt is counted, for nothing, and not answered."""

_PROMPTS = frozenset({"messages", "input", "prompt", "contents"})
"""What stands beside `model` where it is to answer."""
_OF_MODELS = _PROMPTS | {"model"}

_KEYS = ("authorization", "x-api-key", "api-key", "x-goog-api-key")


class Request(NamedTuple):
    """`url` is the address that the request was really going to.

    Header names are lower case. `body` is empty where it is no JSON object, which `readable` says;
    with `opaque` it is nothing else either that can be looked into. With `proxied` the client
    wanted to leave this machine, and came here as to its proxy. `names` is another host than that
    of the address, where its `Host` header names one. `tells` says that it holds a prompt.
    """

    method: str
    url: str
    headers: tuple[tuple[str, str], ...]
    body: Mapping[str, Any]
    readable: bool = True
    proxied: bool = False
    opaque: bool = False
    names: str = ""
    tells: bool = False

    @property
    def path(self) -> str:
        """The address without its query."""
        return self.url.partition("?")[0]

    @property
    def asks_model(self) -> bool:
        """Whether a model was to answer, and money to be spent; counting tokens costs none."""
        if self.opens_socket:
            return self.is_dialect
        if self.method != "POST" or self.is_count:
            return False
        if self.is_dialect:
            # Servers of tools are spoken to in JSON-RPC, and some listen at `/messages`.
            return "jsonrpc" not in self.body or not self.body.keys().isdisjoint(_OF_MODELS)
        return "model" in self.body and not _PROMPTS.isdisjoint(self.body)

    @property
    def is_dialect(self) -> bool:
        """Whether it goes to a path where models answer, here or there."""
        return self.path.rstrip("/").endswith(_MODEL_PATHS)

    @property
    def is_count(self) -> bool:
        """Whether a prompt is only to be counted."""
        return self.path.rstrip("/").endswith(_COUNTING)

    @property
    def is_unseen(self) -> bool:
        """Whether it may have asked a model without that anything of it shows."""
        if self.asks_model:
            return False
        return self.opens_socket or (self.opaque and self.method in ("POST", "PUT", "PATCH"))

    @property
    def opens_socket(self) -> bool:
        """Whether it asks for a WebSocket, in which a model could be asked unseen."""
        return any(
            name == "upgrade" and "websocket" in value.lower() for name, value in self.headers
        )

    @property
    def credentials(self) -> frozenset[str]:
        """Every key that the request carries, without the word Bearer."""
        return frozenset(_bare(value) for name, value in self.headers if name in _KEYS)


def _bare(value: str) -> str:
    scheme, _, key = value.partition(" ")
    return key.strip() if scheme.lower() == "bearer" else value
