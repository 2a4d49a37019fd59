"""What the capture has recorded, and how it is to answer."""

import base64
import hmac
import threading
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from confgen.harnesses.session import TASK, Step
from confgen.proof.capture.address import host_of, origin_of, stand_in
from confgen.proof.capture.request import Request
from confgen.proof.capture.script import Moves, Reply, play

MOST_REQUESTS = 2000
"""A client that asks for ever has shown by then what it sends."""

OPENROUTER = "openrouter.ai"

_USER = "confgen"
_UNKNOWN = "it came to the proxy without its credentials"


def is_openrouter(url: str) -> bool:
    """Whether an address is one of OpenRouter's own."""
    host = host_of(url)
    return host == OPENROUTER or host.endswith(f".{OPENROUTER}")


class Unseen(NamedTuple):
    """A connection to `host` in which a model may have been asked, and why nothing shows of it."""

    host: str
    why: str


def _open_gate() -> threading.Event:
    gate = threading.Event()
    gate.set()
    return gate


@dataclass(slots=True)
class Capture:
    """Requests in order of arrival, the steps that are still to be played, and those `played`.

    `address` is where it listens, without a path. Who comes as to a proxy must know the `token`
    and trust the authority of `certificate`. `upstreams` are the origins for which it answers,
    beside OpenRouter's own. While `gate` is cleared, streams stop short of their last events.
    `refusal`, a status and a body, answers in place of every model. `overrun` says that there were
    more requests than it has kept. `prompts` are the words by which one is known.
    """

    address: str = ""
    token: str = field(default="", repr=False)
    certificate: bytes = b""
    upstreams: frozenset[str] = frozenset()
    requests: list[Request] = field(default_factory=list)
    script: deque[Moves] = field(default_factory=deque)
    gate: threading.Event = field(default_factory=_open_gate)
    lock: threading.Lock = field(default_factory=threading.Lock)
    refusal: tuple[int, bytes] | None = None
    overrun: bool = False
    prompts: list[str] = field(default_factory=lambda: [TASK])
    played: list[Step] = field(default_factory=list)
    _wanted: dict[str, None] = field(default_factory=dict)
    _unseen: dict[Unseen, None] = field(default_factory=dict)
    _turned_away: dict[str, None] = field(default_factory=dict)

    @property
    def credentials(self) -> str:
        """What it asks of whoever comes as to a proxy."""
        return f"{_USER}:{self.token}"

    @property
    def proxy(self) -> str:
        """Its address as a proxy, with the credentials in it."""
        return self.address.replace("://", f"://{self.credentials}@")

    def lets_in(self, header: str) -> bool:
        """Whether a `Proxy-Authorization` header has those credentials."""
        scheme, _, told = header.partition(" ")
        right = base64.b64encode(self.credentials.encode())
        return scheme.lower() == "basic" and hmac.compare_digest(told.strip().encode(), right)

    @property
    def asked(self) -> tuple[Request, ...]:
        """The requests that a model was to answer, as far as can be told."""
        with self.lock:
            return tuple(one for one in self.requests if self._is_asking(one))

    @property
    def unread(self) -> tuple[str, ...]:
        """The hosts that were sent what may ask a model, and cannot be read."""
        with self.lock:
            found = [one for one in self.requests if one.is_unseen and not self._is_asking(one)]
        return tuple(dict.fromkeys(host_of(one.url) for one in found))

    @property
    def told(self) -> tuple[str, ...]:
        """The hosts that were sent a prompt in a request that is no model's, as far as one knows.

        There are more ways to ask a model than can be listed.
        """
        with self.lock:
            found = [one for one in self.requests if one.tells and not self._is_asking(one)]
        return tuple(
            dict.fromkeys(host_of(one.url) for one in found if not self.answers_for(one.url))
        )

    @property
    def unseen(self) -> tuple[Unseen, ...]:
        """The connections of which no request could be seen."""
        with self.lock:
            known = {host_of(one.url) for one in self.requests} | self._wanted.keys()
            others = [host for host in self._turned_away if host not in known]
            return (*self._unseen, *(Unseen(host, _UNKNOWN) for host in others))

    @property
    def hosts(self) -> tuple[str, ...]:
        """The hosts that the client wanted to reach, but for those that are answered for."""
        with self.lock:
            known = {OPENROUTER, *map(host_of, self.upstreams)}
            wanted = dict.fromkeys((*self._wanted, *self._turned_away))
            return tuple(host for host in wanted if host not in known)

    def stand_in(self, url: str) -> str:
        """The address here that stands for `url`."""
        return stand_in(url, self.address)

    def answers_for(self, url: str) -> bool:
        """Whether it stands for whoever serves `url`."""
        return is_openrouter(url) or origin_of(url) in {*self.upstreams, self.address}

    def record(self, request: Request) -> bool:
        """Keep a request; False where there have been too many."""
        with self.lock:
            if len(self.requests) >= MOST_REQUESTS:
                self.overrun = True
                return False
            self.requests.append(request)
            if request.proxied:
                self._note(self._wanted, host_of(request.url))
            return True

    def miss(self, host: str, why: str) -> None:
        """Note a connection of which nothing was seen."""
        with self.lock:
            self._note(self._unseen, Unseen(host, why))
            self._note(self._wanted, host)

    def turn_away(self, host: str) -> None:
        """Note who came without the credentials, as many do that come with them next."""
        with self.lock:
            self._note(self._turned_away, host)

    def want(self, host: str) -> None:
        """Note that the client wanted to reach a host."""
        with self.lock:
            self._note(self._wanted, host)

    def reply(self, body: Mapping[str, Any]) -> Reply:
        with self.lock:
            reply = play(self.script, body)
            if not isinstance(reply, str):
                self.played.append(reply)
            return reply

    def _is_asking(self, request: Request) -> bool:
        """Whether it asks a model; whatever hides it from an upstream is taken to do so."""
        if request.asks_model or request.method != "POST":
            return request.asks_model
        if not request.readable:
            return self.answers_for(request.url)
        # There, a model costs something at any path.
        return "model" in request.body and is_openrouter(request.url) and not request.is_count

    def _note(self, found: dict[Any, None], one: object) -> None:
        if len(found) < MOST_REQUESTS:
            found[one] = None
        else:
            self.overrun = True
