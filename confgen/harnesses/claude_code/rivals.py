"""Variables that have a say beside Claude Code's files, whose own `env` wins over each."""

from confgen.finding import Level
from confgen.harnesses.claude_code import OTHER_SERVICES
from confgen.harnesses.rivals import Dotenv, Rival

_ELSEWHERE = "Claude Code uses another service, and the pin is lost"


def _rival(name: str, effect: str, level: Level = "error") -> Rival:
    return Rival(name, level, effect, overruled_at=("env", name))


RIVALS = (
    *(_rival(name, _ELSEWHERE) for name in OTHER_SERVICES),
    _rival("ANTHROPIC_BASE_URL", "requests go where it points"),
    _rival("ANTHROPIC_API_KEY", "its key is sent beside or instead of ours"),
    _rival("ANTHROPIC_AUTH_TOKEN", "it is sent instead of the key"),
    _rival("ANTHROPIC_MODEL", "it names another model"),
    _rival("ANTHROPIC_CUSTOM_HEADERS", "its headers go along with every request", "warning"),
)
DOTENV: Dotenv | None = None
