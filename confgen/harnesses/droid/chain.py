"""Droid's custom models and settings as it puts them together from all its files.

Measured with 0.225.2: what of several files is in force, and which files it drops. Behind each
rule stands a run whose requests were recorded.
"""

import json
import re
from collections.abc import Iterator, Mapping
from itertools import groupby
from pathlib import PurePath
from typing import NamedTuple

from confgen.document import JsonValue
from confgen.document.values import same
from confgen.harnesses.droid.layers import MANAGED, USER
from confgen.harnesses.pins import is_pin, part_of, text_of
from confgen.harnesses.view import LayerFile, View
from confgen.settings import Profile

PROVIDERS = ("anthropic", "openai", "generic-chat-completion-api", "bedrock-converse")
PLACEHOLDERS = ("YOUR_API_KEY", "YOUR_OPENAI_API_KEY")
LOCAL = "settings.local.json"
LEGACY = "config.json"

_LISTS = ("customModels", "custom_models")
_LEGACY_NAMES = {
    "displayName": "model_display_name",
    "baseUrl": "base_url",
    "apiKey": "api_key",
    "extraArgs": "extra_args",
}


class Model(NamedTuple):
    """One entry of a list of custom models; `id` is its own, or the one that Droid makes for it."""

    file: LayerFile
    keys: tuple[str, int]
    id: str
    fields: Mapping[str, JsonValue]

    @property
    def is_legacy(self) -> bool:
        return self.keys[0] == _LISTS[1]

    def get(self, name: str) -> JsonValue:
        """A field by the name that it has in settings.json."""
        return self.fields.get(self._spelt(name))

    def text(self, name: str) -> str:
        return text_of(self.get(name))

    @property
    def pin(self) -> JsonValue:
        """The provider object that goes to the wire; None where none does."""
        pin = part_of(self.get("extraArgs"), "provider")
        return pin if is_pin(pin) else None

    def place(self, *names: str) -> str:
        """Where a field stands, or the entry."""
        return self.file.place(*self.keys, *(self._spelt(name) for name in names))

    def _spelt(self, name: str) -> str:
        return _LEGACY_NAMES.get(name, name) if self.is_legacy else name


class Setting(NamedTuple):
    """A text in a file, and the keys of its place."""

    file: LayerFile
    keys: tuple[str, ...]
    text: str

    @property
    def where(self) -> str:
        return self.file.place(*self.keys)


class Level(NamedTuple):
    """The files of one folder that count, the weakest first."""

    label: str
    files: tuple[LayerFile, ...]

    def member(self, name: str) -> tuple[LayerFile, JsonValue] | None:
        """What stands at the top of these files, and where: the local one replaces it whole."""
        found = [(file, tree_of(file)) for file in self.files if not _is_legacy(file)]
        return next(((file, tree[name]) for file, tree in reversed(found) if name in tree), None)

    def models(self) -> Iterator[Model]:
        """The custom models that it offers, each id once."""
        listed = self.member(_LISTS[0])
        current = [model for model in entries(listed[0]) if is_taken(model)] if listed else []
        legacy = [
            m for file in self.files if _is_legacy(file) for m in entries(file) if is_taken(m)
        ]
        seen: set[str] = set()
        for model in (*current, *legacy):
            if model.id not in seen:
                seen.add(model.id)
                yield model

    def default_model(self) -> "Setting | None":
        """The model that sessions start with; `model` is its old key."""
        return self.setting("sessionDefaultSettings", "model") or self.setting("model")

    def setting(self, *keys: str) -> "Setting | None":
        found = self.member(keys[0])
        text = text_of(part_of(found[1], *keys[1:])) if found else ""
        return Setting(found[0], keys, text) if found and text else None


def levels(view: View) -> tuple[Level, ...]:
    """The weakest first, as far as models of one id are concerned; dropped files left out."""
    taken = [file for file in view.files if not is_dropped(file)]
    return tuple(Level(key[1], tuple(files)) for key, files in groupby(taken, key=_level))


def by_default(view: View) -> tuple[Level, ...]:
    """The strongest first, as far as defaults are concerned: managed ones are the weakest."""
    found = levels(view)[::-1]
    return tuple(sorted(found, key=lambda level: level.label == MANAGED))


def entries(file: LayerFile) -> Iterator[Model]:
    """The objects in a file's list of custom models, whatever Droid makes of them."""
    name = _LISTS[_is_legacy(file)]
    listed = tree_of(file).get(name)
    times: dict[str, int] = {}
    for at, fields in enumerate(listed if isinstance(listed, list | tuple) else ()):
        if isinstance(fields, Mapping):
            model = Model(file, (name, at), "", fields)
            slug = re.sub(r"\s+", "-", (model.text("displayName") or model.text("model")).strip())
            times[slug] = times.get(slug, -1) + 1
            own = "" if model.is_legacy else model.text("id")
            yield model._replace(id=own or f"custom:{slug}-{times[slug]}")


def is_taken(model: Model) -> bool:
    """Whether Droid offers it: it skips a half one, and one whose key is a placeholder."""
    return is_whole(model) and model.text("apiKey") not in PLACEHOLDERS


def is_whole(model: Model) -> bool:
    address = isinstance(model.get("baseUrl"), str) or isinstance(model.get("bedrock"), Mapping)
    return bool(model.text("model")) and isinstance(model.get("provider"), str) and address


def has_known_provider(model: Model) -> bool:
    return model.text("provider").lower().replace("_", "-") in PROVIDERS


def is_dropped(file: LayerFile) -> bool:
    """Whether Droid drops the file: for its syntax, or for the provider of one whole entry."""
    return file.fault is not None or not all(
        has_known_provider(m) for m in entries(file) if is_taken(m)
    )


def tree_of(file: LayerFile) -> Mapping[str, JsonValue]:
    """A file's content; nothing where it is no object."""
    found = file.document.find(()) if file.document else None
    return found.value if found and isinstance(found.value, Mapping) else {}


def resolve(view: View, name: str) -> Model | None:
    """The custom model that a name means: its id, else `custom:` before its model's name."""
    offered = [model for level in levels(view)[::-1] for model in level.models()]
    by_id = (model for model in offered if model.id == name)
    by_model = (
        model for model in offered if name in (f"custom:{model.text('model')}", model.text("model"))
    )
    return next(by_id, None) or next(by_model, None)


def mend(model: Model, profile: Profile) -> str:
    """The member that pins an entry."""
    name = _LEGACY_NAMES["extraArgs"] if model.is_legacy else "extraArgs"
    return f'"{name}": {{"provider": {json.dumps(profile.provider.to_json())}}}'


class Ours(NamedTuple):
    """The entry that `confgen apply` writes."""

    id: str
    model: str
    base_url: str
    pin: JsonValue

    def differs(self, model: Model) -> str:
        """In what another entry with our id is another; empty where it does the same."""
        if model.text("baseUrl").rstrip("/") != self.base_url:
            return "baseUrl"
        if model.text("model") != self.model:
            return "model"
        return "" if same(model.pin, self.pin) else "extraArgs.provider"


def ours(view: View) -> Ours | None:
    """None where a user's own template writes no custom model."""
    tree = view.wanted["settings"].tree() if "settings" in view.wanted else {}
    listed = tree.get("customModels")
    entry = listed[0] if isinstance(listed, list) and listed else None
    name = text_of(part_of(entry, "id"))
    if not name:
        return None
    pin = part_of(entry, "extraArgs", "provider")
    model, url = (text_of(part_of(entry, key)) for key in ("model", "baseUrl"))
    return Ours(name, model, url.rstrip("/"), pin if is_pin(pin) else None)


def is_users_own(file: LayerFile) -> bool:
    """Whether it is the one that `confgen apply` writes for the user."""
    return file.layer.label == USER and file.layer.path.name == "settings.json"


def _is_legacy(file: LayerFile) -> bool:
    return file.layer.path.name == LEGACY and file.layer.label != MANAGED


def _level(file: LayerFile) -> tuple[PurePath, str]:
    path, label = file.layer.path, file.layer.label
    return (path if label == MANAGED else path.parent), label
