"""What takes the pin away that confgen set, or adds to it, and pins where they are lost."""

from collections.abc import Iterator
from itertools import groupby

from confgen.document import format_path
from confgen.document.values import same
from confgen.finding import Found, Level
from confgen.harnesses.effective import Keys, Said, Source, overlay, said
from confgen.harnesses.opencode.effective import (
    BASE_URL,
    EXTRA_PIN,
    MODELS,
    OPENROUTER,
    OPTIONS,
    SPELT,
    OpenCodeConfig,
)
from confgen.harnesses.pins import ANSWERED_BY, table
from confgen.harnesses.reading import ReadFile
from confgen.settings.preferences import FIELDS

_NAMES = ("opencode.jsonc", "opencode.json", "config.json")
_PREFERENCES = tuple(name for name in FIELDS if name != "options")
_PIN = ("provider", *_PREFERENCES)
_MISPLACED = (
    (("provider",), _PREFERENCES),
    (OPENROUTER, _PIN),
    (OPTIONS, _PIN),
)
_MISPLACED_IN_MODELS = (
    ((), _PREFERENCES),
    (("provider",), _PREFERENCES),
    (("options",), _PREFERENCES),
    (("options", "extraBody"), ("provider",)),
)
"""Where no pin has a place, and what stands there: measured, or unknown to OpenCode's schema."""


def shadowed(at: OpenCodeConfig) -> Iterator[Found]:
    for keys in filter(_decides, at.wanted):
        yield from (_overridden(at, keys, one) for one in at.overriding(*keys))
    for one in _diverting(at) if at.in_use else ():
        words = f"{format_path(one.keys)} here sends the pinned model's requests elsewhere"
        yield at.found("error", words, one)


def _decides(keys: Keys) -> bool:
    """Whether the pin hangs on what stands at `keys`: it does not on a model's limits."""
    if keys[: len(MODELS)] == MODELS:
        return keys[-1] in ("id", "provider")
    return keys[0] in ("model", "small_model") or keys[: len(OPENROUTER)] == OPENROUTER


def _overridden(at: OpenCodeConfig, keys: Keys, one: Said) -> Found:
    level: Level = "error"
    if len(one.keys) > len(keys):
        name, model = one.keys[-1], keys[len(MODELS)]
        words = f"'{name}' here becomes part of the pin of {model}: OpenCode merges its files"
    elif keys[0] in ("model", "small_model"):
        there = one.value if isinstance(one.value, str) and at.filled(one.value) else ""
        fate = at.fate(there)
        level = "warning" if fate in ("pinned", "otherwise") else "error"
        what = f"asks for {there}" if there else "leaves OpenCode to choose one"
        words = f"{keys[0]} here outranks confgen's and {what}, {SPELT[fate]}"
    else:
        words = f"{format_path(one.keys)} here outranks what confgen set"
    return at.found(level, words, one)


def _diverting(at: OpenCodeConfig) -> Iterator[Said]:
    """What stands at the places that must be empty for the pinned model to be reached."""
    default = f"{at.reading.profile.upstream}/v1"
    for keys in (BASE_URL, (*OPENROUTER, "npm"), (*OPENROUTER, "api")):
        if keys not in at.wanted and at.text(*keys).rstrip("/") not in ("", default):
            yield at.said(*keys)[0]
    for model in at.reading.profile.models:
        own = (*MODELS, model)
        if (*own, "id") not in at.wanted and at.text(*own, "id") not in ("", model):
            yield at.said(*own, "id")[0]
        for name in ("npm", "api"):
            if at.text(*own, "provider", name):
                yield at.said(*own, "provider", name)[0]


def both_files(at: OpenCodeConfig) -> Iterator[Found]:
    """One is enough; it matters where more than one of them speaks of models."""
    files = [file for file in at.reading.files if file.path.name in _NAMES]
    for _, group in groupby(sorted(files, key=_folder), key=_folder):
        first, *others = sorted(group, key=lambda file: _NAMES.index(file.path.name))
        if others:
            speaking = [file for file in (first, *others) if _speaks_of_models(at, file)]
            also = " and ".join(file.path.name for file in others)
            words = f"OpenCode merges {also} into this file, whose values win"
            hint = f"move what {also} has into {first.path}, and delete {also}"
            level: Level = "warning" if len(speaking) > 1 else "info"
            yield Found(level, words, str(first.path), hint)


def _folder(file: ReadFile) -> str:
    return str(file.path.parent)


def _speaks_of_models(at: OpenCodeConfig, file: ReadFile) -> bool:
    own = [source for source in at.sources if source.file is file]
    return any(said(own, *keys) for keys in (("model",), ("small_model",), OPENROUTER))


def own_pin(at: OpenCodeConfig) -> Iterator[Found]:
    """On the shim's route, provider objects that OpenCode sends of its own accord."""
    for keys in at.pins if at.reading.route == "shim" else ():
        for one in at.said(*keys):
            words = "OpenCode sends this provider object; the shim replaces it only in mode enforce"
            yield at.found("info", words, one)


def misplaced_pin(at: OpenCodeConfig) -> Iterator[Found]:
    for source in at.sources:
        for keys in _misplaced(source):
            one, what = Said(source, keys, None), format_path(keys)
            if keys[:-1] == ("provider",):
                words = f"{what} is no provider of OpenCode: it refuses to start"
                yield at.found("error", words, one)
            else:
                words = f"{what} is no place for a pin: OpenRouter never sees it as one"
                yield at.found(_gravity(at), words, one, _move(at, keys))


def _misplaced(source: Source) -> Iterator[Keys]:
    places = list(_MISPLACED)
    for model in table(source.tree, *MODELS):
        places += [((*MODELS, model, *keys), names) for keys, names in _MISPLACED_IN_MODELS]
    for keys, names in places:
        yield from ((*keys, name) for name in table(source.tree, *keys) if name in names)


def _gravity(at: OpenCodeConfig) -> Level:
    """Lost it is in any case; it matters where nothing else pins."""
    if at.in_use and at.fate(at.named("model")) == "pinned":
        return "info" if at.reading.route == "shim" else "warning"
    return "error"


def _move(at: OpenCodeConfig, keys: Keys) -> str:
    named = keys[len(MODELS)] if keys[: len(MODELS)] == MODELS else at.reading.profile.model
    place = format_path((*MODELS, named, "options", "provider"))
    return f"move it to {place}, or run: confgen apply opencode"


def extra_body(at: OpenCodeConfig) -> Iterator[Found]:
    places: list[Keys] = [(*OPTIONS, "extraBody", name) for name in ANSWERED_BY]
    places += [(*MODELS, model, "options", "model") for model in at.reading.profile.models]
    for keys in places:
        if one := at.first(*keys):
            words = f"{format_path(keys)} is put into every request: another model may answer"
            yield at.found("error", words, one)
    one = at.first(*EXTRA_PIN)
    if one and at.reading.route == "native" and not same(at.in_force(*EXTRA_PIN), at.pin):
        words = "every model without a pin of its own goes out with this one, not the profile's"
        yield at.found("warning", words, one)


def v2_config(at: OpenCodeConfig) -> Iterator[Found]:
    level: Level = "warning" if at.in_use else "error"
    for source in at.sources:
        if "providers" in source.tree:
            words = "'providers' is a key of OpenCode 2, which this one drops with all it holds"
            yield Found(level, words, source.place("providers"), "write 'provider' instead")
        if "permissions" in source.tree:
            words = "'permissions' is a key of OpenCode 2: this one refuses to start"
            yield Found("error", words, source.place("permissions"), "write 'permission' instead")


def variant(at: OpenCodeConfig) -> Iterator[Found]:
    """A title takes the model's least variant, even where nobody chose any."""
    for model in at.reading.profile.models if at.reading.route == "native" else ():
        pin = at.in_force(*MODELS, model, "options", "provider")
        for name in at.names(*MODELS, model, "variants"):
            place = (*MODELS, model, "variants", name)
            own, is_off = at.in_force(*place, "provider"), at.in_force(*place, "disabled") is True
            if own is not None and not is_off and not same(overlay(pin, own), pin):
                words = f"variant {name} of {model} changes its pin, in titles without being chosen"
                yield at.found("error", words, at.first(*place, "provider"))
