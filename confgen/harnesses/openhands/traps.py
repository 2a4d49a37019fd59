"""The ways in which OpenHands loses the pin."""

from confgen.harnesses.openhands.corrupted import fallback_to_default
from confgen.harnesses.openhands.environment import (
    config_toml,
    env_override,
    env_recipe,
    two_folders,
)
from confgen.harnesses.openhands.lost import (
    api_base,
    condenser,
    fallback_strategy,
    misspelt,
    model_name,
    prefix,
    profile,
    sub_agent,
)
from confgen.harnesses.view import Trap

TRAPS: tuple[Trap, ...] = (
    Trap("openhands.condenser", "a condenser whose own LLM lacks the pin", condenser),
    Trap("openhands.misspelt", "a pin under a key that OpenHands ignores", misspelt),
    Trap(
        "openhands.fallback-to-default",
        "a file that OpenHands drops for a default without a pin",
        fallback_to_default,
    ),
    Trap("openhands.model-name", "models for which OpenHands overwrites the pin", model_name),
    Trap("openhands.sub-agent", "sub-agents with a profile that lacks the pin", sub_agent),
    Trap("openhands.fallback-strategy", "fallbacks that lack the pin", fallback_strategy),
    Trap("openhands.profile", "other LLM profiles that lack the pin", profile),
    Trap("openhands.prefix", "models and addresses that litellm takes elsewhere", prefix),
    Trap("openhands.api-base", "OPENROUTER_API_BASE for an LLM without an address", api_base),
    Trap("openhands.env-recipe", "variables of old guides, which pin nothing", env_recipe),
    Trap("openhands.env-override", "LLM_* variables that differ from the file", env_override),
    Trap("openhands.two-folders", "variables that move OpenHands' files", two_folders),
    Trap("openhands.config-toml", "a config.toml, which OpenHands does not read", config_toml),
)
