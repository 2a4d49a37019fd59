"""The judge: each request that asks a model carries the pin and one key, to the right place."""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Literal, NamedTuple

from confgen.document import JsonValue
from confgen.document.values import same
from confgen.harnesses.contract import Route
from confgen.proof.capture.request import DIALECTS, Request
from confgen.settings import Profile
from confgen.settings.shim import Mode
from confgen.shim.policy import make_policy

Word = Literal["pinned", "leak", "no-requests", "error"]


class Expected(NamedTuple):
    """What every request of a pinned harness carries.

    `providers` gives the provider objects of which a model's request must carry one; none is for a
    model that must not be asked. `upstream` is the API's root without `/v1`.
    """

    providers: Callable[[str], Sequence[Mapping[str, JsonValue]]]
    upstream: str
    key: str


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
    reach past the capture, `words` what it said itself at last, `code` its exit code if not 0.
    """

    fault: str | None = None
    elsewhere: tuple[str, ...] = ()
    words: str = ""
    code: int = 0


def expected(profile: Profile, route: Route, mode: Mode, key: str) -> Expected:
    """What a profile has its harness send; on the shim's route, what the shim lets through."""
    own = profile.provider.to_json()
    scheme, rest = profile.upstream.split(":", 1)
    upstream = f"{scheme.lower()}:{rest}"
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
    root = want.upstream.rstrip("/")
    if not request.path.startswith(f"{root}/"):
        return f"it is meant for {_origin(request.path)}, not for {root}"
    path = request.path.removeprefix(root)
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
    """OpenRouter takes `models` for what may answer instead: none of them is pinned to."""
    return "it names other models that may answer" if body.get("models") else None


def _credential(request: Request, want: Expected) -> str | None:
    keys = request.credentials
    if keys == {want.key}:
        return None
    if not keys:
        return "it carries no key"
    return "it carries two keys" if len(keys) > 1 else "it carries another key than the profile's"


def _origin(url: str) -> str:
    return "/".join(url.split("/")[:3])


def decide(judged: Sequence[Judged], course: Course) -> Verdict:
    """The one word for a harness: pinned only if something was asked, and all of it as it should.

    A leak that was seen is one, however the rest went.
    """
    leaks = [one for one in judged if not one.pinned]
    if leaks:
        detail = f"{len(leaks)} of {len(judged)} requests not pinned: {leaks[0].reason}"
        return Verdict("leak", detail)
    if course.elsewhere:
        hosts = ", ".join(course.elsewhere)
        end = f"; {course.fault}" if course.fault else ""
        return Verdict("error", f"it wanted to reach {hosts}, where nothing of it can be seen{end}")
    if course.fault:
        return Verdict("error", course.fault)
    if not judged:
        ending = f", and ended with {course.code}" if course.code else ""
        last = next(iter(course.words.splitlines()[::-1]), "")
        said = f": {last}" if last else ""
        return Verdict("no-requests", f"it asked no model{ending}{said}")
    if course.code:
        return Verdict("error", f"it ended with {course.code} after {len(judged)} pinned requests")
    return Verdict("pinned")
