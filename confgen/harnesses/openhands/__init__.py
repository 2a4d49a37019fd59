"""The OpenHands CLI, as measured with 1.16.0 (SDK 1.21.0).

The agent and its condenser each have an LLM of their own, and each needs the pin. LLM profiles,
which the agent server and sub-agents load by name, stand in files of their own. With the
`openrouter/` prefix the key comes from `OPENROUTER_API_KEY`, so no file holds it.
"""

from collections.abc import Iterator
from pathlib import PurePath

from confgen.document import STRICT_JSON
from confgen.errors import SettingsError
from confgen.harnesses.contract import ConfigFile, Endpoint, Route, Scope, no_such_scope
from confgen.machine import Machine
from confgen.render import TemplateValue
from confgen.settings import Profile
from confgen.settings.profile import DEFAULT_KEY_ENV

NAME = "openhands"
TITLE = "OpenHands"
COMMAND = "openhands"
PACKAGES = ("openhands",)
KNOWN_VERSIONS = ("1.16.0", "1.16.0")
ROUTES: tuple[Route, ...] = ("native", "shim")
# Another client of LiteLLM counts as OpenHands.
USER_AGENTS = ("litellm",)
SESSION_HEADERS: tuple[str, ...] = ()

# With a smaller window in it the whole file counts as corrupted, and OpenHands runs on unpinned.
LEAST_CONTEXT = 16384

OWN_FOLDER = "OPENHANDS_PERSISTENCE_DIR"
"""The variable that moves the folder of its settings."""

_PIN = ("litellm_extra_body", "provider")


def config_files(machine: Machine, scope: Scope, _project: PurePath) -> tuple[ConfigFile, ...]:
    if scope != "user":
        raise no_such_scope(TITLE, scope, ("user",))
    return (
        ConfigFile(
            template="agent_settings",
            candidates=(settings_folder(machine) / "agent_settings.json",),
            dialect=STRICT_JSON,
            private=True,
            # Another service's key must not go to OpenRouter.
            displaced=(("llm", "api_key"), ("condenser", "llm", "api_key")),
            companions={
                ("llm", "base_url"): (("llm", "extra_headers"),),
                ("condenser", "llm", "base_url"): (("condenser", "llm", "extra_headers"),),
            },
            pins=(("llm", *_PIN), ("condenser", "llm", *_PIN)),
        ),
        ConfigFile(
            template="profile",
            candidates=(profiles_folder(machine) / "confgen.json",),
            dialect=STRICT_JSON,
            private=True,
            displaced=(("api_key",),),
            pins=(_PIN,),
        ),
    )


def settings_folder(machine: Machine) -> PurePath:
    """Where `agent_settings.json` is; OpenHands itself takes a leading `~` for the home folder."""
    own = machine.env.get(OWN_FOLDER, "")
    if not own:
        return machine.home / ".openhands"
    parts = type(machine.home)(own).parts
    at_home = parts[:1] == ("~",)
    return machine.path(machine.home.joinpath(*parts[1:]) if at_home else own)


def profiles_folder(machine: Machine) -> PurePath:
    """Where LLM profiles are: in the home folder wherever the settings are."""
    return machine.home / ".openhands" / "profiles"


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
    return {
        "model": f"openrouter/{profile.model}",
        # Always written: without it OPENROUTER_API_BASE decides, and any .env file may set that.
        "base_url": f"{endpoint.root}/v1",
        "api_key": endpoint.key,
        "context_tokens": _context(profile.context_tokens),
        "output_tokens": profile.output_tokens,
        "provider": endpoint.pin,
    }


def _context(tokens: int | None) -> int | None:
    return tokens if tokens and tokens >= LEAST_CONTEXT else None


def notes(machine: Machine, endpoint: Endpoint) -> Iterator[str]:
    if endpoint.pin is None:
        return
    if machine.env.get("LLM_LITELLM_EXTRA_BODY"):
        yield (
            "LLM_LITELLM_EXTRA_BODY is set, as old guides say: OpenHands ignores it; "
            "the pin is in agent_settings.json"
        )
    yield (
        "saving Settings in OpenHands' own screen wipes the pin: "
        "run 'confgen apply openhands --force' after it"
    )
