"""The ways in which Claude Code loses the pin. Seen with 2.1.332, on the wire where it sends."""

from confgen.harnesses.claude_code import NAME, models, requests
from confgen.harnesses.claude_code.effective import effective
from confgen.harnesses.effective import Rule, checks

_BODY = "CLAUDE_CODE_EXTRA_BODY that is not the JSON text of an object with the pin"
_AGENT = "an agent, a command or a skill with a model of its own"
_FALLBACK = "another model for when the first is overloaded"
_WINDOW = "a context window that is taken for larger than the model's"
_AUTO = "auto mode, which cannot judge commands behind a gateway"
_LOGIN = "a managed login that rules out every other service"

CHECKS = checks(
    NAME,
    effective,
    Rule("shadowed", "another file outranks what confgen set", requests.shadowed, always=True),
    Rule("extra-body", _BODY, requests.extra_body),
    Rule("base-url", "a base URL with /v1, of another service, or none", requests.base_url),
    Rule("main-model", "a main model that is not the profile's", models.main_model),
    Rule("agent-model", _AGENT, models.agent_model),
    Rule("small-model", "another model for titles and background work", models.small_model),
    Rule("subagent-model", "another model for sub-agents", models.subagent_model),
    Rule("fallback-model", _FALLBACK, models.fallback_model),
    Rule("context-window", _WINDOW, models.context_window),
    Rule("auto-mode", _AUTO, requests.auto_mode),
    Rule("other-service", "a switch to Bedrock, Vertex or another service", requests.other_service),
    Rule("force-login", _LOGIN, requests.force_login),
    Rule("credentials", "two credentials in one request, or none", requests.credentials),
    Rule("custom-headers", "headers that were set for another address", requests.custom_headers),
)
