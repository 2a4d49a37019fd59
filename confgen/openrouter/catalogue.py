"""OpenRouter's catalogue for one call: each question is asked once, and the answer kept."""

import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from threading import Lock, Thread
from typing import Any, Generic, Literal, NamedTuple, TypeVar

from confgen.errors import ConfgenError
from confgen.openrouter import answers, names
from confgen.openrouter.cache import Cache, Kept
from confgen.openrouter.client import LIMIT, Client, KeyUse, read_key
from confgen.openrouter.errors import RefusedError, UnreachableError
from confgen.openrouter.slugs import listed_slug

FRESH = 600.0
"""Seconds for which an answer is not asked for again: prices change by the week."""

_NOT_FOUND = 404
_SLUG_MARKS = "/~:@."

T_co = TypeVar("T_co", covariant=True)


class Dated(NamedTuple, Generic[T_co]):
    """What is known, and the Unix time at which it was asked for.

    `trouble` is why it could not be asked for again, where that was tried.
    """

    value: T_co
    asked: float
    trouble: ConfgenError | None = None


class _Question(NamedTuple):
    """A path, what reads the answer, and when the key goes along.

    What concerns the key's owner alone is not kept.
    """

    path: str
    read: Callable[[bytes], Any]
    key: KeyUse = "asked"
    keep: bool = True


_MODELS = _Question("/v1/models", answers.read_models)
_PROVIDERS = _Question("/v1/providers", answers.read_providers)
_ZDR = _Question("/v1/endpoints/zdr", answers.read_endpoints)
_OPEN = _Question("/v1/models/user", answers.read_models, "needed", keep=False)
_KEY = _Question("/v1/key", answers.read_key_limits, "needed", keep=False)

Part = Literal["models", "providers", "zdr", "open", "key"]
_PARTS: Mapping[Part, _Question] = {
    "models": _MODELS,
    "providers": _PROVIDERS,
    "zdr": _ZDR,
    "open": _OPEN,
    "key": _KEY,
}


def _endpoints_of(slug: str) -> _Question:
    from urllib.parse import quote  # noqa: PLC0415 - whoever asks loads far more

    # Latency and throughput are told to who has a key.
    path = f"/v1/models/{quote(slug, safe=_SLUG_MARKS)}/endpoints"
    return _Question(path, answers.read_listing, "welcome")


class Catalogue:
    """What one upstream offers. `state` is the state folder, where answers are kept, or None.

    For `fresh` seconds they are not asked for again. Every method raises ConfgenError where
    nothing is known, RefusedError where the upstream will not tell. Threads may share it.
    """

    def __init__(
        self, client: Client, state: Path | None, *, offline: bool = False, fresh: float = FRESH
    ) -> None:
        self.client = client
        self._offline = offline
        self._state = state
        self._cache = Cache(state, client.root) if state else None
        self._fresh = fresh
        self._asked: dict[str, _Asked] = {}
        self._lock = Lock()

    @classmethod
    def open(
        cls,
        upstream: str,
        env: Mapping[str, str],
        key_name: str,
        state: Path | None,
        *,
        offline: bool = False,
    ) -> "Catalogue":
        """With the key in the variable `key_name`. Raises ConfgenError for one that is none."""
        key = None if offline else read_key(env, key_name)
        return cls(Client(upstream, key), state, offline=offline)

    def models(self) -> Dated[tuple[answers.Model, ...]]:
        return self._answer(_MODELS)

    def providers(self) -> Dated[tuple[answers.Provider, ...]]:
        return self._answer(_PROVIDERS)

    def zdr(self) -> Dated[tuple[answers.Endpoint, ...]]:
        """The endpoints that retain nothing, of all models."""
        return self._answer(_ZDR)

    def open_models(self) -> tuple[answers.Model, ...]:
        """Those that the key's account, its privacy settings and guardrails leave to it."""
        found: Dated[tuple[answers.Model, ...]] = self._answer(_OPEN)
        return found.value

    def key(self) -> answers.KeyLimits:
        found: Dated[answers.KeyLimits] = self._answer(_KEY)
        return found.value

    def endpoints(self, slug: str) -> Dated[answers.Listing]:
        """Who serves a model; `slug` may have a suffix. `is_unknown` tells that there is none."""
        listed = listed_slug(slug)
        if listed.startswith("~"):
            targets = {model.id: model.target for model in self.models().value}
            listed = targets.get(listed) or listed
        return self._answer(_endpoints_of(listed))

    def ask_for(self, parts: Iterable[Part], slugs: Iterable[str] = ()) -> None:
        """Have what will be wanted on its way at once: some parts, and the endpoints of models."""
        for question in (*(_PARTS[part] for part in parts), *map(_endpoints_of, slugs)):
            self._ask(question)

    def _ask(self, question: _Question) -> "_Asked":
        with self._lock:
            if question.path not in self._asked:
                keeps = self._cache if question.keep else None
                kept = keeps.read(question.path) if keeps else None
                is_fresh = kept is not None and 0 <= time.time() - kept.asked < self._fresh
                fetch = None if self._offline or is_fresh else _Fetch(self.client, question)
                self._asked[question.path] = _Asked(kept, fetch)
            return self._asked[question.path]

    def _answer(self, question: _Question) -> Dated[Any]:
        asked = self._ask(question)
        with asked.lock:
            if asked.answer is None:
                asked.answer = self._settle(question, asked)
        if isinstance(asked.answer, ConfgenError):
            raise asked.answer
        return asked.answer

    def _settle(self, question: _Question, asked: "_Asked") -> Dated[Any] | ConfgenError:
        trouble: ConfgenError | None = None
        if asked.fetch:
            try:
                body = asked.fetch.body()
                value = question.read(body)
            except RefusedError as error:
                return error
            except ConfgenError as error:
                trouble = error
                trouble.where = error.where or self.client.root
            else:
                found = Dated(value, asked.fetch.began)
                self._keep(question, Kept(body, found.asked), value)
                return found
        if asked.kept:
            with suppress(UnreachableError):
                return Dated(question.read(asked.kept.body), asked.kept.asked, trouble)
        return trouble or ConfgenError(
            f"the cache holds nothing from {self.client.root}{question.path}",
            where="--offline",
            hint="run the command once without --offline",
        )

    def _keep(self, question: _Question, kept: Kept, value: Any) -> None:
        if not (self._state and self._cache and question.keep):
            return
        # The cache is a convenience: a full disk shall not keep anyone from an answer that came.
        with suppress(OSError):
            self._cache.write(question.path, kept)
            if question is _MODELS:
                names.keep_models(self._state, (model.id for model in value))
            elif question is _PROVIDERS:
                names.keep_providers(self._state, (provider.slug for provider in value))


class _Fetch(Thread):
    """One question under way, for which nobody waits longer than LIMIT seconds."""

    def __init__(self, client: Client, question: _Question) -> None:
        # Nothing else ends a name server that does not answer.
        super().__init__(daemon=True)
        self.began = time.time()
        self._deadline = time.monotonic() + LIMIT
        self._client = client
        self._question = question
        self._body: bytes | None = None
        self._trouble: ConfgenError | None = None
        self.start()

    def run(self) -> None:
        try:
            self._body = self._client.get(self._question.path, self._question.key)
        except ConfgenError as error:
            self._trouble = error

    def body(self) -> bytes:
        """Raises UnreachableError and RefusedError."""
        self.join(max(0.0, self._deadline - time.monotonic()))
        if self._trouble:
            raise self._trouble
        if self._body is None:
            root = self._client.root
            raise UnreachableError(f"no answer came within {LIMIT:.0f} s", where=root)
        return self._body


class _Asked:
    """A question, what was kept of it, and its answer once that is settled."""

    def __init__(self, kept: Kept | None, fetch: _Fetch | None) -> None:
        self.lock = Lock()
        self.kept = kept
        self.fetch = fetch
        self.answer: Dated[Any] | ConfgenError | None = None


def is_unknown(error: ConfgenError) -> bool:
    """Whether the upstream knows nothing of what was asked for."""
    return isinstance(error, RefusedError) and error.status == _NOT_FOUND
