"""What is wrong with an entry itself: its key, its address, and where its pin stands.

Each was sent by Droid 0.225.2 to a loopback upstream, or kept it from sending anything.
"""

import re
from collections.abc import Iterator, Mapping

from confgen.finding import Found
from confgen.harnesses.droid.chain import (
    PLACEHOLDERS,
    PROVIDERS,
    Model,
    entries,
    has_known_provider,
    is_taken,
    mend,
    ours,
)
from confgen.harnesses.pins import goes_upstream, part_of, stray_pins, text_of
from confgen.harnesses.view import View
from confgen.settings.suggest import did_you_mean

_REFERENCE = re.compile(r"\$\{(\w+)\}")
_DOLLAR = re.compile(r"\$\{?\w")
_ENDPOINT = re.compile(r"/(?:chat/completions|responses|messages)/*$")
_EXTRA_ARGS = "extraArgs"


def placeholder_key(view: View) -> Iterator[Found]:
    for model in _concerned(view):
        if model.text("apiKey") in PLACEHOLDERS:
            yield Found(
                "error",
                "Droid skips an entry whose key is still a placeholder, and says nothing of it",
                model.place("apiKey"),
                _right_key(view),
            )


def unset_variable(view: View) -> Iterator[Found]:
    for model in _concerned(view):
        key = model.text("apiKey")
        for name in [] if model.is_legacy else _REFERENCE.findall(key):
            # Whether the profile's own is set is asked for all harnesses at once.
            if name != view.profile.api_key_env and name not in view.machine.env:
                yield Found(
                    "error",
                    f"{name} is not set: Droid sends the text ${{{name}}} as the key",
                    model.place("apiKey"),
                    _right_key(view),
                )
        if _DOLLAR.search(_REFERENCE.sub("", key)) and not model.is_legacy:
            yield Found(
                "error",
                "Droid replaces nothing but ${NAME}: it sends the text as it stands",
                model.place("apiKey"),
                _right_key(view),
            )


def authorization_header(view: View) -> Iterator[Found]:
    for model in _concerned(view):
        headers = model.get("extraHeaders")
        for name in headers if isinstance(headers, Mapping) else ():
            if name.lower() == "authorization":
                yield Found(
                    "error",
                    "this header takes the place of the key, and no ${NAME} is replaced in it",
                    model.place("extraHeaders", name),
                    "take the header out, and give the key as apiKey",
                )


def provider(view: View) -> Iterator[Found]:
    own = ours(view)
    for file in (file for file in view.files if file.fault is None):
        models = [model for model in entries(file) if is_taken(model)]
        holds_ours = any(own and model.id == own.id for model in models)
        for model in models:
            if not has_known_provider(model):
                yield Found(
                    "error" if holds_ours else "warning",
                    "Droid knows no such provider, and drops the whole file for it",
                    model.place("provider"),
                    did_you_mean(model.text("provider"), PROVIDERS),
                )


def extra_args(view: View) -> Iterator[Found]:
    for model in _concerned(view):
        if model.pin is not None:
            yield from _other_model(model)
        elif goes_upstream(model.get("baseUrl"), view.profile):
            yield from _misplaced(model, view)


def base_url(view: View) -> Iterator[Found]:
    for model in _concerned(view):
        if fault := _address_fault(model, view):
            yield Found("error", fault[0], model.place("baseUrl"), f'"baseUrl": "{fault[1]}"')


def legacy_config(view: View) -> Iterator[Found]:
    for model in _read(view):
        if not model.is_legacy or not goes_upstream(model.get("baseUrl"), view.profile):
            continue
        if "${" in model.text("apiKey"):
            yield Found(
                "warning",
                "no ${NAME} is replaced in config.json: the text itself is sent as the key",
                model.place("apiKey"),
                "move the entry to customModels in settings.json",
            )
        if model.pin is None:
            yield Found(
                "info",
                f"'{model.id}' has no pin: whoever switches to it with /model goes unpinned",
                model.place(),
                mend(model, view.profile),
            )


def _concerned(view: View) -> Iterator[Model]:
    """The entries that are ours by their id, or that send one of our models upstream."""
    own = ours(view)
    for model in _read(view):
        upstream = goes_upstream(model.get("baseUrl"), view.profile)
        same_model = upstream and model.text("model") in view.profile.models
        if same_model or (own and model.id == own.id):
            yield model


def _right_key(view: View) -> str:
    if view.route == "shim":
        return "confgen apply droid --route shim --force"
    return f'"apiKey": "${{{view.profile.api_key_env}}}"'


def _read(view: View) -> Iterator[Model]:
    """The entries of all files that Droid can read, whether or not it then drops the file."""
    for file in view.files:
        if file.fault is None:
            yield from entries(file)


def _other_model(model: Model) -> Iterator[Found]:
    other = text_of(part_of(model.get(_EXTRA_ARGS), "model"))
    if other and other != model.text("model"):
        yield Found(
            "error",
            f"extraArgs is spread over the request: '{other}' is asked for with this pin",
            model.place(_EXTRA_ARGS, "model"),
            "take model out of extraArgs",
        )


def _misplaced(model: Model, view: View) -> Iterator[Found]:
    """A pin that does not arrive: under a dead name, in a list, or one level off."""
    right = mend(model, view.profile)
    dead = "extraArgs" if model.is_legacy else "extra_args"
    if isinstance(model.get(_EXTRA_ARGS), list | tuple):
        message = "extraArgs is a list: Droid sends its elements as the fields 0, 1, ..."
        yield Found("error", message, model.place(_EXTRA_ARGS), right)
    elif dead in model.fields:
        message = f"Droid ignores {dead} in this file: its requests carry no pin"
        yield Found("error", message, model.file.place(*model.keys, dead), right)
    else:
        for keys in stray_pins(model.fields):
            message = f"{'.'.join(keys)} is not where Droid looks: its requests carry no pin"
            yield Found("error", message, model.file.place(*model.keys, *keys), right)


def _address_fault(model: Model, view: View) -> tuple[str, str] | None:
    """What is wrong with an address, and the right one."""
    url = model.text("baseUrl")
    if "${" in url:
        return "no ${NAME} is replaced in an address", f"{view.profile.upstream}/v1"
    bare = _ENDPOINT.sub("", url).rstrip("/")
    anthropic = model.text("provider").lower() == "anthropic"
    root = bare.removesuffix("/v1")
    right = root if anthropic else bare
    if bare != url.rstrip("/"):
        path = "/v1/messages" if anthropic else "the endpoint's path"
        return f"Droid appends {path} itself, and so has it twice", right
    if anthropic and root != bare:
        return "Droid appends /v1/messages itself, and so has /v1 twice", root
    if not anthropic and root == bare and goes_upstream(url, view.profile):
        return "the API of the upstream is below /v1", f"{bare}/v1"
    return None
