"""The ways in which Claude Code loses the pin. Seen with 2.1.330, on the wire where it sends."""

from confgen.harnesses.claude_code import body, credentials, models
from confgen.harnesses.view import Trap

TRAPS = (
    Trap(
        "claude-code.shadowed",
        "another file outranks what confgen set",
        body.shadowed,
    ),
    Trap(
        "claude-code.extra-body",
        "CLAUDE_CODE_EXTRA_BODY that is not the JSON text of an object with the pin",
        body.extra_body,
    ),
    Trap(
        "claude-code.base-url",
        "a base URL with /v1, of another service, or none",
        body.base_url,
    ),
    Trap(
        "claude-code.main-model",
        "a main model that is not the profile's",
        models.main_model,
    ),
    Trap(
        "claude-code.agent-model",
        "an agent, a command or a skill with a model of its own",
        models.agent_model,
    ),
    Trap(
        "claude-code.small-model",
        "another model for titles and background work",
        models.small_model,
    ),
    Trap(
        "claude-code.subagent-model",
        "another model for sub-agents",
        models.subagent_model,
    ),
    Trap(
        "claude-code.fallback-model",
        "another model for when the first is overloaded",
        models.fallback_model,
    ),
    Trap(
        "claude-code.context-window",
        "a context window that is taken for larger than the model's",
        models.context_window,
    ),
    Trap(
        "claude-code.auto-mode",
        "auto mode, which cannot judge commands behind a gateway",
        body.auto_mode,
    ),
    Trap(
        "claude-code.other-service",
        "a switch to Bedrock, Vertex or another service",
        body.other_service,
    ),
    Trap(
        "claude-code.force-login",
        "a managed login that rules out every other service",
        body.force_login,
    ),
    Trap(
        "claude-code.credentials",
        "two credentials in one request, or none",
        credentials.credentials,
    ),
    Trap(
        "claude-code.custom-headers",
        "headers that were set for another address",
        body.custom_headers,
    ),
)
