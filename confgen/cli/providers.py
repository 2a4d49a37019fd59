"""`confgen providers`: who serves a model, at what price, and whom the profile's pin allows."""

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from confgen.cli.call import Call
from confgen.cli.complete import complete_model
from confgen.cli.options import Json, Offline, routed
from confgen.errors import ConfgenError, UsageError
from confgen.settings import Overrides, check_model

if TYPE_CHECKING:
    from confgen.openrouter.answers import Endpoint, Listing, Provider
    from confgen.openrouter.catalogue import Catalogue, Dated


@routed
def providers(
    slug: Annotated[
        str | None,
        typer.Argument(
            metavar="MODEL",
            help="Which model (default: the profile's).",
            show_default=False,
            autocompletion=complete_model,
        ),
    ] = None,
    turn: Annotated[
        str | None,
        typer.Option(
            "--turn", metavar="IN,CACHED,OUT", help="Tokens of a turn to price (60k,85%,1k)."
        ),
    ] = None,
    offline: Offline = False,
    as_json: Json = False,
    *,
    overrides: Overrides,
) -> None:
    """Show who serves a model, the cheapest turn first, and whom the profile's pin allows.

    Example: confgen providers moonshotai/kimi-k2.5 --only fireworks
    """
    # No other command asks OpenRouter, or tells its prices.
    from confgen.openrouter.allow import Allowing, identity  # noqa: PLC0415
    from confgen.openrouter.catalogue import Catalogue  # noqa: PLC0415
    from confgen.openrouter.turn import Turn, cost, parse_turn  # noqa: PLC0415
    from confgen.report.progress import progress  # noqa: PLC0415
    from confgen.report.providers import Offer, print_providers  # noqa: PLC0415

    priced = parse_turn(turn) if turn else Turn()
    named = check_model(slug, "MODEL", UsageError) if slug else None
    call = Call.read(overrides)
    profile = call.settings.profile_for("")
    model = named or profile.model
    wants_zdr = profile.provider.fields.get("zdr") is True
    state = Path(call.machine.state_folder)
    catalogue = Catalogue.open(
        profile.upstream, call.machine.env, profile.api_key_env, state, offline=offline
    )
    # Without these lists the tables say less, and that it is not known.
    retaining_nothing: set[tuple[str, str]] | None = None
    whose: tuple[Provider, ...] = ()
    with progress(f"asking OpenRouter who serves {model}"):
        catalogue.ask_for(["providers", "zdr"] if wants_zdr else ["providers"])
        known = _listing(catalogue, model)
        if wants_zdr:
            with suppress(ConfgenError):
                retaining_nothing = {identity(endpoint) for endpoint in catalogue.zdr().value}
        with suppress(ConfgenError):
            whose = catalogue.providers().value
    pin = Allowing(profile.provider.fields, model, retaining_nothing)

    def by_cost(endpoint: "Endpoint") -> tuple[float, str]:
        usd = cost(endpoint.price, priced)
        return (float("inf") if usd is None else usd, endpoint.tag)

    verdicts = pin.judge(sorted(known.value.endpoints, key=by_cost))
    print_providers(Offer(known, pin, verdicts, priced, whose), offline=offline, as_json=as_json)


def _listing(catalogue: "Catalogue", model: str) -> "Dated[Listing]":
    """Who serves the model. Raises UsageError where it cannot be looked up, or there is none."""
    from confgen.openrouter.catalogue import is_unknown  # noqa: PLC0415
    from confgen.openrouter.find import near_slugs  # noqa: PLC0415
    from confgen.openrouter.slugs import is_preset, listed_slug  # noqa: PLC0415

    if is_preset(model):
        hint = "name the model that the preset has"
        raise UsageError("a preset is kept at OpenRouter, unseen", where=model, hint=hint)
    try:
        return catalogue.endpoints(model)
    except ConfgenError as error:
        if not is_unknown(error):
            raise
    near: list[str] = []
    with suppress(ConfgenError):
        known = (found.id for found in catalogue.models().value)
        near = near_slugs(listed_slug(model), known)
    hint = f"did you mean {' or '.join(near)}?" if near else "'confgen models' shows what there is"
    raise UsageError(f"OpenRouter has no model '{model}'", where=catalogue.client.root, hint=hint)
