"""The LLMs of OpenHands, each with a pin of its own or none, and who uses which."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from confgen.document import JsonValue
from confgen.harnesses.openhands import profiles_folder
from confgen.harnesses.openhands.layers import PROFILE, UNREAD, USER
from confgen.harnesses.pages import Field, front_matter
from confgen.harnesses.pins import goes_upstream, is_pin, part_of, text_of
from confgen.harnesses.view import LayerFile, View

PREFIX = "openrouter/"
SUMMARIZING = "LLMSummarizingCondenser"
"""The only condenser that the client keeps; without its `kind` the whole file is corrupted."""
BODY = "litellm_extra_body"


class Llm(NamedTuple):
    """One LLM object, at `keys` of its file."""

    file: LayerFile
    keys: tuple[str, ...]
    fields: Mapping[str, JsonValue]

    @property
    def model(self) -> str:
        return text_of(self.fields.get("model"))

    @property
    def base_url(self) -> str:
        return text_of(self.fields.get("base_url"))

    @property
    def pin(self) -> JsonValue:
        """The provider object that goes to the wire; None where none does."""
        pin = part_of(self.fields, BODY, "provider")
        return pin if is_pin(pin) else None

    def place(self, *keys: str | int) -> str:
        return self.file.place(*self.keys, *keys)

    def leaks(self, view: View) -> bool:
        """Whether it sends to the upstream without a pin."""
        return self.pin is None and self.reaches(view)

    def reaches(self, view: View) -> bool:
        """Whether it sends to the upstream; by itself, litellm sends this prefix to OpenRouter."""
        if self.base_url:
            return goes_upstream(self.base_url, view.profile)
        return self.model.startswith(PREFIX)


def own_llms(view: View) -> Iterator[Llm]:
    """The LLMs of the agent and of its condenser."""
    for file in _taken(view, USER):
        tree = _tree(file)
        yield from _llm(file, ("llm",), tree)
        if part_of(tree, "condenser", "kind") == SUMMARIZING:
            yield from _llm(file, ("condenser", "llm"), tree)


def profiles(view: View) -> dict[str, Llm]:
    """The LLM profiles, by the name under which they are loaded."""
    return {
        file.layer.path.name.removesuffix(".json"): llm
        for file in _taken(view, PROFILE)
        for llm in _llm(file, (), _tree(file))
    }


def llms(view: View) -> Iterator[Llm]:
    yield from own_llms(view)
    yield from profiles(view).values()


class Use(NamedTuple):
    """A profile's name where something asks for it; `is_elsewhere` tells of another folder."""

    profile: str
    where: str
    is_elsewhere: bool


def sub_agents(view: View) -> Iterator[Use]:
    """The profiles that sub-agents name."""
    seen: set[str] = set()
    for path, page in view.pages.items():
        if path.name in (UNREAD, "README.md", "readme.md"):
            continue
        fields = front_matter(page)
        name, model = fields.get(("name",)), fields.get(("model",))
        known = name.text if name else path.stem
        if known not in seen and model and model.text not in ("", "inherit"):
            field = fields.get(("profile_store_dir",))
            elsewhere = field is not None and _is_elsewhere(view, field.text)
            place = field if field and elsewhere else model
            yield Use(model.text.removesuffix(".json"), _at(path, place), elsewhere)
        seen.add(known)


def fallbacks(view: View) -> Iterator[Use]:
    """The profiles that LLMs fall back to."""
    for llm in llms(view):
        strategy = llm.fields.get("fallback_strategy")
        names = part_of(strategy, "fallback_llms")
        folder = text_of(part_of(strategy, "profile_store_dir"))
        elsewhere = _is_elsewhere(view, folder)
        for at, name in enumerate(names if isinstance(names, list | tuple) else ()):
            keys = ("profile_store_dir",) if elsewhere else ("fallback_llms", at)
            where = llm.place("fallback_strategy", *keys)
            yield Use(text_of(name).removesuffix(".json"), where, elsewhere)


def _is_elsewhere(view: View, folder: str) -> bool:
    there = view.machine._replace(cwd=view.project)
    return bool(folder) and there.path(folder) != profiles_folder(there)


def _at(path: object, field: Field) -> str:
    return f"{path}:{field.line}:{field.column}"


def _taken(view: View, label: str) -> Iterator[LayerFile]:
    return (file for file in view.files if file.layer.label == label and file.fault is None)


def _tree(file: LayerFile) -> JsonValue:
    found = file.document.find(()) if file.document else None
    return found.value if found else None


def _llm(file: LayerFile, keys: tuple[str, ...], tree: JsonValue) -> Iterator[Llm]:
    fields = part_of(tree, *keys)
    if isinstance(fields, Mapping):
        yield Llm(file, keys, fields)
