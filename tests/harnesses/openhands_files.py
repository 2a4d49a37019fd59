"""Config files of OpenHands for the machines of the check tests."""

import json
from typing import Any

PIN = {"order": ["fireworks"], "allow_fallbacks": False}
BODY = {"provider": PIN}
UPSTREAM = "https://openrouter.ai/api/v1"

AGENT = "~/.openhands/agent_settings.json"
BARE = "~/.openhands/profiles/bare.json"


def llm(**changes: Any) -> dict[str, Any]:
    """A pinned LLM; a change to None takes a field out."""
    ours = {
        "model": "openrouter/moonshotai/kimi-k2.5",
        "usage_id": "agent",
        "base_url": UPSTREAM,
        "litellm_extra_body": BODY,
    }
    return {name: value for name, value in {**ours, **changes}.items() if value is not None}


def text(**members: Any) -> str:
    return json.dumps(members, indent=2)


def agent(condenser: dict[str, Any] | None = None, **changes: Any) -> str:
    """The agent's file with changes to its LLM, and with what its condenser is to have."""
    whole: dict[str, Any] = {"kind": "Agent", "llm": llm(**changes)}
    if condenser is not None:
        whole["condenser"] = {"kind": "LLMSummarizingCondenser", "llm": llm(), **condenser}
    return text(**whole)


def profile(**changes: Any) -> str:
    """An LLM profile, without a pin unless the changes bring one."""
    return text(**llm(**{"litellm_extra_body": None, **changes}))


def helper(*lines: str) -> str:
    """A sub-agent's page with these lines in its front matter."""
    return "\n".join(("---", "name: helper", "description: helps", *lines, "---", "Help.", ""))
