"""What Claude Code goes by once its files are laid over the environment."""

import json
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from confgen.document import JsonValue
from confgen.harnesses.claude_code.layers import MANAGED, STATE
from confgen.harnesses.shadow import Keys, Said, Source, holds, said, source_of
from confgen.harnesses.view import View

BASE_URL = "ANTHROPIC_BASE_URL"
EXTRA_BODY = "CLAUDE_CODE_EXTRA_BODY"
MODEL = "ANTHROPIC_MODEL"

_TIERS = {
    "haiku": "ANTHROPIC_DEFAULT_HAIKU_MODEL",
    "sonnet": "ANTHROPIC_DEFAULT_SONNET_MODEL",
    "opus": "ANTHROPIC_DEFAULT_OPUS_MODEL",
    "fable": "ANTHROPIC_DEFAULT_FABLE_MODEL",
}
_MAIN = ("inherit", "opusplan", "best")
"""Names that lead to the main model's tiers, which confgen sets to one model."""


class Settled(NamedTuple):
    """The sources of one view, the weakest first, and what is wanted of them."""

    view: View
    sources: tuple[Source, ...]

    @property
    def wanted(self) -> Mapping[Keys, JsonValue]:
        return self.view.leaves("settings")

    @property
    def pin(self) -> Mapping[str, JsonValue]:
        return self.view.profile.provider.to_json()

    @property
    def in_use(self) -> bool:
        """Whether anything here is to be pinned: what loses no pin is no concern of ours."""
        keys = ("env", BASE_URL)
        if holds(self.sources, keys, self.wanted.get(keys)):
            return True
        return self.view.route == "native" and self.variable(EXTRA_BODY) is not None

    def variable(self, name: str) -> Said | None:
        """What is in force of a variable: files outrank the shell."""
        return next(iter(said(self.sources, "env", name)), None)

    def text(self, name: str) -> str:
        """A variable as the client reads it; "" is as good as unset, and null is a text."""
        found = self.variable(name)
        return "" if found is None else text_of(found.value)

    @property
    def file(self) -> str | None:
        """The file that names the address: what is missing belongs there."""
        address = self.variable(BASE_URL) or self.variable(EXTRA_BODY)
        return (address.source.name or None) if address else None

    def setting(self, name: str) -> Said | None:
        return next(iter(said(self.sources, name)), None)

    @property
    def main_model(self) -> str:
        """The variable outranks the setting, whatever files they stand in."""
        setting = self.setting("model")
        return self.resolved(self.text(MODEL) or (text_of(setting.value) if setting else ""))

    def resolved(self, model: str) -> str:
        """The model that a name leads to: an alias is its tier's model; others go out verbatim."""
        name = model.removesuffix("[1m]")
        if name.lower() in _MAIN:
            return self.view.profile.model
        tier = _TIERS.get(name.lower())
        return (self.text(tier) if tier else "") or name

    def wrong(self, model: str) -> str | None:
        """Why requests that name this model are not as the profile has it; None where they are.

        The pin of `CLAUDE_CODE_EXTRA_BODY` goes with every model, whether or not it fits.
        """
        profile = self.view.profile
        if model in profile.models:
            return None
        if self.view.route == "native":
            return f"{model} is asked for with the pin of {profile.model}"
        if profile.refuses(model):
            return f"the shim refuses {model}"
        ruled = any(rule.covers(model) for rule in profile.rules)
        passed = profile.unknown_models == "pass" and not ruled
        return f"the shim lets {model} pass under its own name" if passed else None


def text_of(value: JsonValue) -> str:
    """A value as JavaScript spells it where a text belongs."""
    if isinstance(value, str):
        return value
    return "[object Object]" if isinstance(value, Mapping | list) else json.dumps(value)


def settled(view: View) -> Settled:
    return Settled(view, tuple(_sources(view)))


def _sources(view: View) -> Iterator[Source]:
    """The shell, then the files: one that the client does not take has no say at all."""
    yield Source("", {"env": dict(view.machine.env)})
    for file in view.files:
        source = None if file.fault else source_of(file)
        if source and file.layer.label == STATE:
            yield source._replace(tree={"env": source.tree.get("env", {})})
        elif source:
            yield source


def mend(one: Said) -> str:
    """How to get rid of what a source says."""
    name = one.keys[-1]
    if one.source.file is None:
        return f"unset {name}"
    if one.source.file.layer.label == MANAGED:
        return f"ask whoever manages this machine to take {name} out of {one.source.name}"
    return f"take {name} out of {one.source.name}"
