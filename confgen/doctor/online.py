"""What OpenRouter says of the key, the models and the providers: GETs alone, and no prompt."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from confgen.doctor.pins import pins
from confgen.doctor.snapshot import Snapshot
from confgen.errors import ConfgenError
from confgen.finding import Found, Level
from confgen.openrouter.answers import KeyLimits
from confgen.openrouter.catalogue import is_unknown
from confgen.openrouter.errors import RefusedError
from confgen.openrouter.slugs import listed_slug
from confgen.settings import Profile

_KEYS = "https://openrouter.ai/settings/keys"
_CREDITS = "https://openrouter.ai/settings/credits"
_PREFERENCES = "https://openrouter.ai/settings/preferences"
_UNAUTHORIZED = (401, 403)
_LOW = 0.05
_SOON = timedelta(days=7)


def reachable(snapshot: Snapshot) -> Iterator[Found]:
    """An upstream that does not answer, or not as OpenRouter does."""
    for profile in _upstreams(snapshot):
        try:
            snapshot.catalogue(profile).models()
        except RefusedError as error:
            if error.status not in _UNAUTHORIZED:
                hint = "name the API's own root, such as https://openrouter.ai/api"
                yield Found("error", f"{error.message}: is it OpenRouter's API?", error.where, hint)
        except ConfgenError as error:
            # Being away from the network takes nobody's pin.
            yield Found("warning", error.message, error.where, error.hint)


def key(snapshot: Snapshot) -> Iterator[Found]:
    """A key that is none, is spent, or soon ends."""
    for profile in _upstreams(snapshot):
        where = f"${profile.api_key_env}"
        catalogue = snapshot.catalogue(profile)
        if not catalogue.client.has_key:
            yield Found("skipped", f"{profile.api_key_env} is not set", where)
            continue
        try:
            limits = catalogue.key()
        except RefusedError as error:
            if is_unknown(error):
                yield Found("skipped", "the upstream tells nothing of its keys", error.where)
                continue
            message = f"the key is not taken: {error.message}"
            yield Found("error", message, where, f"make another one at {_KEYS}")
            continue
        needs_credits = any(not pin.model.endswith(":free") for pin in pins(snapshot))
        found = tuple(judge_key(limits, datetime.now(UTC), needs_credits=needs_credits))
        for level, message, fix in found or (("ok", _well(limits), None),):
            yield Found(level, message, where, fix)


def judge_key(
    limits: KeyLimits, now: datetime, *, needs_credits: bool
) -> Iterator[tuple[Level, str, str | None]]:
    """What is wrong with a key that is valid: how bad, what, and what to do."""
    if limits.management:
        yield "error", "this is a management key, which no model answers", f"make one at {_KEYS}"
    if (end := _moment(limits.expires)) is not None and end - now < _SOON:
        over = end <= now
        words = f"the key {'ended' if over else 'ends'} on {end:%Y-%m-%d}"
        yield "error" if over else "warning", words, f"make another one at {_KEYS}"
    if limits.remaining is not None and limits.remaining <= 0:
        yield "error", f"the key is spent: nothing {_of(limits)} is left", f"raise it at {_KEYS}"
    elif limits.remaining is not None and limits.remaining < _LOW * (limits.limit or 0):
        words = f"the key is almost spent: ${limits.remaining:.2f} {_of(limits)} is left"
        yield "warning", words, f"raise it at {_KEYS}"
    if limits.budget_remaining is not None and limits.budget_remaining <= 0:
        scope = (limits.budget_scope or "its").replace("_", " ")
        words = f"a budget is spent ({scope}): requests fail with 403 until it is renewed"
        yield "error", words, f"raise it at {_KEYS}"
    if limits.free_tier and needs_credits:
        left = "" if limits.free_requests is None else f", {limits.free_requests:.0f} more today"
        words = f"the account never bought credits: only :free models answer{left}"
        yield "warning", words, f"buy some at {_CREDITS}"


def account(snapshot: Snapshot) -> Iterator[Found]:
    """Models that the account's own settings shut out."""
    for pin in pins(snapshot):
        catalogue = snapshot.catalogue(pin.profile)
        if not catalogue.client.has_key:
            yield Found("skipped", f"{pin.profile.api_key_env} is not set", pin.where)
            continue
        slug = listed_slug(pin.model)
        if any(slug == model.id for model in catalogue.open_models()):
            yield Found("ok", f"the account leaves {slug} to this key; whom it allows is not shown")
        elif any(slug == model.id for model in catalogue.models().value):
            what = "its allowed and ignored providers, its privacy settings or a guardrail"
            message = f"the account's settings leave nobody who serves {slug}: {what}"
            yield Found("error", message, pin.where, f"look at {_PREFERENCES}")


def _upstreams(snapshot: Snapshot) -> tuple[Profile, ...]:
    """A profile for each upstream and key."""
    profiles = snapshot.profiles
    return tuple({(p.upstream, p.api_key_env): p for p in reversed(profiles)}.values())


def _well(limits: KeyLimits) -> str:
    if limits.remaining is None:
        return "the key is valid, and has no limit of its own"
    return f"the key is valid: ${limits.remaining:.2f} {_of(limits)} is left"


def _of(limits: KeyLimits) -> str:
    limit = "of its limit" if limits.limit is None else f"of ${limits.limit:.2f}"
    return f"{limit} ({limits.reset})" if limits.reset else limit


def _moment(text: str | None) -> datetime | None:
    try:
        found = datetime.fromisoformat(text or "")
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
