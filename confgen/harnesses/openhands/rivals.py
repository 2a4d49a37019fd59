"""Variables that have a say beside OpenHands' files, as measured with 1.16.0."""

from confgen.harnesses.openhands.files import OWN_FOLDER
from confgen.harnesses.rivals import Dotenv, Rival

_OVERRIDES = "it beats the pinned file wherever OpenHands runs with --override-with-envs"
_UNPINNED = "whatever falls back to it sends unpinned requests"

RIVALS = (
    Rival("LLM_MODEL", "warning", _OVERRIDES, stands_for=("llm", "model")),
    Rival("LLM_BASE_URL", "warning", _OVERRIDES, stands_for=("llm", "base_url")),
    Rival("LLM_API_KEY", "warning", _OVERRIDES, a_key=True),
    Rival("OPENAI_BASE_URL", "info", _UNPINNED),
    Rival("OPENAI_API_BASE", "info", _UNPINNED),
)
# What is set already wins over it.
DOTENV: Dotenv | None = Dotenv(
    ("LLM_", "OPENROUTER_", "OPENHANDS_"),
    brings={OWN_FOLDER: "all settings from there, with your key"},
)
