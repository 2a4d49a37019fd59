"""Questions to OpenRouter's API, or to what speaks like it, and what their failures are called."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Literal

from confgen import __version__
from confgen.document.values import at
from confgen.errors import ConfgenError
from confgen.openrouter.errors import RefusedError, UnreachableError
from confgen.openrouter.foreign import decode, text
from confgen.redact import redact_message

if TYPE_CHECKING:
    from confgen.openrouter.wire import Answer

KeyUse = Literal["asked", "welcome", "needed"]
"""When the key goes along: once the upstream asks for one, unless it refuses it, or always."""

LIMIT = 5.0
"""Seconds that an answer may take, from the first step to its last byte."""

_LONGEST = 200  # characters of the upstream's own words
_OK = 200
_MULTIPLE, _BAD_REQUEST, _SERVER_ERROR = 300, 400, 500
_UNAUTHORIZED = (401, 403)
_LATER = (408, 429)
_CHECK_KEY = "'confgen doctor' says what is wrong with the key"
_CHECK_WAY = "check the network and its proxies, or give --offline"
_HEADERS = {
    "User-Agent": f"confgen/{__version__}",
    "Accept": "application/json",
    "Accept-Encoding": "gzip",
}


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

    def get(self, path: str, key: KeyUse) -> bytes:
        """The body of the answer, `path` being such as `/v1/models`.

        Raises UnreachableError, and RefusedError for what the upstream will not answer.
        """
        tries = {"asked": (None, self._key), "welcome": (self._key, None), "needed": (self._key,)}
        first, *others = dict.fromkeys(tries[key])
        answer = self._ask(path, first)
        for other in others:
            if answer.status in _UNAUTHORIZED:
                answer = self._ask(path, other)
        if answer.status == _OK:
            return answer.body
        raise self._fault(answer)

    def _ask(self, path: str, key: str | None) -> "Answer":
        # Imported here: it takes as long to load as the rest of a command.
        from confgen.openrouter.wire import UselessError, fetch  # noqa: PLC0415

        signature = {"Authorization": f"Bearer {key}"} if key else {}
        try:
            return fetch(f"{self.root}{path}", {**_HEADERS, **signature}, LIMIT)
        except UselessError as error:
            raise UnreachableError(str(error), where=self.root, hint=_CHECK_WAY) from error

    def _fault(self, answer: "Answer") -> ConfgenError:
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
