"""How the OpenHands CLI is made to show what it sends, as measured with 1.16.0."""

from collections.abc import Iterator
from pathlib import PurePath

from confgen.harnesses.openhands import config_files
from confgen.harnesses.stage import Part, Shelf, Stage
from confgen.machine import Machine
from confgen.settings.profile import DEFAULT_UPSTREAM

QUIET = {"LITELLM_LOCAL_MODEL_COST_MAP": "True", "OPENHANDS_SUPPRESS_BANNER": "1"}
# Public skills are cloned, and the newest version is asked for, at every start.
CHATTER = frozenset({"github.com", "pypi.org", "raw.githubusercontent.com"})

PROJECT = (".env", ".openhands/agents/*.md")

STARTERS = (("mcp_config",),)

_FOLDER = "OPENHANDS_PERSISTENCE_DIR"
_DEFAULTS = {
    "OPENROUTER_API_BASE": f"{DEFAULT_UPSTREAM}/v1",
    "OPENAI_BASE_URL": "https://api.openai.com/v1",
    "ANTHROPIC_API_BASE": "https://api.anthropic.com",
}
"""Where LiteLLM asks for the models of a prefix unless something else says where."""
_OVERRIDES = ("LLM_MODEL", "LLM_API_KEY", "LLM_BASE_URL")


def shelves(machine: Machine) -> Iterator[Shelf]:
    home = machine.home / ".openhands"
    if machine.env.get(_FOLDER):
        settings = config_files(machine, "user", machine.cwd)[0].candidates[0]
        yield Shelf(settings.parent, (settings.name,), f"named/{_FOLDER}", (_FOLDER, ""))
    yield Shelf(home, ("agent_settings.json", "profiles/*.json", "agents/*.md"), "home/.openhands")


def managed(_machine: Machine) -> tuple[PurePath, ...]:
    return ()


def part(stage: Stage, prompt: str) -> Part:
    """The default addresses go where they are weakest: before all else in the folder's `.env`."""
    dotenv = stage.project / ".env"
    lines = "".join(f"{name}={stage.stand_in(url)}\n" for name, url in _DEFAULTS.items())
    own = dotenv.read_text(encoding="utf-8", errors="surrogateescape") if dotenv.exists() else ""
    agents = (front.get("name", name) for name, front in stage.agents("agents"))
    return Part(
        runs=(("--headless", *_override(stage), "-t", prompt),),
        environment={},
        files={dotenv: lines + own},
        sub_agents=tuple(dict.fromkeys(("general-purpose", *agents))),
        overflows=any(stage.values("condenser")),
    )


def _override(stage: Stage) -> tuple[str, ...]:
    """Without a settings file its variables can only be meant to be used, which takes an option."""
    folder = stage.environment.get(_FOLDER)
    settings = (PurePath(folder) if folder else stage.home / ".openhands") / "agent_settings.json"
    written = any(PurePath(path) == settings for path in stage.documents)
    wanted = any(stage.environment.get(name) for name in _OVERRIDES)
    return ("--override-with-envs",) if wanted and not written else ()
