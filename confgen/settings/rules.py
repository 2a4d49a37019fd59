"""What a profile has the shim do to requests: which models it knows, and what it takes out."""

from collections.abc import Mapping
from typing import Any

from confgen.errors import SettingsError
from confgen.settings import checks
from confgen.settings.preferences import parse_preferences
from confgen.settings.profile import ModelRule, UnknownModels
from confgen.settings.suggest import did_you_mean

UNKNOWN_MODELS: tuple[UnknownModels, ...] = ("pin", "pass", "refuse")
SAMPLING = (
    "temperature", "top_p", "top_k", "top_a", "min_p", "n", "seed", "presence_penalty",
    "frequency_penalty", "repetition_penalty", "logit_bias",
)  # fmt: skip
"""The parameters that a model may fix; to drop any other would change what was asked."""
RULE_FIELDS = ("model", "provider")


def unknown_models(value: object, where: str) -> UnknownModels:
    for name in UNKNOWN_MODELS:
        if value == name:
            return name
    hint = did_you_mean(str(value), UNKNOWN_MODELS)
    raise SettingsError(f"no treatment {value!r} of unknown models", where=where, hint=hint)


def drop_parameters(value: object, where: str) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(name, str) for name in value):
        hint = 'write for example ["temperature"]'
        raise SettingsError("'drop_parameters' is no list of names", where=where, hint=hint)
    if wrong := next((name for name in value if name not in SAMPLING), None):
        hint = did_you_mean(wrong, SAMPLING)
        raise SettingsError(f"'{wrong}' is no sampling parameter", where=where, hint=hint)
    return tuple(value)


def model_rules(value: object, where: str) -> tuple[ModelRule, ...]:
    """The rules of `[profiles.NAME.models.PATTERN]`, in the order of the file."""
    found = checks.tables(value, where)
    return tuple(_rule(pattern, table, f"{where}.") for pattern, table in found.items())


def _rule(pattern: str, table: Mapping[str, Any], within: str) -> ModelRule:
    where = f"{within}{pattern}"
    if not pattern or pattern != pattern.strip() or not pattern.isprintable():
        hint = 'write for example "*haiku*"'
        raise SettingsError("a pattern of models is empty or padded", where=where, hint=hint)
    checks.known_keys(table, RULE_FIELDS, f"{where}.", within)
    model, provider = table.get("model"), table.get("provider")
    if model is not None:
        model = checks.model(model, f"{where}.model")
    if provider is not None:
        provider = parse_preferences(provider, where=f"{where}.provider").to_json()
    return ModelRule(pattern, model, provider)
