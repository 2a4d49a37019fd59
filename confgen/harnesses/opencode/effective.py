"""What OpenCode makes of a model's name once all its sources are merged."""

import re
from collections.abc import Iterator, Mapping
from pathlib import PurePath
from typing import Literal

from confgen.document import JSONC, JsonValue, format_path, open_json
from confgen.document.values import same
from confgen.errors import DocumentError
from confgen.harnesses.effective import (
    Effective,
    Keys,
    Source,
    overlay,
    said,
    source_of,
    source_of_page,
)
from confgen.harnesses.footprint import MANAGED, Entry, Named
from confgen.harnesses.opencode.files import CONTENT as VARIABLE
from confgen.harnesses.reading import ReadFile, Reading

CONTENT = f"${VARIABLE}"
_FOLDER = "$OPENCODE_CONFIG_DIR"
OPENROUTER = ("provider", "openrouter")
OPTIONS = (*OPENROUTER, "options")
BASE_URL = (*OPTIONS, "baseURL")
EXTRA_PIN = (*OPTIONS, "extraBody", "provider")
MODELS = (*OPENROUTER, "models")

Fate = Literal["pinned", "otherwise", "unpinned", "elsewhere"]
SPELT: Mapping[Fate, str] = {
    "pinned": "with the same pin",
    "otherwise": "with another pin",
    "unpinned": "which has no pin",
    "elsewhere": "which goes to another service",
}
"""What becomes of a request, as the end of a sentence that names its model."""

ENV = re.compile(r"\{env:([^}]+)\}")


class OpenCodeConfig(Effective):
    """All of OpenCode's config, merged."""

    @property
    def in_use(self) -> bool:
        if self.reading.route == "shim":
            return self.holds(*BASE_URL)
        return any(isinstance(self.in_force(*place), Mapping) for place in self.pins)

    @property
    def pins(self) -> tuple[Keys, ...]:
        """The places of pins that count: one for all models, and one for each of the profile's."""
        models = self.reading.profile.models
        return (EXTRA_PIN, *((*MODELS, model, "options", "provider") for model in models))

    @property
    def file(self) -> str | None:
        """The strongest file or variable that has anything to say of OpenRouter."""
        speaking = (one for one in reversed(self.sources) if said([one], *OPENROUTER))
        return next((one.name for one in speaking), None)

    def spelt(self, keys: Keys) -> str:
        return format_path(keys)

    def text(self, *keys: str) -> str:
        """The text in force at `keys`, its `{env:NAME}` filled in; "" where there is none."""
        return self.filled(self.in_force(*keys))

    def filled(self, value: JsonValue) -> str:
        """The text with its variables filled in, fit to be judged but not to be shown.

        An unset variable is an empty text to OpenCode.
        """
        if not isinstance(value, str):
            return ""
        return ENV.sub(lambda found: self.reading.machine.env.get(found[1], ""), value)

    def named(self, *keys: str) -> str:
        """The model that is named at `keys`, as it is written; "" where that comes to none."""
        found = self.in_force(*keys)
        return found if isinstance(found, str) and self.filled(found) else ""

    def fate(self, model: str, options: JsonValue = None) -> Fate:
        """What becomes of requests for `provider/model`; `options` are an agent's provider object.

        A model's own object replaces the one of `extraBody`, and an agent's is merged into it.
        """
        if not model:
            return "unpinned"
        provider, _, name = self.filled(model).partition("/")
        base = ("provider", provider)
        if self.reading.route == "shim":
            there = self.text(*base, "options", "baseURL")
            return "pinned" if there == self.wanted.get(BASE_URL) else "elsewhere"
        # A name such as `model#variant` is OpenCode's own for a variant of the model.
        name = name.partition("#")[0]
        own = self.in_force(*base, "models", name, "options", "provider")
        if options is not None:
            own = overlay(own, options)
        if own is None and provider == "openrouter":
            own = self.in_force(*EXTRA_PIN)
        if not own and provider != "openrouter":
            return "elsewhere"
        if same(own or {}, self.pin):
            return "pinned"
        return "otherwise" if isinstance(own, Mapping) and own else "unpinned"

    def is_well_known(self, model: str, fate: Fate) -> bool:
        """Whether nothing is to be said of a model: the pin is told of where it is taken away."""
        ours = self.filled(model) in (f"openrouter/{name}" for name in self.reading.profile.models)
        return fate == "pinned" or (ours and fate != "unpinned")


def effective(reading: Reading) -> OpenCodeConfig:
    return OpenCodeConfig(reading, tuple(_sources(reading)), reading.leaves("opencode"))


def _sources(reading: Reading) -> Iterator[Source]:
    """A folder's pages outrank its config; its folders come after a project's own config."""
    order = {place.path: number for number, place in enumerate(reading.there("folder"))}
    late: list[tuple[int, Source]] = []
    for file in reading.files:
        if file.path.parent.name == ".opencode" or file.whose == _FOLDER:
            late.append((order.get(file.path.parent, len(order)), source_of(file)))
        elif file.whose != MANAGED:
            yield source_of(file)
    late += [(order.get(p.at.path, len(order)), source_of_page(p)) for p in reading.pages]
    yield from (source for _, source in sorted(late, key=lambda one: one[0]))
    if own := content(reading):
        yield Source(CONTENT, own.tree)
    yield from (source_of(file) for file in reading.files if file.whose == MANAGED)


def content(reading: Reading) -> ReadFile | None:
    """What `$OPENCODE_CONFIG_CONTENT` holds, comments and all; OpenCode starts with no fault in it.

    None where it is not set.
    """
    text = reading.machine.env.get(VARIABLE)
    if not text:
        return None
    entry = Entry("config", Named(variable=VARIABLE), CONTENT, dialect=JSONC)
    file = ReadFile(PurePath(CONTENT), entry, None)
    try:
        return file._replace(document=open_json(text, JSONC, name=CONTENT))
    except DocumentError as fault:
        return file._replace(fault=fault)
