"""What a profile enforces: the pin of every model that a request can name."""

from collections.abc import Mapping
from typing import NamedTuple

from confgen.document.model import JsonValue
from confgen.settings import Mode, ModelRule, Profile
from confgen.settings.profile import UnknownModels, covers
from confgen.shim.refusal import Refusal, shown

__all__ = ["Mode", "Pin", "Policy", "Rule", "make_policy"]


class Pin(NamedTuple):
    """The model that is to answer, and the provider object that goes with it."""

    model: str
    provider: Mapping[str, JsonValue]


class Rule(NamedTuple):
    """What becomes of all models that a pattern covers; without a `model` they keep their names."""

    pattern: str
    model: str | None
    provider: Mapping[str, JsonValue]

    def covers(self, model: str) -> bool:
        return covers(self.pattern, model)


class Policy(NamedTuple):
    """One profile as the shim enforces it; the fields after `rules` are those of Profile."""

    profile: str
    mode: Mode
    main: Pin
    small: Pin
    rules: tuple[Rule, ...] = ()
    unknown: UnknownModels = "pin"
    drop_parameters: frozenset[str] = frozenset()
    session_id: bool = False
    drop_null_reasoning: bool = False

    def names(self, model: str) -> bool:
        """Whether the profile itself speaks of this model."""
        own = (self.main.model, self.small.model, *(rule.model for rule in self.rules))
        return model in own

    def pin_for(self, model: str | None) -> Pin:
        """The pin of a request for `model`; None or an empty name where it has none.

        Raises Refusal with 422 where the profile does not say what should answer.
        """
        if model:
            for rule in self.rules:
                if rule.covers(model):
                    return Pin(rule.model or model, rule.provider)
        for pin in (self.main, self.small):
            if model == pin.model:
                return pin
        if self.unknown == "pin":
            return self.main
        profile = f"profile {shown(self.profile)}"
        if not model:
            raise Refusal(422, f"the request names no model, and {profile} fills in none")
        if self.unknown == "pass":
            return self.main._replace(model=model)
        raise Refusal(
            422,
            f"{profile} has no rule for the model {shown(model)}: add one to confgen.toml, "
            "or let its unknown_models be 'pin' or 'pass'",
        )


def make_policy(profile: Profile, mode: Mode) -> Policy:
    provider = profile.provider.to_json()
    return Policy(
        profile=profile.name,
        mode=mode,
        main=Pin(profile.model, provider),
        small=Pin(profile.small_model, provider),
        rules=tuple(_rule(rule, profile) for rule in profile.rules),
        unknown=profile.unknown_models,
        drop_parameters=frozenset(profile.drop_parameters),
        session_id=profile.session_id,
        drop_null_reasoning=profile.drop_null_reasoning,
    )


def _rule(rule: ModelRule, profile: Profile) -> Rule:
    provider = profile.provider.to_json() if rule.provider is None else rule.provider
    return Rule(rule.pattern, rule.model, provider)
