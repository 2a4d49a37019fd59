"""What OpenCode makes of a model's name once all its sources are merged."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Literal, NamedTuple

from confgen.document import JSONC, JsonValue, open_json
from confgen.document.values import same
from confgen.errors import DocumentError
from confgen.harnesses.opencode.layers import MANAGED
from confgen.harnesses.shadow import Keys, Source, holds, in_force, overlay, said, source_of
from confgen.harnesses.view import View

CONTENT = "$OPENCODE_CONFIG_CONTENT"
OPENROUTER = ("provider", "openrouter")
OPTIONS = (*OPENROUTER, "options")
BASE_URL = (*OPTIONS, "baseURL")
MODELS = (*OPENROUTER, "models")

Fate = Literal["pinned", "otherwise", "unpinned", "elsewhere"]
"""With the profile's pin; with another; without one; to another service altogether."""

_ENV = re.compile(r"\{env:([^}]+)\}")


class Reach(NamedTuple):
    """The sources of one view, the weakest first, and what is wanted of them."""

    view: View
    sources: tuple[Source, ...]

    @property
    def wanted(self) -> Mapping[tuple[str, ...], JsonValue]:
        return self.view.leaves("opencode")

    @property
    def pin(self) -> Mapping[str, JsonValue]:
        return self.view.profile.provider.to_json()

    @property
    def in_use(self) -> bool:
        """Whether anything here pins: what loses no pin is no concern of ours."""
        if self.view.route == "shim":
            return holds(self.sources, BASE_URL, self.wanted.get(BASE_URL))
        places: list[Keys] = [
            (*MODELS, model, "options", "provider") for model in self.view.profile.models
        ]
        places.append((*OPTIONS, "extraBody", "provider"))
        return any(isinstance(in_force(self.sources, *place), Mapping) for place in places)

    def text(self, *keys: str) -> str:
        """The text in force at `keys`, its `{env:NAME}` filled in; "" where there is none."""
        return self.spelt(in_force(self.sources, *keys))

    def spelt(self, value: JsonValue) -> str:
        """The text with its variables filled in, fit to be judged but not to be shown.

        An unset variable is an empty text to OpenCode.
        """
        if not isinstance(value, str):
            return ""
        return _ENV.sub(lambda found: self.view.machine.env.get(found[1], ""), value)

    def named(self, *keys: str) -> str:
        """The model that is named at `keys`, as it is written; "" where that comes to none."""
        found = in_force(self.sources, *keys)
        return found if isinstance(found, str) and self.spelt(found) else ""

    def fate(self, model: str, options: JsonValue = None) -> Fate:
        """What becomes of requests for `provider/model`; `options` are an agent's provider object.

        A model's own object replaces the one of `extraBody`, and an agent's is merged into it.
        """
        provider, _, name = self.spelt(model).partition("/")
        base = ("provider", provider)
        if self.view.route == "shim":
            there = self.text(*base, "options", "baseURL")
            return "pinned" if there == self.wanted.get(BASE_URL) else "elsewhere"
        # A name such as `model#variant` is OpenCode's own for a variant of the model.
        name = name.partition("#")[0]
        own = in_force(self.sources, *base, "models", name, "options", "provider")
        if options is not None:
            own = overlay(own, options)
        if own is None and provider == "openrouter":
            own = in_force(self.sources, *OPTIONS, "extraBody", "provider")
        if not own and provider != "openrouter":
            return "elsewhere"
        if same(own or {}, self.pin):
            return "pinned"
        return "otherwise" if isinstance(own, Mapping) and own else "unpinned"

    def is_well_known(self, model: str, fate: Fate) -> bool:
        """Whether nothing is to be said of a model: the pin is told of where it is taken away."""
        ours = self.spelt(model) in (f"openrouter/{name}" for name in self.view.profile.models)
        return fate == "pinned" or (ours and fate != "unpinned")

    @property
    def file(self) -> str | None:
        """The strongest file or variable that has anything to say of OpenRouter."""
        speaking = (one for one in reversed(self.sources) if said([one], *OPENROUTER))
        return next((one.name for one in speaking), None)


def reach(view: View) -> Reach:
    return Reach(view, tuple(_sources(view)))


def _sources(view: View) -> Iterator[Source]:
    content = _content(view)
    files = [(file, source) for file in view.files if (source := source_of(file))]
    yield from (source for file, source in files if file.layer.label != MANAGED)
    if content:
        yield content
    yield from (source for file, source in files if file.layer.label == MANAGED)


def _content(view: View) -> Source | None:
    """`$OPENCODE_CONFIG_CONTENT`, which may have comments; what is no JSON stops OpenCode."""
    try:
        text = view.machine.env.get("OPENCODE_CONFIG_CONTENT", "")
        found = open_json(text, JSONC, name=CONTENT).find(())
    except DocumentError:
        return None
    return Source(CONTENT, found.value) if found and isinstance(found.value, Mapping) else None


def content_fault(view: View) -> DocumentError | None:
    """What is wrong with the text of `$OPENCODE_CONFIG_CONTENT`, if anything."""
    try:
        open_json(view.machine.env.get("OPENCODE_CONFIG_CONTENT", ""), JSONC, name=CONTENT)
    except DocumentError as fault:
        return fault
    return None


def names(sources: Sequence[Source], *keys: str) -> tuple[str, ...]:
    """The member names in force at `keys`."""
    found = in_force(sources, *keys)
    return tuple(found) if isinstance(found, Mapping) else ()
