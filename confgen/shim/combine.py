"""The provider object that goes upstream, where a request has one beside the policy's."""

from collections.abc import Iterator, Mapping, Sequence

from confgen.document.model import JsonValue
from confgen.document.values import same
from confgen.settings import Mode
from confgen.settings.slugs import TIERS
from confgen.shim.refusal import Refusal, shown

Provider = Mapping[str, JsonValue]


def combine(policy: Provider, request: Provider, mode: Mode) -> dict[str, JsonValue]:
    """One object of both; a field that is null counts as left out.

    Raises Refusal: 422 where the two cannot both be met, 400 for a list that is none.
    """
    given = {name: value for name, value in request.items() if value is not None}
    match mode:
        case "fill":
            return {**request, **policy, **given}
        case "strict":
            _refuse_conflict(policy, given)
            return {**request, **policy, **dict(_narrowed(policy, given))}
        case "enforce":
            return {**request, **policy, **dict(_narrowed(policy, given))}


def _refuse_conflict(policy: Provider, given: Provider) -> None:
    for name in policy:
        if name in given and not same(policy[name], given[name]):
            raise Refusal(
                422, f"the request's provider.{name} is not what the shim's profile asks for"
            )


def _narrowed(policy: Provider, given: Provider) -> Iterator[tuple[str, JsonValue]]:
    """The lists of both that together allow less than either."""
    allowed = _allowed(policy)
    if allowed is not None and given.get("only", []) != []:
        yield "only", _both(allowed, _slugs(given, "only"))
    if "ignore" in policy and "ignore" in given:
        yield "ignore", _either(_slugs(policy, "ignore"), _slugs(given, "ignore"))


def _allowed(policy: Provider) -> Sequence[str] | None:
    """The providers to which a policy keeps; None where it lets OpenRouter choose.

    An order without fallbacks is such a list too. Whether a request's `only` beside it could have
    another one serve is nowhere written.
    """
    if "only" in policy:
        return _slugs(policy, "only")
    if "order" in policy and policy.get("allow_fallbacks") is False:
        return _slugs(policy, "order")
    return None


def _slugs(provider: Provider, name: str) -> Sequence[str]:
    value = provider[name]
    if isinstance(value, list | tuple) and all(isinstance(slug, str) for slug in value):
        return value
    raise Refusal(400, f"provider.{name} is not a list of strings")


def _both(allowed: Sequence[str], wanted: Sequence[str]) -> list[str]:
    found = dict.fromkeys(
        narrow for one in allowed for other in wanted if (narrow := _narrower(one, other))
    )
    if found:
        return list(found)
    names = ", ".join(shown(slug) for slug in wanted[:3])
    raise Refusal(
        422, f"provider.only of the request, {names}, has nothing that the profile allows"
    )


def _narrower(one: str, other: str) -> str | None:
    """The slug of the two that the other one contains, if any does."""
    if _contains(one, other):
        return other
    return one if _contains(other, one) else None


def _contains(base: str, slug: str) -> bool:
    """Whether `base` matches all that `slug` does: `deepinfra` contains `deepinfra/turbo`."""
    base, slug = base.lower(), slug.lower()
    return base == slug or (
        slug.startswith(f"{base}/") and slug.removeprefix(f"{base}/") not in TIERS
    )


def _either(one: Sequence[str], other: Sequence[str]) -> list[str]:
    """The slugs of both, each once in its first spelling."""
    return list({slug.lower(): slug for slug in (*reversed(other), *reversed(one))}.values())[::-1]
