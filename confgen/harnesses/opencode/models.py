"""The models that OpenCode asks for beside the pinned one, each of which needs a pin of its own."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import PurePath
from typing import NamedTuple

from confgen.document import JsonValue
from confgen.finding import Found, Level
from confgen.harnesses.opencode.overrides import SPELT
from confgen.harnesses.opencode.reach import OPENROUTER, OPTIONS, Reach, names, reach
from confgen.harnesses.pages import Field, front_matter
from confgen.harnesses.shadow import in_force, overlay, overriding, said
from confgen.harnesses.view import View

_KINDS = ("agent", "mode", "command")
_TITLE = ("agent", "title")


class _Asker(NamedTuple):
    """An agent or a command with a model or a provider object of its own.

    `model` is "" where it takes the main one. `options` is None where it has none; of a page only
    that there are some is known.
    """

    what: str
    model: str
    options: JsonValue
    where: str


def agent_model(view: View) -> Iterator[Found]:
    at = reach(view)
    if not at.in_use:
        return
    for asker in (*_in_config(at), *_in_pages(at)):
        model = asker.model or at.named("model")
        if not model:
            continue
        fate = at.fate(model, asker.options)
        if fate == "pinned" and _is_refused(at, model):
            words = f"{asker.what} asks for {model}, which the shim refuses"
            hint = "add a rule for it to confgen.toml, or let the profile's unknown_models be 'pin'"
            yield Found("warning", words, asker.where, hint)
        elif fate != "pinned":
            level: Level = "warning" if fate == "otherwise" else "error"
            words = f"{asker.what} asks for {model}, {SPELT[fate]}"
            what = "'model'" if asker.options is None else "its provider preferences"
            hint = f"take {what} out there: it then goes with the main model and its pin"
            yield Found(level, words, asker.where, hint)


def _in_config(at: Reach) -> Iterator[_Asker]:
    for kind in _KINDS:
        for name in names(at.sources, kind):
            own = in_force(at.sources, kind, name)
            if not isinstance(own, Mapping) or own.get("disable") is True:
                continue
            # Keys that it does not know become options of an agent.
            extra = [(kind, name, "options", "provider"), (kind, name, "provider")]
            extra = [keys for keys in extra if kind != "command" and said(at.sources, *keys)]
            options = overlay(*(in_force(at.sources, *keys) for keys in extra))
            model = at.named(kind, name, "model")
            if model or extra:
                told = said(at.sources, *((kind, name, "model") if model else extra[0]))[0]
                yield _Asker(f"{kind} {name}", model, options, told.where)


def _in_pages(at: Reach) -> Iterator[_Asker]:
    for path, page in at.view.pages.items():
        fields = front_matter(page)
        if (disabled := fields.get(("disable",))) and disabled.text == "true":
            continue
        model, extra = fields.get(("model",)), _provider_field(path, fields)
        told = model if model and model.text else extra
        if told:
            what = f"{_kind(path)} {path.stem}"
            options = {"": None} if extra else None
            where = f"{path}:{told.line}:{told.column}"
            yield _Asker(what, model.text if model else "", options, where)


def _kind(path: PurePath) -> str:
    """A page's kind is the name of the folder of pages that it is in."""
    parents = (part.rstrip("s") for part in reversed(path.parent.parts))
    return next((part for part in parents if part in _KINDS), "agent")


def _provider_field(path: PurePath, fields: Mapping[tuple[str, ...], Field]) -> Field | None:
    if _kind(path) == "command":
        return None
    options = fields.get(("options",))
    inline = options if options and "provider" in options.text else None
    return fields.get(("options", "provider")) or fields.get(("provider",)) or inline


def _is_refused(at: Reach, model: str) -> bool:
    name = at.spelt(model).partition("/")[2]
    return at.view.route == "shim" and at.view.profile.refuses(name)


def small_model(view: View) -> Iterator[Found]:
    at = reach(view)
    title = in_force(at.sources, *_TITLE)
    own = title if isinstance(title, Mapping) else {}
    if not at.in_use or own.get("disable") is True or own.get("model"):
        return
    if any(overriding(at.sources, ("small_model",), at.wanted.get(("small_model",)))):
        return  # another file outranks it, which is told under that name
    model = at.named("small_model")
    told = said(at.sources, "small_model") or said(at.sources, "model")
    where = told[0].where if told else at.file
    hint = f'set "small_model": "openrouter/{view.profile.small_model}"'
    if not model:
        if not _titles_are_pinned(at):
            words = "no small_model: titles go to a model of OpenCode's own choice, without the pin"
            yield Found("error", words, where, hint)
        return
    fate = at.fate(model)
    if not at.is_well_known(model, fate):
        # A small model of a service that OpenCode has no key for is passed over for the main one.
        level: Level = "error" if fate == "unpinned" else "warning"
        yield Found(level, f"titles ask for {model}, {SPELT[fate]}", where, hint)


def _titles_are_pinned(at: Reach) -> bool:
    """Whether whatever small model OpenCode chooses is pinned."""
    if at.view.route == "shim":
        return True
    listed = in_force(at.sources, *OPENROUTER, "whitelist")
    if isinstance(listed, Sequence) and not isinstance(listed, str):
        return all(at.fate(f"openrouter/{name}") == "pinned" for name in listed)
    return isinstance(in_force(at.sources, *OPTIONS, "extraBody", "provider"), Mapping)


def other_provider(view: View) -> Iterator[Found]:
    yield from _main_model(view, elsewhere=True)


def unpinned_model(view: View) -> Iterator[Found]:
    yield from _main_model(view, elsewhere=False)


def _main_model(view: View, *, elsewhere: bool) -> Iterator[Found]:
    at = reach(view)
    # What another file outranks is told under that name.
    if not at.in_use or any(overriding(at.sources, ("model",), at.wanted.get(("model",)))):
        return
    model = at.named("model")
    fate = at.fate(model) if model else "unpinned"
    if at.is_well_known(model, fate) or fate == "otherwise" or (fate == "elsewhere") != elsewhere:
        return
    told = said(at.sources, "model")
    what = f"the model is {model}" if model else "no model is named, and OpenCode chooses one"
    hint = f'set "model": "openrouter/{view.profile.model}"'
    yield Found("error", f"{what}, {SPELT[fate]}", told[0].where if told else at.file, hint)
