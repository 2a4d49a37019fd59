"""The models that OpenCode asks for beside the pinned one, each of which needs a pin of its own."""

from collections.abc import Iterator, Mapping

from confgen.document.values import is_list
from confgen.finding import Found, Level
from confgen.harnesses.effective import Keys, overlay
from confgen.harnesses.opencode.effective import EXTRA_PIN, OPENROUTER, SPELT, OpenCodeConfig


def agent_model(at: OpenCodeConfig) -> Iterator[Found]:
    """Agents, modes and commands with a model or a provider object of their own."""
    for kind in ("agent", "mode", "command"):
        for name in at.names(kind):
            own = at.in_force(kind, name)
            if isinstance(own, Mapping) and own.get("disable") is not True:
                yield from _asker(at, kind, name)


def _asker(at: OpenCodeConfig, kind: str, name: str) -> Iterator[Found]:
    # Keys that it does not know become options of an agent.
    places: list[Keys] = [(kind, name, "options", "provider"), (kind, name, "provider")]
    extra = [keys for keys in places if kind != "command" and at.said(*keys)]
    options = overlay(*(at.in_force(*keys) for keys in extra))
    own = at.named(kind, name, "model")
    model = own or at.named("model")
    if not model or not (own or extra):
        return
    one = at.first(*((kind, name, "model") if own else extra[0]))
    words, fate = f"{kind} {name} asks for {model}", at.fate(model, options)
    if fate != "pinned":
        level: Level = "warning" if fate == "otherwise" else "error"
        what = "'model'" if options is None else "its provider preferences"
        hint = f"take {what} out there: it then goes with the main model and its pin"
        yield at.found(level, f"{words}, {SPELT[fate]}", one, hint)
    elif at.reading.route == "shim" and at.reading.profile.refuses(
        at.filled(model).partition("/")[2]
    ):
        hint = "add a rule for it to confgen.toml, or let the profile's unknown_models be 'pin'"
        yield at.found("warning", f"{words}, which the shim refuses", one, hint)


def small_model(at: OpenCodeConfig) -> Iterator[Found]:
    title = at.in_force("agent", "title")
    own = title if isinstance(title, Mapping) else {}
    # What another file outranks is told under that name.
    if own.get("disable") is True or own.get("model") or any(at.overriding("small_model")):
        return
    model = at.named("small_model")
    one = at.first("small_model") or at.first("model")
    hint = f'set "small_model": "openrouter/{at.reading.profile.small_model}"'
    if not model:
        if not _titles_are_pinned(at):
            words = "no small_model: titles go to a model of OpenCode's own choice, without the pin"
            yield at.found("error", words, one, hint)
        return
    fate = at.fate(model)
    if not at.is_well_known(model, fate):
        # A small model of a service that OpenCode has no key for is passed over for the main one.
        level: Level = "error" if fate == "unpinned" else "warning"
        yield at.found(level, f"titles ask for {model}, {SPELT[fate]}", one, hint)


def _titles_are_pinned(at: OpenCodeConfig) -> bool:
    """Whether whatever small model OpenCode chooses is pinned."""
    if at.reading.route == "shim":
        return True
    listed = at.in_force(*OPENROUTER, "whitelist")
    if is_list(listed):
        return all(at.fate(f"openrouter/{name}") == "pinned" for name in listed)
    return isinstance(at.in_force(*EXTRA_PIN), Mapping)


def main_model(at: OpenCodeConfig, *, elsewhere: bool) -> Iterator[Found]:
    """A main model of another service, or one without the pin."""
    model = at.named("model")
    fate = at.fate(model)
    told = at.is_well_known(model, fate) or fate == "otherwise" or any(at.overriding("model"))
    if not told and (fate == "elsewhere") == elsewhere:
        what = f"the model is {model}" if model else "no model is named, and OpenCode chooses one"
        hint = f'set "model": "openrouter/{at.reading.profile.model}"'
        yield at.found("error", f"{what}, {SPELT[fate]}", at.first("model"), hint)
