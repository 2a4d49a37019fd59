"""The options that several commands share, and the routing options that become overrides."""

import inspect
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from confgen.cli.complete import complete_harness, complete_profile
from confgen.document import JsonValue
from confgen.errors import SettingsError, UsageError
from confgen.harnesses import HARNESSES
from confgen.settings import ROUTES, Overrides, check_model, check_upstream
from confgen.settings.preferences import parse_preferences
from confgen.settings.suggest import did_you_mean

Names = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="HARNESS...",
        help=f"One or more of: {', '.join(HARNESSES)}.",
        show_default=False,
        autocompletion=complete_harness,
    ),
]
Every = Annotated[
    bool, typer.Option("--all", help="Every harness that is installed or has a config file.")
]
ScopeName = Annotated[
    str, typer.Option("--scope", metavar="user|project|system", help="Whose config files.")
]
Project = Annotated[
    Path | None,
    typer.Option("--project", metavar="DIR", help="The project's folder (default: this one's)."),
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]
Offline = Annotated[
    bool, typer.Option("--offline", help="Send nothing: use what was kept of earlier calls.")
]


def _option(*names: str, help: str, metavar: str | None = None) -> Any:  # noqa: A002
    return typer.Option(*names, help=help, metavar=metavar, show_default=False)


def _on_off(name: str, field: str) -> Any:
    return _option(f"--{name}/--no-{name}", help=f"{field}.")


# Each parameter is named after the field that it sets: of the profile, then of the provider object.
_PROFILE_FIELDS: Mapping[str, Any] = {
    "model": Annotated[str | None, _option("--model", metavar="SLUG", help="OpenRouter model.")],
    "small_model": Annotated[
        str | None,
        _option("--small-model", metavar="SLUG", help="Model for titles and background work."),
    ],
    "context_tokens": Annotated[
        int | None, _option("--context-tokens", metavar="N", help="The model's context window.")
    ],
    "output_tokens": Annotated[
        int | None, _option("--output-tokens", metavar="N", help="The longest answer.")
    ],
    "images": Annotated[bool | None, _option("--images/--no-images", help="It takes images.")],
    "upstream": Annotated[
        str | None, _option("--upstream", metavar="URL", help="The API's root, without /v1.")
    ],
}
_LISTS = ("order", "only", "ignore", "quantizations")
_JSON_OR_TEXT = ("sort", "preferred_min_throughput", "preferred_max_latency", "max_price")
_PREFERENCES: Mapping[str, Any] = {
    "order": Annotated[
        str | None, _option("--order", metavar="a,b", help="Providers to try, in order.")
    ],
    "only": Annotated[str | None, _option("--only", metavar="a,b", help="No provider but these.")],
    "ignore": Annotated[str | None, _option("--ignore", metavar="a,b", help="Never these.")],
    "allow_fallbacks": Annotated[bool | None, _on_off("fallbacks", "Let other providers serve")],
    "require_parameters": Annotated[
        bool | None, _on_off("require-parameters", "Only providers that know every parameter")
    ],
    "data_collection": Annotated[
        str | None, _option("--data-collection", metavar="allow|deny", help="May they keep data.")
    ],
    "zdr": Annotated[bool | None, _on_off("zdr", "Only providers that retain nothing")],
    "enforce_distillable_text": Annotated[
        bool | None, _on_off("distillable", "Only models whose text may be distilled")
    ],
    "quantizations": Annotated[
        str | None, _option("--quantizations", metavar="fp8,...", help="Only these precisions.")
    ],
    "sort": Annotated[
        str | None,
        _option("--sort", metavar="price|throughput|latency|exacto|JSON", help="Sort providers."),
    ],
    "preferred_min_throughput": Annotated[
        str | None, _option("--min-throughput", metavar="N|JSON", help="Tokens per second.")
    ],
    "preferred_max_latency": Annotated[
        str | None, _option("--max-latency", metavar="N|JSON", help="Seconds.")
    ],
    "max_price": Annotated[
        str | None, _option("--max-price", metavar="JSON", help="USD per million tokens.")
    ],
}
_CALL: Mapping[str, Any] = {
    "profile": Annotated[
        str | None,
        typer.Option(
            "--profile",
            metavar="NAME",
            help="Which profile.",
            show_default=False,
            autocompletion=complete_profile,
        ),
    ],
    "provider": Annotated[
        str | None,
        _option("--provider", metavar="JSON", help="The whole provider object; others win."),
    ],
    "route": Annotated[
        str | None, _option("--route", metavar="auto|native|shim", help="Who sends the pin.")
    ],
}
_ROUTING = {**_CALL, **_PROFILE_FIELDS, **_PREFERENCES}


def routed(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the routing options; it receives them as `overrides`, checked."""

    def run(**arguments: Any) -> None:
        chosen = {name: arguments.pop(name) for name in _ROUTING}
        command(**arguments, overrides=_overrides(chosen))

    signature = inspect.signature(command)
    own = [p for p in signature.parameters.values() if p.name != "overrides"]
    extra = [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=annotation)
        for name, annotation in _ROUTING.items()
    ]
    keyword = [p.replace(kind=inspect.Parameter.KEYWORD_ONLY) for p in own]
    run.__signature__ = signature.replace(parameters=[*keyword, *extra])  # type: ignore[attr-defined]
    run.__annotations__ = {p.name: p.annotation for p in (*own, *extra)} | {"return": None}
    run.__name__, run.__doc__ = command.__name__, command.__doc__
    return run


def _overrides(chosen: Mapping[str, Any]) -> Overrides:
    given = {name: value for name, value in chosen.items() if value is not None}
    route = given.get("route")
    if route is not None and route not in ROUTES:
        raise UsageError(f"no route '{route}'", where="--route", hint=did_you_mean(route, ROUTES))
    fields = {name: _field(name, given[name]) for name in _PROFILE_FIELDS if name in given}
    single = {name: _preference(name, given[name]) for name in _PREFERENCES if name in given}
    for name, value in single.items():
        try:
            parse_preferences({name: value}, where="provider")
        except SettingsError as error:
            option = f"--{name.removeprefix('preferred_').replace('_', '-')}"
            raise UsageError(error.message, where=option, hint=error.hint) from error
    whole = _json_object(given["provider"], "--provider") if "provider" in given else None
    return Overrides(given.get("profile"), route, fields, single, whole)


def _field(name: str, value: str | int | bool) -> str | int | bool:
    if name in ("model", "small_model"):
        return check_model(str(value), f"--{name.replace('_', '-')}", UsageError)
    if name == "upstream":
        return check_upstream(str(value), "--upstream", UsageError)
    if name.endswith("_tokens") and int(value) <= 0:
        option = f"--{name.replace('_', '-')}"
        raise UsageError(f"{value} is no number of tokens", where=option, hint="give 262144, say")
    return value


def _preference(name: str, value: str | bool) -> JsonValue:
    if isinstance(value, bool):
        return value
    if name in _LISTS:
        return [item.strip() for item in value.split(",")]
    if name in _JSON_OR_TEXT:
        return _json_or_text(value)
    return value


def _json_or_text(text: str) -> JsonValue:
    try:
        return _no_constants(text)
    except (ValueError, RecursionError):
        return text


def _json_object(text: str, option: str) -> Mapping[str, JsonValue]:
    try:
        value = _no_constants(text)
    except (ValueError, RecursionError) as error:
        place = f" at column {error.colno}" if isinstance(error, json.JSONDecodeError) else ""
        raise UsageError(
            f"this is not JSON{place}",
            where=option,
            hint='quote it for the shell: --provider \'{"order":["fireworks"]}\'',
        ) from error
    if not isinstance(value, Mapping):
        raise UsageError(
            "this is not a JSON object", where=option, hint='write {"order":["fireworks"]}'
        )
    return value


def _no_constants(text: str) -> JsonValue:
    """JSON as the standard has it: Python's own reader would take NaN too, and repeated keys."""

    def refuse(constant: str) -> None:
        raise ValueError(constant)

    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        if len({key for key, _ in pairs}) != len(pairs):
            raise ValueError("a key stands twice")
        return dict(pairs)

    loaded: JsonValue = json.loads(text, parse_constant=refuse, object_pairs_hook=unique)
    return loaded
