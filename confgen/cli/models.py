"""`confgen models`: what OpenRouter has, and what it costs."""

from pathlib import Path
from typing import Annotated

import typer

from confgen.cli.call import Call
from confgen.cli.options import Json, Offline, Upstream
from confgen.errors import ConfgenError, UsageError
from confgen.settings import Overrides, check_upstream

_LINES = 20


def models(
    query: Annotated[
        list[str] | None,
        typer.Argument(metavar="QUERY", help="Parts of a name: kimi k2.5", show_default=False),
    ] = None,
    limit: Annotated[
        int | None,
        typer.Option(
            "--limit", metavar="N", min=0, help=f"How many ({_LINES}; 0 and --json: all)."
        ),
    ] = None,
    upstream: Upstream = None,
    offline: Offline = False,
    as_json: Json = False,
) -> None:
    """Show OpenRouter's models, their context and prices; the newest first, or by what you name.

    Example: confgen models kimi k2.5
    """
    # No other command asks OpenRouter, or tells its prices.
    from confgen.openrouter.catalogue import Catalogue  # noqa: PLC0415
    from confgen.openrouter.find import matching  # noqa: PLC0415
    from confgen.report.models import print_models  # noqa: PLC0415
    from confgen.report.progress import progress  # noqa: PLC0415

    given = {"upstream": check_upstream(upstream, "--upstream", UsageError)} if upstream else {}
    call = Call.read(Overrides(fields=given))
    profile = call.settings.profile_for("")
    state = Path(call.machine.state_folder)
    catalogue = Catalogue.open(
        profile.upstream, call.machine.env, profile.api_key_env, state, offline=offline
    )
    with progress("asking OpenRouter for its models"):
        known = catalogue.models()
    wanted = " ".join(query or ())
    found = matching(wanted, known.value)
    if not found:
        raise ConfgenError(
            f"no model is called anything like '{wanted}'" if wanted else "there are no models",
            where=profile.upstream,
            hint="'confgen models --limit 0' shows all",
        )
    most = limit if limit is not None else 0 if as_json else _LINES
    shown = found[:most] if most else found
    print_models(shown, known, more=len(found) - len(shown), offline=offline, as_json=as_json)
