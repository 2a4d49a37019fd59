"""What is wrong with an entry itself: its key, its address, and where its pin stands.

Each was sent by Droid 0.225.2 to a loopback upstream, or kept it from sending anything.
"""

import re
from collections.abc import Iterator, Mapping

from confgen.finding import Found
from confgen.harnesses.droid.effective import (
    PLACEHOLDERS,
    PROVIDERS,
    Model,
    entries,
    levels,
    offered,
    ours,
)
from confgen.harnesses.pins import as_member, misplaced, part_of, stray_pins, text_of
from confgen.harnesses.reading import Reading
from confgen.settings.suggest import did_you_mean

_REFERENCE = re.compile(r"\$\{(\w+)\}")
_DOLLAR = re.compile(r"\$\{?\w")
_ENDPOINT = re.compile(r"/(?:chat/completions|responses|messages)/*$")
_EXTRA_ARGS = "extraArgs"


def placeholder(reading: Reading) -> Iterator[Found]:
    words = "Droid skips an entry whose key is still a placeholder, and says nothing of it"
    for model in _concerned(reading):
        if model.text("apiKey") in PLACEHOLDERS:
            yield Found("error", words, model.place("apiKey"), _right_key(reading))


def variables(reading: Reading) -> Iterator[Found]:
    for model in _concerned(reading):
        for words in () if model.is_legacy else _not_replaced(model.text("apiKey"), reading):
            yield Found("error", words, model.place("apiKey"), _right_key(reading))


def _not_replaced(key: str, reading: Reading) -> Iterator[str]:
    for name in _REFERENCE.findall(key):
        # Whether the profile's own is set is asked for all harnesses at once.
        if name != reading.profile.api_key_env and name not in reading.machine.env:
            yield f"{name} is not set: Droid sends the text ${{{name}}} as the key"
    if _DOLLAR.search(_REFERENCE.sub("", key)):
        yield "Droid replaces nothing but ${NAME}: it sends the text as it stands"


def _right_key(reading: Reading) -> str:
    if reading.route == "shim":
        return "confgen apply droid --route shim --force"
    return f'"apiKey": "${{{reading.profile.api_key_env}}}"'


def header(reading: Reading) -> Iterator[Found]:
    words = "this header takes the place of the key, and no ${NAME} is replaced in it"
    right = "take the header out, and give the key as apiKey"
    for model in _concerned(reading):
        headers = model.get("extraHeaders")
        for name in headers if isinstance(headers, Mapping) else ():
            if name.lower() == "authorization":
                yield Found("error", words, model.place("extraHeaders", name), right)


def provider(reading: Reading) -> Iterator[Found]:
    words = "Droid knows no such provider, and drops the whole file for it"
    for file in (file for file in reading.files if file.fault is None):
        has_ours = ours(reading).id in (model.id for model in offered(file))
        for model in offered(file):
            if not model.has_known_provider:
                right = did_you_mean(model.text("provider"), PROVIDERS)
                where = model.place("provider")
                yield Found("error" if has_ours else "warning", words, where, right)


def extra_args(reading: Reading) -> Iterator[Found]:
    for model in _concerned(reading):
        other = text_of(part_of(model.get(_EXTRA_ARGS), "model"))
        if model.pin is None:
            yield from _misplaced(model, reading) if model.reaches(reading) else ()
        elif other and other != model.text("model"):
            words = f"extraArgs is spread over the request: '{other}' is asked for with this pin"
            where = model.place(_EXTRA_ARGS, "model")
            yield Found("error", words, where, "take model out of extraArgs")


def _misplaced(model: Model, reading: Reading) -> Iterator[Found]:
    """A pin that does not arrive: under a dead name, in a list, or one level off."""
    right = as_member(model.spelt(_EXTRA_ARGS), reading.profile)
    dead = "extraArgs" if model.is_legacy else "extra_args"
    if isinstance(model.get(_EXTRA_ARGS), list | tuple):
        words = "extraArgs is a list: Droid sends its elements as the fields 0, 1, ..."
        yield Found("error", words, model.place(_EXTRA_ARGS), right)
    elif dead in model.fields:
        words = f"Droid ignores {dead} in this file: its requests carry no pin"
        yield Found("error", words, model.file.place(*model.keys, dead), right)
    else:
        for keys in stray_pins(model.fields):
            yield misplaced("Droid", model.file, model.keys, keys, right)


def base_url(reading: Reading) -> Iterator[Found]:
    for model in _concerned(reading):
        if fault := _address_fault(model, reading):
            words, right = fault
            yield Found("error", words, model.place("baseUrl"), f'"baseUrl": "{right}"')


def _address_fault(model: Model, reading: Reading) -> tuple[str, str] | None:
    """What is wrong with an address, and the right one."""
    url = model.text("baseUrl")
    if "${" in url:
        return "no ${NAME} is replaced in an address", f"{reading.profile.upstream}/v1"
    bare = _ENDPOINT.sub("", url).rstrip("/")
    root = bare.removesuffix("/v1")
    anthropic = model.text("provider").lower() == "anthropic"
    if bare != url.rstrip("/"):
        path = "/v1/messages" if anthropic else "the endpoint's path"
        return f"Droid appends {path} itself, and so has it twice", root if anthropic else bare
    if anthropic and root != bare:
        return "Droid appends /v1/messages itself, and so has /v1 twice", root
    if not anthropic and root == bare and model.reaches(reading):
        return "the API of the upstream is below /v1", f"{bare}/v1"
    return None


def legacy(reading: Reading) -> Iterator[Found]:
    words = "no ${NAME} is replaced in config.json: the text itself is sent as the key"
    right = "move the entry to customModels in settings.json"
    for model in _read(reading):
        if model.is_legacy and model.reaches(reading):
            if "${" in model.text("apiKey"):
                yield Found("warning", words, model.place("apiKey"), right)
            if model.pin is None:
                yield _without_pin(model, reading)


def unpinned(reading: Reading) -> Iterator[Found]:
    own = ours(reading)
    for model in (model for level in levels(reading) for model in level.models()):
        is_other = model.id != own.id and not model.is_legacy
        if is_other and model.pin is None and model.reaches(reading):
            yield _without_pin(model, reading)


def _without_pin(model: Model, reading: Reading) -> Found:
    words = f"'{model.id}' has no pin: whoever switches to it with /model goes unpinned"
    right = as_member(model.spelt(_EXTRA_ARGS), reading.profile)
    return Found("info", words, model.place(), right)


def _concerned(reading: Reading) -> Iterator[Model]:
    """The entries that are ours by their id, or that send one of our models upstream."""
    own = ours(reading)
    for model in _read(reading):
        same_model = model.text("model") in reading.profile.models and model.reaches(reading)
        if same_model or model.id == own.id:
            yield model


def _read(reading: Reading) -> Iterator[Model]:
    """The entries of all files that Droid can read, whether or not it then drops the file."""
    for file in reading.files:
        if file.fault is None:
            yield from entries(file)
