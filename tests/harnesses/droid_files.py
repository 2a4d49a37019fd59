"""Config files of Droid for the machines of the check tests."""

import json
from typing import Any

ID = "custom:confgen-kimi-k2.5"
PIN = {"order": ["fireworks"], "allow_fallbacks": False}
UPSTREAM = "https://openrouter.ai/api/v1"

USER = "~/.factory/settings.json"
USER_LOCAL = "~/.factory/settings.local.json"
USER_LEGACY = "~/.factory/config.json"
PROJECT = ".factory/settings.json"
PROJECT_LOCAL = ".factory/settings.local.json"
POLICY = {"FACTORY_ORG_MANAGED_SETTINGS_LOCAL_PATH": "policy.json"}


def entry(**changes: Any) -> dict[str, Any]:
    """Our entry; a change to None takes a field out."""
    ours = {
        "id": ID,
        "model": "moonshotai/kimi-k2.5",
        "provider": "generic-chat-completion-api",
        "baseUrl": UPSTREAM,
        "apiKey": "${OPENROUTER_API_KEY}",
        "extraArgs": {"provider": PIN},
    }
    return {name: value for name, value in {**ours, **changes}.items() if value is not None}


def legacy(**changes: Any) -> dict[str, Any]:
    whole = {
        "model_display_name": "Old Kimi",
        "model": "moonshotai/kimi-k2.5",
        "provider": "generic-chat-completion-api",
        "base_url": UPSTREAM,
        "api_key": "k",
        "extra_args": {"provider": PIN},
    }
    return {name: value for name, value in {**whole, **changes}.items() if value is not None}


def text(**members: Any) -> str:
    return json.dumps(members, indent=2)


def models(*entries: dict[str, Any], **members: Any) -> str:
    return text(customModels=entries, **members)


def default(model: str, *entries: dict[str, Any]) -> str:
    return models(*entries, sessionDefaultSettings={"model": model})


def mine(**changes: Any) -> str:
    """The user's file with our entry changed, and still the default."""
    return default(ID, entry(**changes))


def droid(model: str) -> str:
    return f"---\nname: helper\ndescription: helps\nmodel: {model}\n---\nHelp.\n"


PLAIN = entry(id="custom:plain", extraArgs=None)
PINNED = entry(id="custom:pinned", extraArgs={"provider": {"only": ["fireworks"]}})
