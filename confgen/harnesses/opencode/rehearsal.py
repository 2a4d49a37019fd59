"""How OpenCode is made to show what it sends, as measured with 1.18.33."""

from collections.abc import Iterator, Mapping
from pathlib import PurePath

from confgen.document import JSONC, JsonValue, Set, open_json
from confgen.errors import DocumentError
from confgen.harnesses.opencode import config_files
from confgen.harnesses.stage import Part, Shelf, Stage
from confgen.machine import Machine
from confgen.settings.profile import DEFAULT_UPSTREAM

QUIET = {
    "OPENCODE_DISABLE_AUTOUPDATE": "1",
    "OPENCODE_DISABLE_MODELS_FETCH": "1",
    "OPENCODE_DISABLE_SHARE": "1",
    "OPENCODE_DISABLE_LSP_DOWNLOAD": "1",
    "OPENCODE_DISABLE_DEFAULT_PLUGINS": "1",
}
# It makes ready for plugins whether or not there are any.
CHATTER = frozenset({"registry.npmjs.org", "models.opencode.ai", "models.dev"})

_PAGES = tuple(
    f"{folder}/**/*.md" for folder in ("agent", "agents", "command", "commands", "mode", "modes")
)
_OWN = ("opencode.json", "opencode.jsonc", *_PAGES)
PROJECT = ("opencode.json", "opencode.jsonc", *(f".opencode/{glob}" for glob in _OWN))

STARTERS = (("mcp",), ("plugin",), ("lsp",), ("formatter",), ("experimental", "hook"))

_BASE = ("provider", "openrouter", "options", "baseURL")
_CONTENT = "OPENCODE_CONFIG_CONTENT"
_MANAGED = "OPENCODE_TEST_MANAGED_CONFIG_DIR"
# These ask a model by themselves, and no other agent may send them a task.
_HIDDEN = frozenset({"title", "summary", "compaction"})


def shelves(machine: Machine) -> Iterator[Shelf]:
    user = config_files(machine, "user", machine.cwd)[0].candidates[0].parent
    variable = ("XDG_CONFIG_HOME", "") if machine.env.get("XDG_CONFIG_HOME") else None
    place = f"named/{variable[0]}/opencode" if variable else "home/.config/opencode"
    named = ("XDG_CONFIG_HOME", "..") if variable else None
    yield Shelf(user, ("config.json", *_OWN), place, named)
    yield Shelf(machine.home / ".opencode", _OWN, "home/.opencode")
    if file := machine.env.get("OPENCODE_CONFIG"):
        path = machine.path(file)
        yield Shelf(path.parent, (path.name,), "named/file", ("OPENCODE_CONFIG", path.name))
    if folder := machine.env.get("OPENCODE_CONFIG_DIR"):
        yield Shelf(machine.path(folder), _OWN, "named/folder", ("OPENCODE_CONFIG_DIR", ""))
    system = config_files(machine, "system", machine.cwd)[0].candidates[0].parent
    moved = machine.env.get(_MANAGED)
    yield Shelf(machine.path(moved) if moved else system, _OWN, "named/managed", (_MANAGED, ""))


def managed(_machine: Machine) -> tuple[PurePath, ...]:
    """Nothing: a variable moves the managed folder too."""
    return ()


def part(stage: Stage, prompt: str) -> Part:
    agents = dict(_agents(stage))
    primary = (name for name, agent in agents.items() if _leads(name, agent))
    helpers = (name for name, agent in agents.items() if _helps(name, agent))
    commands = (name for name, table in _commands(stage) if table.get("model"))
    run = ("run", "--pure")
    return Part(
        runs=(
            (*run, prompt),
            *((*run, "--agent", name, prompt) for name in primary),
            *((*run, "--command", name, prompt) for name in dict.fromkeys(commands)),
        ),
        environment=_upstream(stage),
        sub_agents=tuple(dict.fromkeys(("general", *helpers))),
        overflows=True,
    )


def _upstream(stage: Stage) -> dict[str, str]:
    """The default address, by the one means that there is, unless some file names another."""
    content = stage.environment.get(_CONTENT)
    if any(isinstance(value, str) for value in stage.values(*_BASE)):
        return {}
    try:
        document = open_json(content or "{}", JSONC, name=_CONTENT)
        edit = Set(_BASE, stage.stand_in(f"{DEFAULT_UPSTREAM}/v1"))
        return {} if document.find(_BASE) else {_CONTENT: document.edit([edit]).text}
    except DocumentError:
        # OpenCode will not start with it either.
        return {}


def _agents(stage: Stage) -> Iterator[tuple[str, Mapping[str, JsonValue]]]:
    for name in ("agent", "agents"):
        yield from stage.agents(name)
    for name in ("mode", "modes"):
        yield from ((mode, {**front, "mode": "primary"}) for mode, front in stage.agents(name))
    yield from ((name, {**table, "mode": "primary"}) for name, table in stage.tables("mode"))
    yield from stage.tables("agent")


def _commands(stage: Stage) -> Iterator[tuple[str, Mapping[str, JsonValue]]]:
    for name in ("command", "commands"):
        yield from stage.agents(name)
    yield from stage.tables("command")


def _leads(name: str, agent: Mapping[str, JsonValue]) -> bool:
    """Whether one can choose it by `--agent`, and it brings a model of its own."""
    own = agent.get("model") and agent.get("disable") not in (True, "true")
    is_primary = agent.get("mode") == "primary" or name == "plan"
    return bool(own) and is_primary and name not in _HIDDEN


def _helps(name: str, agent: Mapping[str, JsonValue]) -> bool:
    """Whether another agent can send it a task."""
    if name in _HIDDEN or name in ("build", "plan") or agent.get("disable") in (True, "true"):
        return False
    return agent.get("mode", "all") != "primary"
