"""Which endpoints a provider object lets serve a request, and why not the others.

OpenRouter decides: this is what its guide says (provider selection, 2026-08-22). What an account
forbids, and what keys of one's own add, is not known here.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Literal, NamedTuple

from confgen.document.model import JsonValue
from confgen.openrouter.answers import Endpoint
from confgen.openrouter.foreign import number
from confgen.openrouter.slugs import admitted_tier, names_endpoint, tier_of

Answer = Literal["yes", "fallback", "unknown", "no"]
"""Whether an endpoint may serve: first, after those that `order` names, perhaps, or never."""

NEEDED = ("tools",)
"""The parameters that every coding agent sends and not every endpoint takes."""

_PRICES = {"prompt": "input", "completion": "output", "request": "request", "image": "image"}


class Verdict(NamedTuple):
    """An endpoint, whether it may serve, and why not; reasons are phrases without a full stop."""

    endpoint: Endpoint
    allowed: Answer
    reasons: tuple[str, ...] = ()


class Allowing(NamedTuple):
    """A provider object as it meets one model.

    `retains_nothing` holds the endpoints of OpenRouter's ZDR list as `identity` has them; None
    where that list is not known. `needed` are the parameters that requests will carry.
    """

    provider: Mapping[str, JsonValue]
    model: str
    retains_nothing: Collection[tuple[str, str]] | None = None
    needed: tuple[str, ...] = NEEDED

    def judge(self, endpoints: Iterable[Endpoint]) -> tuple[Verdict, ...]:
        return tuple(map(self._judge, endpoints))

    def _judge(self, endpoint: Endpoint) -> Verdict:
        if shut_out := tuple(self._against(endpoint)):
            return Verdict(endpoint, "no", shut_out)
        if doubts := tuple(self._unknown(endpoint)):
            return Verdict(endpoint, "unknown", doubts)
        order = _slugs(self.provider, "order")
        return Verdict(endpoint, "yes" if not order or _named(order, endpoint) else "fallback")

    def _against(self, endpoint: Endpoint) -> Iterator[str]:
        yield from self._by_name(endpoint)
        yield from self._by_price(endpoint)
        wanted = _slugs(self.provider, "quantizations")
        precision = endpoint.quantization or "unknown"
        if wanted and precision not in wanted:
            yield f"its quantization is {precision}, not one of provider.quantizations"
        if self.provider.get("require_parameters") is True:
            for name in self.needed:
                if name not in endpoint.parameters:
                    yield f"it takes no {name}, and provider.require_parameters is on"
        if self.provider.get("zdr") is True and self._retains(endpoint):
            yield "OpenRouter does not list it among those that retain nothing (provider.zdr)"

    def _by_name(self, endpoint: Endpoint) -> Iterator[str]:
        order, only = _slugs(self.provider, "order"), _slugs(self.provider, "only")
        tier = tier_of(endpoint.tag)
        if tier and not self._admits(tier, endpoint, [*order, *only]):
            yield "a service tier serves only where its own tag is named"
            return
        if only and not _named(only, endpoint):
            yield "provider.only does not name it"
        if order and self.provider.get("allow_fallbacks") is False and not _named(order, endpoint):
            yield "provider.order does not name it, and fallbacks are off"
        if _named(_slugs(self.provider, "ignore"), endpoint):
            yield "provider.ignore names it"

    def _admits(self, tier: str, endpoint: Endpoint, named: list[str]) -> bool:
        """Whether a request opts in to a service tier: by its tag, or by the model's suffix."""
        by_suffix = admitted_tier(self.model) == tier and not _slugs(self.provider, "order")
        return by_suffix or _named(named, endpoint)

    def _by_price(self, endpoint: Endpoint) -> Iterator[str]:
        for name, shown in _PRICES.items():
            ceiling, asked = self._ceiling(name), _asked(endpoint, name)
            if ceiling is not None and asked is not None and asked > ceiling:
                yield f"its {shown} price is above provider.max_price.{name}"

    def _unknown(self, endpoint: Endpoint) -> Iterator[str]:
        if self.provider.get("data_collection") == "deny":
            yield "OpenRouter's API does not tell who collects data (provider.data_collection)"
        if self.provider.get("enforce_distillable_text") is True:
            yield "OpenRouter's API does not tell whose text may be distilled"
        if self.provider.get("zdr") is True and self._retains(endpoint) is None:
            yield "whether OpenRouter lists it among those that retain nothing is not known"
        exact = [slug for name in ("order", "only") for slug in _slugs(self.provider, name)]
        if endpoint.tier and not tier_of(endpoint.tag) and endpoint.tag.lower() not in exact:
            # The guides do not agree on this, the tag being one of no tier that they name.
            yield f"it sells the tier {endpoint.tier}, which may have to be asked for"
        for name in ("prompt", "completion"):
            if self._ceiling(name) is not None and _asked(endpoint, name) is None:
                yield f"it tells no {_PRICES[name]} price for provider.max_price.{name}"

    def _retains(self, endpoint: Endpoint) -> bool | None:
        """Whether it may keep data; None where that is not known."""
        if self.retains_nothing is None or endpoint.model is None:
            return None
        return identity(endpoint) not in self.retains_nothing

    def _ceiling(self, name: str) -> float | None:
        prices = self.provider.get("max_price")
        return number(prices.get(name)) if isinstance(prices, Mapping) else None


def identity(endpoint: Endpoint) -> tuple[str, str]:
    """What tells an endpoint from those of other models, in whichever list it stands."""
    return (endpoint.model or "", endpoint.tag)


def _slugs(provider: Mapping[str, JsonValue], name: str) -> list[str]:
    value = provider.get(name)
    return [str(slug) for slug in value] if isinstance(value, list | tuple) else []


def _named(slugs: Iterable[str], endpoint: Endpoint) -> bool:
    return any(names_endpoint(s, tag=endpoint.tag, provider=endpoint.provider) for s in slugs)


def _asked(endpoint: Endpoint, name: str) -> float | None:
    """What an endpoint takes for what `max_price` calls `name`, in the unit of that."""
    price = endpoint.price
    match name:
        case "prompt":
            return price.rates.input
        case "completion":
            return price.rates.output
        case "request":
            return price.request
        case _:
            return price.image
