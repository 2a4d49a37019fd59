"""What stands in another file, or in another place of the same one, and wins over our entry.

All of it was seen on the wire of Droid 0.225.2, but for what sub-agents, missions and summaries
send: those were read in its source.
"""

from collections.abc import Iterator
from pathlib import PurePath

from confgen.document.values import same
from confgen.finding import Found
from confgen.harnesses.droid.chain import (
    LOCAL,
    Level,
    Model,
    Ours,
    by_default,
    entries,
    is_users_own,
    levels,
    mend,
    ours,
    resolve,
)
from confgen.harnesses.pages import front_matter
from confgen.harnesses.pins import goes_upstream
from confgen.harnesses.view import LayerFile, View

_INHERITED = ("inherit", "current-model")
_OTHER_TURNS = (
    ("sessionDefaultSettings", "specModeModel"),
    ("specModeModel",),
    ("missionOrchestratorModel",),
    ("missionModelSettings", "workerModel"),
    ("missionModelSettings", "validationWorkerModel"),
    ("subagentModelSettings", "lightModel"),
    ("subagentModelSettings", "mediumModel"),
    ("subagentModelSettings", "heavyModel"),
    ("compactionModel",),
)


def shadowed(view: View) -> Iterator[Found]:
    own = ours(view)
    if own is None:
        return
    for model in _same_id(view, own):
        what = own.differs(model)
        if what == "baseUrl" and not goes_upstream(model.get("baseUrl"), view.profile):
            continue
        pinned = model.pin is not None and same(model.pin, view.profile.provider.to_json())
        if what:
            yield Found(
                "warning" if what == "baseUrl" and pinned else "error",
                f"this entry wins over confgen's of the same id, and its {what} is another",
                model.place(*what.split(".")),
                f"take the entry out of {model.file.layer.path}",
            )
    for level in levels(view):
        yield from _hidden(view, level, own)


def redirected(view: View) -> Iterator[Found]:
    own = ours(view)
    for model in _same_id(view, own) if own else ():
        elsewhere = not goes_upstream(model.get("baseUrl"), view.profile)
        if own and elsewhere and own.differs(model) == "baseUrl":
            key = ", with the key from your environment" if "${" in model.text("apiKey") else ""
            yield Found(
                "error",
                f"this entry has confgen's id, wins, and sends every request elsewhere{key}",
                model.place("baseUrl"),
                f"take the entry out of {model.file.layer.path}, and find out who put it there",
            )


def default_model(view: View) -> Iterator[Found]:
    own = ours(view)
    found = next((f for level in by_default(view) if (f := level.default_model())), None)
    if own is None or found is None or is_users_own(found.file):
        return
    chosen = resolve(view, found.text)
    if found.text == own.id or (chosen and chosen.id == own.id):
        return
    yield Found(
        "warning" if chosen and chosen.pin else "error",
        f"sessions start with '{found.text}' ({_which(chosen)}), not with confgen's model",
        found.where,
        f'set it to "{own.id}", or take it out',
    )


def other_turns(view: View) -> Iterator[Found]:
    own = ours(view)
    for keys in _OTHER_TURNS if own else ():
        found = next((f for level in by_default(view) if (f := level.setting(*keys))), None)
        if own and found and found.text not in (own.id, *_INHERITED):
            chosen = resolve(view, found.text)
            if chosen is None or not (chosen.id == own.id or chosen.pin):
                yield Found(
                    "warning",
                    f"{keys[-1]} sends some turns to '{found.text}' ({_which(chosen)})",
                    found.where,
                    f'set it to "{own.id}", or take it out',
                )


def custom_droids(view: View) -> Iterator[Found]:
    own = ours(view)
    for path, page in view.pages.items() if own else ():
        field = front_matter(page).get(("model",))
        if own is None or field is None or field.text in ("", own.id, *_INHERITED):
            continue
        chosen = resolve(view, field.text)
        # A custom model that is not there is the same as none: the session's own is used.
        unknown = chosen is None and field.text.startswith("custom:")
        if unknown or (chosen and (chosen.id == own.id or chosen.pin)):
            continue
        yield Found(
            "warning",
            f"this droid runs on '{field.text}' ({_which(chosen)})",
            f"{path}:{field.line}:{field.column}",
            "model: inherit",
        )


def unpinned(view: View) -> Iterator[Found]:
    own = ours(view)
    for level in levels(view):
        for model in level.models():
            ours_too = own is not None and model.id == own.id
            if ours_too or model.is_legacy or model.pin is not None:
                continue
            if goes_upstream(model.get("baseUrl"), view.profile):
                yield Found(
                    "info",
                    f"'{model.id}' has no pin: whoever switches to it with /model goes unpinned",
                    model.place(),
                    mend(model, view.profile),
                )


def other_home(view: View) -> Iterator[Found]:
    named = view.machine.env.get("FACTORY_HOME_OVERRIDE")
    if named and view.machine.path(named) != view.machine.home:
        folder: PurePath = view.machine.path(named) / ".factory"
        yield Found(
            "error",
            f"Droid reads {folder}, and what confgen writes is in {view.machine.home / '.factory'}",
            "$FACTORY_HOME_OVERRIDE",
            "unset FACTORY_HOME_OVERRIDE",
        )


def _same_id(view: View, own: Ours) -> Iterator[Model]:
    """The entries in force with our id that are not the user's own, the weakest first."""
    for level in levels(view):
        for model in level.models():
            if model.id == own.id and not is_users_own(model.file):
                yield model


def _hidden(view: View, level: Level, own: Ours) -> Iterator[Found]:
    """What a settings.local.json takes away by having only a part of the same member."""
    local, settings = _file(level, LOCAL), _file(level, "settings.json")
    if local is None or settings is None:
        return
    words = "this replaces {} of settings.json whole, confgen's {} included"
    listed = any(model.id == own.id for model in entries(settings))
    if listed and resolve(view, own.id) is None:
        yield Found(
            "error",
            words.format("customModels", "entry"),
            local.place("customModels"),
            f"move its entries into {settings.layer.path}",
        )
    stands = Level(level.label, (settings,)).default_model()
    if stands and stands.text == own.id and _no_default(view):
        yield Found(
            "error",
            words.format("sessionDefaultSettings", "default model"),
            local.place("sessionDefaultSettings"),
            f'add "model": "{own.id}" to it',
        )


def _no_default(view: View) -> bool:
    return all(level.default_model() is None for level in by_default(view))


def _file(level: Level, name: str) -> LayerFile | None:
    return next((file for file in level.files if file.layer.path.name == name), None)


def _which(chosen: Model | None) -> str:
    if chosen is None:
        return "no custom model"
    return "with a pin of its own" if chosen.pin else "without a pin"
