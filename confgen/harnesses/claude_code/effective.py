"""What Claude Code goes by once its files are laid over the environment."""

import json
from collections.abc import Iterator, Mapping

from confgen.document import JsonValue
from confgen.harnesses.effective import Effective, Keys, Said, Source, source_of
from confgen.harnesses.footprint import STATE
from confgen.harnesses.reading import Reading

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


class ClaudeCodeSettings(Effective):
    """Claude Code's settings and variables, laid over one another."""

    @property
    def in_use(self) -> bool:
        is_ours = self.reading.route == "native" and self.variable(EXTRA_BODY) is not None
        return is_ours or self.holds("env", BASE_URL)

    @property
    def file(self) -> str | None:
        """The file that names the address: what is missing belongs there."""
        address = self.variable(BASE_URL) or self.variable(EXTRA_BODY)
        return (address.source.name or None) if address else None

    def spelt(self, keys: Keys) -> str:
        return keys[-1]

    def variable(self, name: str) -> Said | None:
        """What is in force of a variable: files outrank the shell."""
        return self.first("env", name)

    def text(self, name: str) -> str:
        """A variable as the client reads it; "" is as good as unset, and null is a text."""
        found = self.variable(name)
        return "" if found is None else text_of(found.value)

    @property
    def main_model(self) -> str:
        """The variable outranks the setting, whatever files they stand in."""
        setting = self.first("model")
        return self.resolved(self.text(MODEL) or (text_of(setting.value) if setting else ""))

    def resolved(self, model: str) -> str:
        """The model that a name leads to: an alias is its tier's model; others go out verbatim."""
        name = model.removesuffix("[1m]")
        if name.lower() in _MAIN:
            return self.reading.profile.model
        tier = _TIERS.get(name.lower())
        return (self.text(tier) if tier else "") or name

    def wrong(self, model: str) -> str | None:
        """Why requests that name this model are not as the profile has it; None where they are.

        The pin of `CLAUDE_CODE_EXTRA_BODY` goes with every model, whether or not it fits.
        """
        profile = self.reading.profile
        if model in profile.models:
            return None
        if self.reading.route == "native":
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


def effective(reading: Reading) -> ClaudeCodeSettings:
    return ClaudeCodeSettings(reading, tuple(_sources(reading)), reading.leaves("settings"))


def _sources(reading: Reading) -> Iterator[Source]:
    """The shell, then the files: one that the client does not take has no say at all."""
    yield Source("", {"env": dict(reading.machine.env)})
    # Where there are two, only the older one is read.
    for file in [file for file in reading.files if file.whose == STATE][-1:]:
        tree = {} if file.fault else {"env": file.tree.get("env", {})}
        yield source_of(file)._replace(tree=tree)
    for file in reading.files:
        if file.whose != STATE and not file.fault:
            yield source_of(file)
