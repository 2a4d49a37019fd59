"""OpenRouter's answers as confgen reads them; a field that is missing or foreign is None.

Source: the `openrouter` package 1.3.84 on PyPI (2026-10-27): `Model`, `PublicEndpoint`,
`ListProvidersData`, `GetCurrentKeyData`. Prices there are strings of USD per token.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

from confgen.document.values import at, items
from confgen.openrouter.foreign import data, decode, number, per_million, text, texts, unlike, whole

_FASTEST_MS = 20
"""No answer begins in fewer milliseconds. OpenRouter's reference says that latencies are in
milliseconds, and its own example has seconds (`"p50": 0.25`): so what is less is in seconds."""


class Rates(NamedTuple):
    """USD per million tokens."""

    input: float | None = None
    cached: float | None = None
    output: float | None = None


class Price(NamedTuple):
    """What an endpoint takes: `rates`, and `request` and `image` in USD for one.

    `longer` holds the rates of prompts that have more than so many tokens.
    """

    rates: Rates = Rates()
    request: float | None = None
    image: float | None = None
    longer: tuple[tuple[float, Rates], ...] = ()


class Model(NamedTuple):
    """One model. `id` is its slug, `dated` the longer one, `target` what an alias stands for.

    `context` and `max_output` are tokens, `created` is a Unix time, `expires` an ISO date.
    """

    id: str
    name: str
    dated: str | None
    target: str | None
    context: int | None
    max_output: int | None
    price: Price
    tools: bool
    images: bool
    created: int | None
    expires: str | None


class Endpoint(NamedTuple):
    """One way to be served a model. `tag` is the slug that names it in a provider object.

    `provider` is a display name, `model` the dated slug. `context` and `max_output` are tokens,
    `uptime` is a percentage, `latency` seconds to the first token and `throughput` tokens a second
    (medians of half an hour, which only a request with a key is told).
    """

    tag: str
    provider: str
    model: str | None
    price: Price
    context: int | None
    max_output: int | None
    quantization: str | None
    tier: str | None
    parameters: frozenset[str]
    uptime: float | None
    latency: float | None
    throughput: float | None

    @property
    def tools(self) -> bool:
        return "tools" in self.parameters


class Listing(NamedTuple):
    """Who serves a model."""

    id: str
    name: str
    endpoints: tuple[Endpoint, ...]


class Provider(NamedTuple):
    """One provider; `country` and `datacenters` are ISO 3166 codes."""

    slug: str
    name: str
    country: str | None
    datacenters: tuple[str, ...]


class KeyLimits(NamedTuple):
    """What a key may spend, in USD: its own limit, and the budget that blocks it first.

    `expires` is an ISO time, `free_requests` what is left of today's requests to free models.
    """

    limit: float | None
    remaining: float | None
    reset: str | None
    budget_remaining: float | None
    budget_scope: str | None
    free_tier: bool
    free_requests: float | None
    management: bool
    expires: str | None


def read_models(body: bytes) -> tuple[Model, ...]:
    """The models of `GET /v1/models`. Raises UnreachableError where it is no such answer."""
    return tuple(model for row in data(body) if (model := _model(row)))


def read_listing(body: bytes) -> Listing:
    """The answer of `GET /v1/models/{author}/{slug}/endpoints`. Raises UnreachableError."""
    row = at(decode(body), "data")
    if not isinstance(at(row, "endpoints"), list):
        raise unlike("holds no endpoints")
    name = text(at(row, "id")) or ""
    return Listing(name, text(at(row, "name")) or name, tuple(_endpoints(row["endpoints"])))


def read_endpoints(body: bytes) -> tuple[Endpoint, ...]:
    """The endpoints of `GET /v1/endpoints/zdr`, of all models. Raises UnreachableError."""
    return tuple(_endpoints(data(body)))


def read_providers(body: bytes) -> tuple[Provider, ...]:
    """The providers of `GET /v1/providers`. Raises UnreachableError."""
    return tuple(
        Provider(
            slug,
            text(at(row, "name")) or slug,
            text(at(row, "headquarters")),
            tuple(sorted(texts(at(row, "datacenters")))),
        )
        for row in data(body)
        if (slug := text(at(row, "slug")))
    )


def read_key_limits(body: bytes) -> KeyLimits:
    """The answer of `GET /v1/key`. Raises UnreachableError."""
    row = at(decode(body), "data")
    if not isinstance(row, dict):
        raise unlike("tells nothing of the key")
    return KeyLimits(
        limit=number(row.get("limit")),
        remaining=number(row.get("limit_remaining")),
        reset=text(row.get("limit_reset")),
        budget_remaining=number(at(row, "effective_budget", "remaining_usd")),
        budget_scope=text(at(row, "effective_budget", "scope")),
        free_tier=row.get("is_free_tier") is True,
        free_requests=number(at(row, "free_model_daily_requests", "remaining")),
        management=True in (row.get("is_management_key"), row.get("is_provisioning_key")),
        expires=text(row.get("expires_at")),
    )


def _model(row: Any) -> Model | None:
    if not (slug := text(at(row, "id"))):
        return None
    return Model(
        id=slug,
        name=text(row.get("name")) or slug,
        dated=text(row.get("canonical_slug")),
        target=text(at(row, "alias_target", "slug")),
        context=whole(row.get("context_length")),
        max_output=whole(at(row, "top_provider", "max_completion_tokens")),
        price=_price(row.get("pricing")),
        tools="tools" in texts(row.get("supported_parameters")),
        images="image" in texts(at(row, "architecture", "input_modalities")),
        created=whole(row.get("created")),
        expires=text(row.get("expiration_date")),
    )


def _endpoints(rows: list[Any]) -> Iterator[Endpoint]:
    for row in rows:
        provider = text(at(row, "provider_name"))
        tag = text(at(row, "tag")) or (provider and "-".join(provider.lower().split()))
        if tag:
            yield Endpoint(
                tag=tag,
                provider=provider or tag,
                model=text(row.get("model_id")),
                price=_price(row.get("pricing")),
                context=whole(row.get("context_length")),
                max_output=whole(row.get("max_completion_tokens")),
                quantization=text(row.get("quantization")),
                tier=text(row.get("service_tier")),
                parameters=texts(row.get("supported_parameters")),
                uptime=_first(row, "uptime_last_30m", "uptime_last_1d"),
                latency=_seconds(at(row, "latency_last_30m", "p50")),
                throughput=number(at(row, "throughput_last_30m", "p50")),
            )


def _first(row: dict[str, Any], *names: str) -> float | None:
    return next((found for name in names if (found := number(row.get(name))) is not None), None)


def _seconds(value: Any) -> float | None:
    found = number(value)
    return found / 1000 if found is not None and found >= _FASTEST_MS else found


def _price(row: Any) -> Price:
    rates = _rates(row)
    return Price(
        rates=rates,
        request=number(at(row, "request")),
        image=number(at(row, "image")),
        longer=tuple(
            (above, _over(rates, _rates(override)))
            for override in items(at(row, "overrides"))
            if (above := number(at(override, "min_prompt_tokens"))) is not None
            # An hour or a day may be a condition as well: no table can say what holds then.
            and not any(str(name).startswith("utc_") for name in override)
        ),
    )


def _rates(row: Any) -> Rates:
    names = ("prompt", "input_cache_read", "completion")
    return Rates(*(per_million(at(row, name)) for name in names))


def _over(base: Rates, rates: Rates) -> Rates:
    pairs = zip(base, rates, strict=True)
    return Rates(*(old if new is None else new for old, new in pairs))
