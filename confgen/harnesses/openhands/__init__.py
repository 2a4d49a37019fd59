"""The OpenHands CLI, as measured with 1.16.0 (SDK 1.21.0).

The agent and its condenser each have an LLM of their own, and each needs the pin. LLM profiles,
which the agent server and sub-agents load by name, stand in files of their own. With the
`openrouter/` prefix the key comes from `OPENROUTER_API_KEY`, so no file holds it.
"""

from collections.abc import Iterator
from pathlib import PurePath

from confgen.errors import SettingsError
from confgen.harnesses.contract import ConfigFile, Endpoint, Route, Scope
from confgen.harnesses.footprint import written
from confgen.harnesses.openhands.files import FOOTPRINT as FOOTPRINT
from confgen.harnesses.openhands.files import FRONT_MATTER as FRONT_MATTER
from confgen.machine import Machine
from confgen.render import TemplateValue
from confgen.settings import Profile
from confgen.settings.profile import DEFAULT_KEY_ENV

NAME = "openhands"
TITLE = "OpenHands"
COMMAND = "openhands"
PACKAGES: tuple[str, ...] = ("openhands",)
KNOWN_VERSIONS = ("1.16.0", "1.16.0")
ROUTES: tuple[Route, ...] = ("native", "shim")
# Another client of LiteLLM counts as OpenHands.
USER_AGENTS: tuple[str, ...] = ("litellm",)
SESSION_HEADERS: tuple[str, ...] = ()

# With a smaller window in it the whole file counts as corrupted, and OpenHands runs on unpinned.
LEAST_CONTEXT = 16384

_LLMS = (("llm",), ("condenser", "llm"))
_PIN = ("litellm_extra_body", "provider")


def config_files(machine: Machine, scope: Scope, project: PurePath) -> tuple[ConfigFile, ...]:
    files = written(TITLE, FOOTPRINT, machine, scope, project)
    return (
        files["agent_settings"]._replace(
            # Another service's key must not go to OpenRouter.
            displaced=tuple((*llm, "api_key") for llm in _LLMS),
            companions={(*llm, "base_url"): ((*llm, "extra_headers"),) for llm in _LLMS},
            pins=tuple((*llm, *_PIN) for llm in _LLMS),
        ),
        files["profile"]._replace(displaced=(("api_key",),), pins=(_PIN,)),
    )


def values(profile: Profile, _machine: Machine, endpoint: Endpoint) -> dict[str, TemplateValue]:
    if profile.api_key_env != DEFAULT_KEY_ENV and not endpoint.key:
        raise SettingsError(
            f"OpenHands takes the key from {DEFAULT_KEY_ENV} alone, not from {profile.api_key_env}",
            where="api_key_env",
            hint=f"export {DEFAULT_KEY_ENV} for it, or apply with --route shim",
        )
    foreign = next((slug for slug in profile.models if "openhands/" in slug), None)
    if foreign and endpoint.pin is not None:
        raise SettingsError(
            f"OpenHands drops the pin of a model whose name holds 'openhands/': {foreign}",
            where="model",
            hint="choose another model for OpenHands",
        )
    context = profile.context_tokens
    return {
        "model": f"openrouter/{profile.model}",
        # Always written: without it OPENROUTER_API_BASE decides, and any .env file may set that.
        "base_url": f"{endpoint.root}/v1",
        "api_key": endpoint.key,
        "context_tokens": context if context and context >= LEAST_CONTEXT else None,
        "output_tokens": profile.output_tokens,
        "provider": endpoint.pin,
    }


def notes(machine: Machine, endpoint: Endpoint) -> Iterator[str]:
    if endpoint.pin is not None and machine.env.get("LLM_LITELLM_EXTRA_BODY"):
        yield (
            "LLM_LITELLM_EXTRA_BODY is set, as old guides say: OpenHands ignores it; "
            "the pin is in agent_settings.json"
        )
    if endpoint.pin is not None:
        yield (
            "saving Settings in OpenHands' own screen wipes the pin: "
            "run 'confgen apply openhands --force' after it"
        )
