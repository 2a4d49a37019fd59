"""The addresses of this machine itself that a client's files and environment name."""

import re
from collections.abc import Iterable
from typing import NamedTuple

_ADDRESS = re.compile(
    r"(?P<scheme>https?)://(?P<host>localhost|127(?:\.\d{1,3}){3}|\[::1\]|0\.0\.0\.0)"
    r"(?::(?P<port>\d{1,5}))?(?=[/?#\s\"'\\,}]|$)",
    re.IGNORECASE,
)
_USUAL = {"http": 80, "https": 443}
_MOST_PORTS = 65535


class Address(NamedTuple):
    """`text` as it is written, such as `http://localhost:8787`, without a path."""

    text: str
    scheme: str
    host: str
    port: int

    @property
    def origin(self) -> str:
        """The address as a request's is spelt: without its scheme's usual port."""
        usual = self.port == _USUAL[self.scheme]
        return f"{self.scheme}://{self.host}" + ("" if usual else f":{self.port}")


def addresses(texts: Iterable[str]) -> tuple[Address, ...]:
    """Each address once, in order. JSON may spell a slash with a backslash before it."""
    found: dict[str, Address] = {}
    for text in texts:
        for match in _ADDRESS.finditer(text.replace("\\/", "/")):
            scheme, host = match["scheme"].lower(), match["host"].lower()
            port = int(match["port"] or _USUAL[scheme])
            if 0 < port <= _MOST_PORTS:
                found[match[0]] = Address(match[0], scheme, host, port)
    return tuple(found.values())
