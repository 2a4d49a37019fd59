"""The LLMs of OpenHands, each with a pin of its own or none, and who uses which."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from confgen.document import JsonValue
from confgen.document.values import same
from confgen.harnesses.openhands.files import PROFILES
from confgen.harnesses.pins import goes_upstream, is_pin, part_of, text_of
from confgen.harnesses.reading import Page, ReadFile, Reading

PREFIX = "openrouter/"
SUMMARIZING = "LLMSummarizingCondenser"
"""The only condenser that the client keeps; without its `kind` the whole file is corrupted."""
BODY = "litellm_extra_body"


class Llm(NamedTuple):
    """One LLM object, at `keys` of its file."""

    file: ReadFile
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

    def leaks(self, reading: Reading) -> bool:
        """Whether it sends to the upstream without a pin; litellm itself sends PREFIX there."""
        by_itself = not self.base_url and self.model.startswith(PREFIX)
        reaches = by_itself or goes_upstream(self.base_url, reading.profile)
        return reaches and self.pin is None


def own_llms(reading: Reading) -> Iterator[Llm]:
    """The LLMs of the agent and of its condenser."""
    for file in _taken(reading, "agent_settings"):
        yield from _llm(file, "llm")
        if part_of(file.tree, "condenser", "kind") == SUMMARIZING:
            yield from _llm(file, "condenser", "llm")


def profiles(reading: Reading) -> dict[str, Llm]:
    """The LLM profiles, by the name under which they are loaded."""
    return {
        file.path.name.removesuffix(".json"): llm
        for file in _taken(reading, "profile")
        for llm in _llm(file)
    }


def llms(reading: Reading) -> Iterator[Llm]:
    yield from own_llms(reading)
    yield from profiles(reading).values()


def _taken(reading: Reading, template: str) -> Iterator[ReadFile]:
    files = (file for file in reading.files if file.fault is None)
    return (file for file in files if file.entry.template == template)


def _llm(file: ReadFile, *keys: str) -> Iterator[Llm]:
    fields = part_of(file.tree, *keys)
    if isinstance(fields, Mapping):
        yield Llm(file, keys, fields)


def agents(reading: Reading) -> Iterator[Page]:
    """The pages of its sub-agents."""
    pages = reading.in_force("agent")
    return (page for page in pages if page.path.name not in ("README.md", "readme.md"))


class Use(NamedTuple):
    """A profile's name where something asks for it; `is_elsewhere` tells of another folder."""

    profile: str
    where: str
    is_elsewhere: bool


def sub_agents(reading: Reading) -> Iterator[Use]:
    """The profiles that sub-agents name."""
    for page in agents(reading):
        if page.model:
            folder = page.fields.get(("profile_store_dir",))
            elsewhere = folder if folder and _is_elsewhere(reading, folder.text) else None
            name = page.model.text.removesuffix(".json")
            yield Use(name, page.place(elsewhere or page.model), elsewhere is not None)


def fallbacks(reading: Reading) -> Iterator[Use]:
    """The profiles that LLMs fall back to."""
    for llm in llms(reading):
        strategy = llm.fields.get("fallback_strategy")
        names = part_of(strategy, "fallback_llms")
        elsewhere = _is_elsewhere(reading, text_of(part_of(strategy, "profile_store_dir")))
        for at, name in enumerate(names if isinstance(names, list | tuple) else ()):
            keys = ("profile_store_dir",) if elsewhere else ("fallback_llms", at)
            where = llm.place("fallback_strategy", *keys)
            yield Use(text_of(name).removesuffix(".json"), where, elsewhere)


def unpinned_fallbacks(reading: Reading) -> Iterator[Use]:
    """Those of them that do not carry the pin."""
    known, profile = profiles(reading), reading.profile
    for use in fallbacks(reading):
        llm = None if use.is_elsewhere else known.get(use.profile)
        pinned = llm is not None and same(llm.pin, profile.provider.to_json())
        if llm is None or not (pinned and llm.model.removeprefix(PREFIX) in profile.models):
            yield use


def _is_elsewhere(reading: Reading, folder: str) -> bool:
    there = reading.machine._replace(cwd=reading.project)
    return bool(folder) and there.path(folder) != PROFILES.within(there, reading.project)
