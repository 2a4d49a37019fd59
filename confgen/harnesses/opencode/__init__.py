"""OpenCode, as measured with 1.18.34.

The pin is `provider.openrouter.models.<model>.options.provider`, once for every model: at provider
level it is ignored. Titles go to a model of OpenCode's own choice unless `small_model` names one.
It takes the key from the environment or its own `auth.json`; an `apiKey` here would outrank both.
"""

from collections.abc import Iterator
from pathlib import PurePath

from confgen.harnesses.contract import ConfigFile, Endpoint, Route, Scope, platform_packages
from confgen.harnesses.footprint import written
from confgen.harnesses.opencode.files import FOOTPRINT as FOOTPRINT
from confgen.harnesses.opencode.files import FRONT_MATTER as FRONT_MATTER
from confgen.machine import Machine
from confgen.render import Each, TemplateValue
from confgen.settings import Profile
from confgen.settings.profile import DEFAULT_KEY_ENV, DEFAULT_UPSTREAM

NAME = "opencode"
TITLE = "OpenCode"
COMMAND = "opencode"
PACKAGES: tuple[str, ...] = ("opencode-ai", *platform_packages("opencode"))
KNOWN_VERSIONS = ("1.18.33", "1.18.34")
ROUTES: tuple[Route, ...] = ("native", "shim")
USER_AGENTS: tuple[str, ...] = ("opencode",)
SESSION_HEADERS: tuple[str, ...] = ("x-session-affinity",)

CONFIG_VARIABLES = ("OPENCODE_CONFIG", "OPENCODE_CONFIG_DIR", "OPENCODE_CONFIG_CONTENT")
"""Each brings a config of its own."""

_OPTIONS = ("provider", "openrouter", "options")
_MODEL = ("provider", "openrouter", "models", "*")
_DEFAULTS = ("limit", "attachment", "modalities")


def config_files(machine: Machine, scope: Scope, project: PurePath) -> tuple[ConfigFile, ...]:
    """It merges `config.json`, `opencode.json` and `opencode.jsonc`, of which the last wins.

    Objects are merged deeply: an `only` in the one survives beside an `order` in the other.
    """
    file = written(TITLE, FOOTPRINT, machine, scope, project)["opencode"]
    return (
        file._replace(
            defaults=frozenset({("$schema",), *((*_MODEL, name) for name in _DEFAULTS)}),
            # Each of these sends the model's requests elsewhere, or as another model.
            displaced=(
                (*_OPTIONS, "baseURL"),
                ("provider", "openrouter", "npm"),
                ("provider", "openrouter", "api"),
                (*_MODEL, "id"),
                (*_MODEL, "provider"),
            ),
            companions={(*_OPTIONS, "baseURL"): ((*_OPTIONS, "apiKey"), (*_OPTIONS, "headers"))},
            pins=((*_OPTIONS, "extraBody", "provider"), (*_MODEL, "options", "provider")),
        ),
    )


def values(profile: Profile, _machine: Machine, endpoint: Endpoint) -> dict[str, TemplateValue]:
    own_name = None if profile.api_key_env == DEFAULT_KEY_ENV else [profile.api_key_env]
    return {
        "model": profile.model,
        "small_model": profile.small_model,
        "base_url": None if endpoint.root == DEFAULT_UPSTREAM else f"{endpoint.root}/v1",
        "api_key": endpoint.key,
        "key_names": None if endpoint.key else own_name,
        "models": Each("model", {slug: _model(profile, slug, endpoint) for slug in profile.models}),
    }


def _model(profile: Profile, slug: str, endpoint: Endpoint) -> dict[str, TemplateValue]:
    """The profile's limits are those of its main model; of the small one only the pin is known."""
    main = slug == profile.model
    known = main and profile.context_tokens and profile.output_tokens
    limit = {"context": profile.context_tokens, "output": profile.output_tokens}
    inputs = ["text", "image"] if profile.images else ["text"]
    return {
        # OpenCode takes no model that its catalog lacks unless something stands here.
        "id": slug if endpoint.pin is None else None,
        "limit": limit if known else None,
        "images": profile.images if main else None,
        "modalities": {"input": inputs, "output": ["text"]} if main else None,
        "provider": endpoint.pin,
    }


def notes(machine: Machine, _endpoint: Endpoint) -> Iterator[str]:
    for name in CONFIG_VARIABLES:
        if machine.env.get(name):
            yield f"{name} is set: what it brings outranks this file"
