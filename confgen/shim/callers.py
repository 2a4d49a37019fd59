"""Whom a request is from: the harness, and the session that it names."""

import re
from collections.abc import Mapping
from typing import NamedTuple

from confgen.shim.headers import Headers

_PRODUCT = re.compile(r"\s*([^\s/]{1,40})")
_SESSION = b"x-session-id"
"""OpenRouter's own header; clients of any kind send it."""


class Callers(NamedTuple):
    """What is known of the harnesses.

    `agents` gives a harness by the product that its User-Agent names first; `session_headers` name
    a session where OpenRouter's own header does not. Products and headers are in lower case.
    """

    agents: Mapping[str, str]
    session_headers: tuple[bytes, ...]

    def harness(self, headers: Headers) -> str:
        """The harness that sends these headers, else the first product of its User-Agent."""
        named = _PRODUCT.match(headers.first(b"user-agent") or "")
        return self.agents.get(named[1].lower(), named[1]) if named else "unknown"

    def session(self, headers: Headers) -> str | None:
        names = (_SESSION, *self.session_headers)
        return next((found for name in names if (found := headers.first(name))), None)
