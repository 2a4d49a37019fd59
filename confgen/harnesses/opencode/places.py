"""Provider objects in places where OpenCode loses them, and what changes them on the way."""

from collections.abc import Iterator

from confgen.document import JsonValue, format_path
from confgen.document.values import same
from confgen.finding import Found, Level
from confgen.harnesses.opencode.overrides import mend
from confgen.harnesses.opencode.reach import MODELS, OPENROUTER, OPTIONS, Reach, names, reach
from confgen.harnesses.shadow import Keys, Said, Source, in_force, overlay, said
from confgen.harnesses.view import View
from confgen.settings.preferences import FIELDS

_PREFERENCES = tuple(name for name in FIELDS if name != "options")
_ELSEWHERE = ("model", "models", "fallbacks", "preset", "route")
"""What may have another model answer than the one that is named."""


def misplaced_pin(view: View) -> Iterator[Found]:
    at = reach(view)
    for source in at.sources:
        for keys in _misplaced(source):
            one = Said(source, keys, None)
            if keys[:-1] == ("provider",):
                words = f"{format_path(keys)} is no provider of OpenCode: it refuses to start"
                yield Found("error", words, one.where, mend(one))
            else:
                words = (
                    f"{format_path(keys)} is no place for a pin: OpenRouter never sees it as one"
                )
                yield Found(_gravity(at), words, one.where, _move(at, keys))


def _misplaced(source: Source) -> Iterator[Keys]:
    """Places that were measured, or that OpenCode's schema does not know."""
    yield from _members(source, ("provider",), _PREFERENCES)
    yield from _members(source, OPENROUTER, ("provider", *_PREFERENCES))
    yield from _members(source, OPTIONS, ("provider", *_PREFERENCES))
    for model in names([source], *MODELS):
        own = (*MODELS, model)
        yield from _members(source, own, _PREFERENCES)
        yield from _members(source, (*own, "provider"), _PREFERENCES)
        yield from _members(source, (*own, "options"), _PREFERENCES)
        yield from _members(source, (*own, "options", "extraBody"), ("provider",))


def _members(source: Source, keys: Keys, wanted: tuple[str, ...]) -> Iterator[Keys]:
    yield from ((*keys, name) for name in names([source], *keys) if name in wanted)


def _gravity(at: Reach) -> Level:
    """Lost it is in any case; it matters where nothing else pins."""
    if at.in_use and at.fate(at.named("model")) == "pinned":
        return "info" if at.view.route == "shim" else "warning"
    return "error"


def _move(at: Reach, keys: Keys) -> str:
    named = keys[len(MODELS)] if keys[: len(MODELS)] == MODELS else at.view.profile.model
    place = format_path((*MODELS, named, "options", "provider"))
    return f"move it to {place}, or run: confgen apply opencode"


def extra_body(view: View) -> Iterator[Found]:
    at = reach(view)
    if not at.in_use:
        return
    places: list[Keys] = [(*OPTIONS, "extraBody", name) for name in _ELSEWHERE]
    places += [(*MODELS, model, "options", "model") for model in view.profile.models]
    for keys in places:
        for one in said(at.sources, *keys)[:1]:
            words = f"{format_path(keys)} is put into every request: another model may answer"
            yield Found("error", words, one.where, mend(one))
    keys = (*OPTIONS, "extraBody", "provider")
    voices = said(at.sources, *keys)
    if view.route == "native" and voices and not same(in_force(at.sources, *keys), at.pin):
        words = "every model without a pin of its own goes out with this one, not the profile's"
        yield Found("warning", words, voices[0].where, mend(voices[0]))


def v2_config(view: View) -> Iterator[Found]:
    at = reach(view)
    for source in at.sources:
        if "providers" in source.tree:
            words = "'providers' is a key of OpenCode 2, which this one drops with all it holds"
            level: Level = "warning" if at.in_use else "error"
            yield Found(level, words, source.place("providers"), "write 'provider' instead")
        if "permissions" in source.tree:
            words = "'permissions' is a key of OpenCode 2: this one refuses to start"
            yield Found("error", words, source.place("permissions"), "write 'permission' instead")


def variant(view: View) -> Iterator[Found]:
    """A title takes the model's least variant, even where nobody chose any."""
    at = reach(view)
    if view.route != "native" or not at.in_use:
        return
    for model in view.profile.models:
        own = (*MODELS, model)
        pin = in_force(at.sources, *own, "options", "provider")
        for name in names(at.sources, *own, "variants"):
            place = (*own, "variants", name)
            if _changes(at, place, pin):
                one = said(at.sources, *place, "provider")[0]
                words = f"variant {name} of {model} changes its pin, in titles without being chosen"
                yield Found("error", words, one.where, mend(one))


def _changes(at: Reach, place: Keys, pin: JsonValue) -> bool:
    own = in_force(at.sources, *place, "provider")
    if own is None or in_force(at.sources, *place, "disabled") is True:
        return False
    return not same(overlay(pin, own), pin)
