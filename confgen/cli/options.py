"""The options that several commands share, and the routing options that become overrides."""

import inspect
import json
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer

from confgen.cli.complete import (
    complete_model,
    complete_profile,
    complete_providers,
    one_of,
    some_of,
)
from confgen.document import JsonValue
from confgen.errors import SettingsError, UsageError
from confgen.harnesses import HARNESSES, SCOPES
from confgen.settings import ROUTES, Overrides, check_model, check_upstream
from confgen.settings.preferences import QUANTIZATIONS, SORTS, parse_preferences
from confgen.settings.suggest import did_you_mean

Names = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="HARNESS...",
        help=f"One or more of: {', '.join(HARNESSES)}.",
        show_default=False,
    ),
]
Every = Annotated[
    bool, typer.Option("--all", help="Every harness that is installed or has a config file.")
]
ScopeName = Annotated[
    str,
    typer.Option("--scope", metavar="|".join(SCOPES), help="Whose config files."),
]
Project = Annotated[
    Path | None,
    typer.Option("--project", metavar="DIR", help="The project's folder (default: this one's)."),
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]
Offline = Annotated[
    bool, typer.Option("--offline", help="Send nothing: use what was kept of earlier calls.")
]


def _or(words: Sequence[str]) -> str:
    *some, last = words
    return f"{', '.join(some)} or {last}"


Completion = Callable[[str], Sequence[str]]


def _option(
    group: str,
    names: str,
    text: str,
    metavar: str | None = None,
    complete: Completion | None = None,
) -> Any:
    return typer.Option(
        names,
        help=text,
        metavar=metavar,
        show_default=False,
        rich_help_panel=group,
        autocompletion=complete,
    )


_of_model = partial(_option, "Profile and model")
_of_providers = partial(_option, "Providers")

ProfileName = Annotated[
    str | None, _of_model("--profile", "The profile to use.", "NAME", complete_profile)
]
Upstream = Annotated[str | None, _of_model("--upstream", "The API's root, without /v1.", "URL")]
# Each parameter is named after the field that it sets: of the profile, then of the provider object.
_PROFILE_FIELDS: Mapping[str, Any] = {
    "model": Annotated[
        str | None, _of_model("--model", "OpenRouter's model.", "SLUG", complete_model)
    ],
    "small_model": Annotated[
        str | None,
        _of_model(
            "--small-model", "The model for titles and background work.", "SLUG", complete_model
        ),
    ],
    "context_tokens": Annotated[
        int | None, _of_model("--context-tokens", "The model's context window.", "N")
    ],
    "output_tokens": Annotated[
        int | None, _of_model("--output-tokens", "The model's longest answer.", "N")
    ],
    "images": Annotated[
        bool | None, _of_model("--images/--no-images", "Whether the model takes images.")
    ],
    "upstream": Upstream,
}
_LISTS = ("order", "only", "ignore", "quantizations")
_JSON_OR_TEXT = ("sort", "preferred_min_throughput", "preferred_max_latency", "max_price")
_PREFERENCES: Mapping[str, Any] = {
    "order": Annotated[
        str | None,
        _of_providers("--order", "Try these first, in this order.", "a,b", complete_providers),
    ],
    "only": Annotated[
        str | None, _of_providers("--only", "Use none but these.", "a,b", complete_providers)
    ],
    "ignore": Annotated[
        str | None, _of_providers("--ignore", "Never use these.", "a,b", complete_providers)
    ],
    "allow_fallbacks": Annotated[
        bool | None,
        _of_providers("--fallbacks/--no-fallbacks", "Whether others may serve, too."),
    ],
    "require_parameters": Annotated[
        bool | None,
        _of_providers(
            "--require-parameters/--no-require-parameters",
            "Use only those that know every parameter.",
        ),
    ],
    "data_collection": Annotated[
        str | None,
        _of_providers(
            "--data-collection",
            "Whether they may keep prompts.",
            "allow|deny",
        ),
    ],
    "zdr": Annotated[
        bool | None, _of_providers("--zdr/--no-zdr", "Use only those that retain nothing.")
    ],
    "enforce_distillable_text": Annotated[
        bool | None,
        _of_providers(
            "--distillable/--no-distillable", "Use only models whose text may be distilled."
        ),
    ],
    "quantizations": Annotated[
        str | None,
        _of_providers(
            "--quantizations", "Use only these precisions.", "fp8,...", some_of(QUANTIZATIONS)
        ),
    ],
    "sort": Annotated[
        str | None,
        _of_providers("--sort", f"The best first, by {_or(SORTS)}.", "WORD|JSON", one_of(SORTS)),
    ],
    "preferred_min_throughput": Annotated[
        str | None,
        _of_providers("--min-throughput", "Prefer this many tokens a second.", "N|JSON"),
    ],
    "preferred_max_latency": Annotated[
        str | None,
        _of_providers("--max-latency", "Prefer this many seconds at most.", "N|JSON"),
    ],
    "max_price": Annotated[
        str | None, _of_providers("--max-price", "Pay no more: USD per million tokens.", "JSON")
    ],
}
_CALL: Mapping[str, Any] = {
    "profile": ProfileName,
    "route": Annotated[
        str | None,
        _of_model(
            "--route",
            "Whether the harness or the shim sends the pin.",
            "|".join(ROUTES),
        ),
    ],
    "provider": Annotated[
        str | None,
        _of_providers("--provider", "The whole object; those below win over it.", "JSON"),
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
