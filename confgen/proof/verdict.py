"""The judge: each request that asks a model carries the pin and one key, to the right place."""

import json
import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Literal, NamedTuple

from confgen.document import JsonValue
from confgen.document.values import same
from confgen.harnesses.contract import Route
from confgen.harnesses.session import LeftOut
from confgen.proof.capture.address import normal, origin_of
from confgen.proof.capture.record import Unseen, is_openrouter
from confgen.proof.capture.request import DIALECTS, Request
from confgen.settings import Profile
from confgen.settings.shim import Mode
from confgen.shim.inject import ELSEWHERE
from confgen.shim.policy import make_policy

Word = Literal["pinned", "not-proven", "leak", "no-requests", "error"]

_ASKED = ("model", "models", "allowed_models")
_OPENROUTER_KEY = re.compile(r"sk-or-[\w-]{8,}", re.ASCII)
"""A reference to a variable that is not set, sent as it stands, is none."""


class Expected(NamedTuple):
    """What every request of a pinned harness carries.

    `providers` gives the provider objects of which a model's request must carry one; none is for a
    model that must not be asked. `upstream` is the API's root without `/v1`. `key` is the
    profile's, "" where it is not known; one of `other_keys` may come in its place. With `own_key` a
    file holds one that is not known here: of OpenRouter's shape, where that is the upstream.
    """

    providers: Callable[[str], Sequence[Mapping[str, JsonValue]]]
    upstream: str
    key: str
    other_keys: Collection[str] = frozenset()
    own_key: bool = False


class Judged(NamedTuple):
    """A request, and why it is none of a pinned harness; `reason` is None where it is one."""

    request: Request
    reason: str | None = None

    @property
    def pinned(self) -> bool:
        return self.reason is None


class Verdict(NamedTuple):
    word: Word
    detail: str = ""


class Course(NamedTuple):
    """How the runs of a client went, apart from what a model was asked.

    `fault` is why they could not be carried through. `elsewhere` are the hosts that it wanted to
    reach beside the upstream, `words` what it said itself at last, `code` its exit code if not 0.
    `unseen` are connections of which no request could be seen, `unread` the hosts that were sent
    what cannot be read, `told` those that were sent a prompt; to the hosts of its `chatter` all of
    it is usual. `not_played` are the steps that were asked of it in vain, and `left_out` is what it
    had to do without.
    """

    fault: str | None = None
    elsewhere: tuple[str, ...] = ()
    words: str = ""
    code: int = 0
    unseen: tuple[Unseen, ...] = ()
    unread: tuple[str, ...] = ()
    told: tuple[str, ...] = ()
    chatter: frozenset[str] = frozenset()
    not_played: tuple[str, ...] = ()
    left_out: tuple[LeftOut, ...] = ()


def expected(profile: Profile, route: Route, mode: Mode, key: str) -> Expected:
    """What a profile has its harness send; on the shim's route, what the shim lets through."""
    own = profile.provider.to_json()
    upstream = profile.upstream
    if route == "native":
        return Expected(lambda m: (own,) if m in profile.models else (), upstream, key)
    policy = make_policy(profile, mode)

    def through_the_shim(model: str) -> Sequence[Mapping[str, JsonValue]]:
        found = [rule.provider for rule in policy.rules if rule.model == model]
        found += [pin.provider for pin in (policy.main, policy.small) if pin.model == model]
        found += [rule.provider for rule in policy.rules if not rule.model and rule.covers(model)]
        return found or ([policy.main.provider] if policy.unknown == "pass" else [])

    return Expected(through_the_shim, upstream, key)


def judge(request: Request, want: Expected) -> Judged:
    """Say what is wrong with a request, the worst first."""
    return Judged(request, next(filter(None, _faults(request, want)), None))


def _faults(request: Request, want: Expected) -> tuple[str | None, ...]:
    if request.names:
        return (_place(request, want), f"it names {request.names} as its host")
    if request.opens_socket:
        return (_place(request, want), "it opens a WebSocket, where nothing of it can be seen")
    if not request.readable:
        return (_place(request, want), "its body is no JSON object, or has a key twice")
    return (
        _place(request, want),
        _model(request.body, want),
        _provider(request.body, want),
        _other_models(request.body),
        _credential(request, want),
    )


def _place(request: Request, want: Expected) -> str | None:
    root = normal(want.upstream).rstrip("/")
    there = normal(request.path)
    if not there.startswith(f"{root}/"):
        return f"it is meant for {origin_of(there)}, not for {root}"
    path = there.removeprefix(root)
    if path not in {f"/v1{ending}" for ending in DIALECTS}:
        return f"{path} is no path of the API at {root}"
    return None


def _model(body: Mapping[str, JsonValue], want: Expected) -> str | None:
    model = body.get("model")
    if not isinstance(model, str) or not want.providers(model):
        return f"it asks {json.dumps(model)}, which the profile does not name"
    return None


def _provider(body: Mapping[str, JsonValue], want: Expected) -> str | None:
    found = body.get("provider")
    allowed = want.providers(str(body.get("model")))
    if any(same(found, provider) for provider in allowed):
        return None
    if found is None:
        return "it carries no provider object"
    return f"its provider object is {json.dumps(found)}"


def _other_models(body: Mapping[str, JsonValue]) -> str | None:
    """OpenRouter takes some members for what may answer instead, and some tools ask a model."""
    if any(body.get(name) for name in ELSEWHERE):
        return "it names other models that may answer"
    for member in ("tools", "plugins"):
        found = body.get(member)
        for one in found if isinstance(found, list) else ():
            if model := _model_of(one):
                return f"it brings {member} that ask {json.dumps(model)}"
    return None


def _model_of(tool: JsonValue) -> JsonValue:
    """The models that a tool of the server's, or a plugin, asks; a schema's members are objects."""
    if not isinstance(tool, Mapping):
        return None
    places = (tool, tool.get("parameters"))
    named = [p.get(key) for p in places if isinstance(p, Mapping) for key in _ASKED]
    return next((name for name in named if isinstance(name, str | list) and name), None)


def _credential(request: Request, want: Expected) -> str | None:
    """Of what is wrong with its key: it must carry one, and it must be the right one."""
    keys = request.credentials - {""}
    if len(keys) != 1:
        return "it carries two keys" if keys else "it carries no key"
    [key] = keys
    if key in {want.key, *want.other_keys}:
        return None
    is_free = want.own_key or not (want.key or want.other_keys)
    if is_free and is_openrouter(want.upstream):
        fits = _OPENROUTER_KEY.fullmatch(key)
        return None if fits else "it carries another key than one of OpenRouter's"
    return "it carries another key than the profile's"


def decide(judged: Sequence[Judged], course: Course) -> Verdict:
    """The one word for a harness: pinned only if something was asked, and all of it as it should.

    A leak that was seen is one, however the rest went. What could not be seen is told of beside
    whatever else went wrong.
    """
    leaks = [one for one in judged if not one.pinned]
    if leaks:
        detail = f"{len(leaks)} of {len(judged)} requests not pinned: {leaks[0].reason}"
        return Verdict("leak", detail)
    hidden = tuple(_hidden(course))
    if course.fault:
        return Verdict("error", "; ".join((course.fault, *hidden)))
    if not judged:
        silent = _silent(course)
        if hidden:
            return Verdict("not-proven", "; ".join((*hidden, silent)))
        return Verdict("no-requests", silent)
    if course.code:
        ended = f"it ended with {course.code} after {len(judged)} pinned requests"
        return Verdict("error", "; ".join((ended, *hidden)))
    missing = (*hidden, *_missing(course))
    return Verdict("not-proven", "; ".join(missing)) if missing else Verdict("pinned")


def _hidden(course: Course) -> Iterator[str]:
    """What may have asked a model, and could not be seen."""
    for host, why in course.unseen:
        if host not in course.chatter:
            yield f"its requests to {host} cannot be seen: {why}"
    for host in course.unread:
        if host not in course.chatter:
            yield f"what it sent to {host} cannot be read"
    for host in course.told:
        if host not in course.chatter:
            yield f"it sent the prompt to {host}, and whether to a model cannot be told"


def _missing(course: Course) -> Iterator[str]:
    """What it did not do, or was not let do, that could have changed the answer."""
    if course.not_played:
        yield f"it was asked for in vain: {', '.join(course.not_played)}"
    for left in course.left_out:
        if left.decides:
            yield f"{left.what} was left out: {left.why}"


def _silent(course: Course) -> str:
    ending = f", and ended with {course.code}" if course.code else ""
    wanted = [host for host in course.elsewhere if host not in course.chatter]
    reaching = f" (it wanted to reach {', '.join(wanted)})" if wanted else ""
    last = next(iter(course.words.splitlines()[::-1]), "")
    said = f": {last}" if last else ""
    return f"it asked no model{ending}{reaching}{said}"
