"""Droid's custom models and settings as it puts them together from all its files.

Measured with 0.225.2: what of several files is in force, and which files it drops. Behind each
rule stands a run whose requests were recorded.
"""

import re
from collections.abc import Iterator, Mapping
from itertools import groupby
from pathlib import PurePath
from typing import NamedTuple

from confgen.document import JsonValue
from confgen.document.values import items, same
from confgen.harnesses.footprint import MANAGED, USER
from confgen.harnesses.pins import goes_upstream, is_pin, part_of, text_of
from confgen.harnesses.reading import ReadFile, Reading

PROVIDERS = ("anthropic", "openai", "generic-chat-completion-api", "bedrock-converse")
PLACEHOLDERS = ("YOUR_API_KEY", "YOUR_OPENAI_API_KEY")
LOCAL = "settings.local.json"
DEFAULT_MODEL = (("sessionDefaultSettings", "model"), ("model",))
SPEC_MODEL = (("sessionDefaultSettings", "specModeModel"), ("specModeModel",))
"""The places of the models that sessions and the spec mode start with, the newer ones first."""
OTHER_SESSIONS = (
    ("missionOrchestratorModel",), ("missionModelSettings", "workerModel"),
    ("missionModelSettings", "validationWorkerModel"), ("subagentModelSettings", "lightModel"),
    ("subagentModelSettings", "mediumModel"), ("subagentModelSettings", "heavyModel"),
)  # fmt: skip
"""Those of sessions that `exec` never comes to."""
INHERITED = ("inherit", "current-model")

_LISTS = ("customModels", "custom_models")
_LEGACY_NAMES = {
    "displayName": "model_display_name", "baseUrl": "base_url", "apiKey": "api_key",
    "extraArgs": "extra_args",
}  # fmt: skip


class Model(NamedTuple):
    """One entry of a list of custom models; `id` is its own, or the one that Droid makes for it."""

    file: ReadFile
    keys: tuple[str, int]
    id: str
    fields: Mapping[str, JsonValue]

    @property
    def is_legacy(self) -> bool:
        return self.keys[0] == _LISTS[1]

    def spelt(self, name: str) -> str:
        """How the list that it stands in spells a name of settings.json."""
        return _LEGACY_NAMES.get(name, name) if self.is_legacy else name

    def get(self, name: str) -> JsonValue:
        return self.fields.get(self.spelt(name))

    def text(self, name: str) -> str:
        return text_of(self.get(name))

    def place(self, *names: str) -> str:
        """Where a field stands, or the entry."""
        return self.file.place(*self.keys, *map(self.spelt, names))

    @property
    def pin(self) -> JsonValue:
        """The provider object that goes to the wire; None where none does."""
        pin = part_of(self.get("extraArgs"), "provider")
        return pin if is_pin(pin) else None

    @property
    def is_offered(self) -> bool:
        """Droid skips a half one, and one whose key is a placeholder."""
        address = isinstance(self.get("baseUrl"), str) or isinstance(self.get("bedrock"), Mapping)
        is_whole = address and self.text("model") and isinstance(self.get("provider"), str)
        return bool(is_whole) and self.text("apiKey") not in PLACEHOLDERS

    @property
    def has_known_provider(self) -> bool:
        return self.text("provider").lower().replace("_", "-") in PROVIDERS

    def reaches(self, reading: Reading) -> bool:
        """Whether it sends to the upstream."""
        return goes_upstream(self.get("baseUrl"), reading.profile)


class Setting(NamedTuple):
    text: str
    file: ReadFile
    where: str


class Level(NamedTuple):
    """The files of one folder that count, the weakest first."""

    label: str
    files: tuple[ReadFile, ...]

    def holder(self, name: str) -> ReadFile | None:
        """The file whose member counts: the local one replaces that of settings.json whole."""
        is_old = name == _LISTS[1]
        of_its_kind = (file for file in reversed(self.files) if _is_legacy(file) == is_old)
        return next((file for file in of_its_kind if name in file.tree), None)

    def models(self) -> tuple[Model, ...]:
        """The custom models that it offers, each id once."""
        found: dict[str, Model] = {}
        for file in filter(None, map(self.holder, _LISTS)):
            for model in offered(file):
                found.setdefault(model.id, model)
        return tuple(found.values())

    def first(self, *places: tuple[str, ...]) -> Setting | None:
        """The text at the first of these places that has one."""
        for keys in places:
            file = self.holder(keys[0])
            text = text_of(part_of(file.tree, *keys)) if file else ""
            if file and text:
                return Setting(text, file, file.place(*keys))
        return None


def levels(reading: Reading) -> tuple[Level, ...]:
    """The weakest first, as far as models of one id are concerned; dropped files left out."""
    taken = [file for file in reading.files if not is_dropped(file)]
    return tuple(Level(key[1], tuple(files)) for key, files in groupby(taken, key=_level))


def setting(reading: Reading, *places: tuple[str, ...]) -> Setting | None:
    """The text that is in force, for which managed levels are the weakest."""
    found = levels(reading)[::-1]
    strongest_first = sorted(found, key=lambda level: level.label == MANAGED)
    return next(filter(None, (level.first(*places) for level in strongest_first)), None)


def entries(file: ReadFile) -> Iterator[Model]:
    """The objects in a file's list of custom models, whatever Droid makes of them."""
    name = _LISTS[_is_legacy(file)]
    listed = file.tree.get(name)
    times: dict[str, int] = {}
    for at, fields in enumerate(listed if isinstance(listed, list | tuple) else ()):
        if isinstance(fields, Mapping):
            model = Model(file, (name, at), "", fields)
            slug = re.sub(r"\s+", "-", (model.text("displayName") or model.text("model")).strip())
            times[slug] = times.get(slug, -1) + 1
            own = "" if model.is_legacy else model.text("id")
            yield model._replace(id=own or f"custom:{slug}-{times[slug]}")


def offered(file: ReadFile) -> tuple[Model, ...]:
    return tuple(model for model in entries(file) if model.is_offered)


def is_dropped(file: ReadFile) -> bool:
    """Whether Droid drops the file: for its syntax, or for the provider of one whole entry."""
    return file.fault is not None or not all(model.has_known_provider for model in offered(file))


def resolve(reading: Reading, name: str) -> Model | None:
    """The custom model that a name means: its id, else `custom:` before its model's name."""
    found = [model for level in levels(reading)[::-1] for model in level.models()]
    names = (name, name.removeprefix("custom:"))
    by_id = [model for model in found if model.id == name]
    by_model = [model for model in found if model.text("model") in names]
    return next(iter(by_id + by_model), None)


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


def ours(reading: Reading) -> Ours:
    """Without an id, which no entry has, where a user's own template writes no custom model."""
    tree = reading.wanted["settings"].tree() if "settings" in reading.wanted else {}
    entry = next(iter(items(tree.get("customModels"))), None)
    name, model, url = (text_of(part_of(entry, key)) for key in ("id", "model", "baseUrl"))
    pin = part_of(entry, "extraArgs", "provider")
    return Ours(name, model, url.rstrip("/"), pin if is_pin(pin) else None)


def is_users_own(file: ReadFile) -> bool:
    """Whether it is the one that `confgen apply` writes for the user."""
    return file.whose == USER and file.path.name == "settings.json"


def _is_legacy(file: ReadFile) -> bool:
    return file.path.name == "config.json" and file.whose != MANAGED


def _level(file: ReadFile) -> tuple[PurePath, str]:
    path, label = file.path, file.whose
    return (path if label == MANAGED else path.parent), label


def not_in_exec(reading: Reading) -> Iterator[str]:
    """The places of models that only missions and sub-agents ask, unless they carry the pin."""
    for keys in OTHER_SESSIONS:
        found = setting(reading, keys)
        if found and not _carries_pin(reading, found.text):
            yield found.where
    for page, field in reading.named_models("agent"):
        unknown = field.text.startswith("custom:") and resolve(reading, field.text) is None
        if not (unknown or _carries_pin(reading, field.text)):
            yield page.place(field)


def _carries_pin(reading: Reading, name: str) -> bool:
    chosen, profile = resolve(reading, name), reading.profile
    if chosen is None:
        return name in INHERITED
    return (
        chosen.text("model") in profile.models
        and goes_upstream(chosen.get("baseUrl"), profile)
        and (reading.route == "shim" or same(chosen.pin, profile.provider.to_json()))
    )
