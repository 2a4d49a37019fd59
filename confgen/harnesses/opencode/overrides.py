"""Other files and variables that take what confgen set away, or add to it."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby

from confgen.document import format_path
from confgen.finding import Found, Level
from confgen.harnesses.opencode.layers import MANAGED
from confgen.harnesses.opencode.reach import (
    BASE_URL,
    CONTENT,
    MODELS,
    OPENROUTER,
    OPTIONS,
    Reach,
    reach,
)
from confgen.harnesses.shadow import Keys, Said, overriding, said
from confgen.harnesses.view import LayerFile, View

_LEVELS: Mapping[str, Level] = {"pinned": "warning", "otherwise": "warning"}
_NAMES = ("opencode.jsonc", "opencode.json", "config.json")


def shadowed(view: View) -> Iterator[Found]:
    at = reach(view)
    for keys, wanted in at.wanted.items():
        if _decides(keys):
            for one in overriding(at.sources, keys, wanted):
                yield _overridden(at, keys, one)
    if at.in_use:
        for one in _diverting(at):
            words = f"{format_path(one.keys)} here sends the pinned model's requests elsewhere"
            yield Found("error", words, one.where, mend(one))


def _decides(keys: Keys) -> bool:
    """Whether the pin hangs on what stands at `keys`: it does not on a model's limits."""
    if keys[: len(MODELS)] == MODELS:
        return keys[-1] in ("id", "provider")
    return keys[0] in ("model", "small_model") or keys[: len(OPENROUTER)] == OPENROUTER


def _overridden(at: Reach, keys: Keys, one: Said) -> Found:
    level: Level = "error"
    if len(one.keys) > len(keys):
        name, model = one.keys[-1], keys[len(MODELS)]
        words = f"'{name}' here becomes part of the pin of {model}: OpenCode merges its files"
    elif keys[0] in ("model", "small_model"):
        there = one.value if isinstance(one.value, str) and at.spelt(one.value) else ""
        fate = at.fate(there) if there else "unpinned"
        level = _LEVELS.get(fate, "error")
        what = f"asks for {there}" if there else "leaves OpenCode to choose one"
        words = f"{keys[0]} here outranks confgen's and {what}, {SPELT[fate]}"
    else:
        words = f"{format_path(one.keys)} here outranks what confgen set"
    return Found(level, words, one.where, mend(one))


SPELT = {
    "pinned": "with the same pin",
    "otherwise": "with another pin",
    "unpinned": "which has no pin",
    "elsewhere": "which goes to another service",
}
"""What becomes of a request, as the end of a sentence that names its model."""


def _diverting(at: Reach) -> Iterator[Said]:
    """What stands at the places that must be empty for the pinned model to be reached."""
    default = f"{at.view.profile.upstream}/v1"
    for keys in (BASE_URL, (*OPENROUTER, "npm"), (*OPENROUTER, "api")):
        if keys not in at.wanted and at.text(*keys).rstrip("/") not in ("", default):
            yield said(at.sources, *keys)[0]
    for model in at.view.profile.models:
        own = (*MODELS, model)
        if (*own, "id") not in at.wanted and at.text(*own, "id") not in ("", model):
            yield said(at.sources, *own, "id")[0]
        for name in ("npm", "api"):
            if at.text(*own, "provider", name):
                yield said(at.sources, *own, "provider", name)[0]


def mend(one: Said) -> str:
    """How to get rid of what a source says."""
    what = format_path(one.keys)
    if one.source.name == CONTENT:
        return "unset OPENCODE_CONFIG_CONTENT"
    if one.source.file and one.source.file.layer.label == MANAGED:
        return f"ask whoever manages this machine to take {what} out of {one.source.name}"
    return f"take {what} out of {one.source.name}"


def both_files(view: View) -> Iterator[Found]:
    files = [file for file in view.files if file.layer.path.name in _NAMES]
    for _, group in groupby(sorted(files, key=_folder), key=_folder):
        together = sorted(group, key=lambda file: _NAMES.index(file.layer.path.name))
        if len(together) > 1:
            yield _together(view, together)


def _folder(file: LayerFile) -> str:
    return str(file.layer.path.parent)


def _together(view: View, files: Sequence[LayerFile]) -> Found:
    """One is enough; it matters where more than one of them speaks of models."""
    first, *others = files
    ours = (("model",), ("small_model",), OPENROUTER)
    speaking = [
        source
        for source in reach(view).sources
        if source.file in files and any(said([source], *keys) for keys in ours)
    ]
    also = " and ".join(file.layer.path.name for file in others)
    words = f"OpenCode merges {also} into this file, whose values win"
    hint = f"move what {also} has into {first.layer.path}, and delete {also}"
    return Found("warning" if len(speaking) > 1 else "info", words, str(first.layer.path), hint)


def own_pin(view: View) -> Iterator[Found]:
    """On the shim's route, provider objects that OpenCode sends of its own accord."""
    at = reach(view)
    if view.route != "shim" or not at.in_use:
        return
    places = [(*MODELS, model, "options", "provider") for model in view.profile.models]
    for keys in ((*OPTIONS, "extraBody", "provider"), *places):
        for one in said(at.sources, *keys):
            words = "OpenCode sends this provider object; the shim replaces it only in mode enforce"
            yield Found("info", words, one.where, mend(one))
