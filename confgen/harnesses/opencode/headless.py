"""How OpenCode is run headless, as measured with 1.18.34 behind a proxy that ends TLS.

`OPENCODE_CONFIG_CONTENT` outranks every file but the managed ones: `enabled: false` there keeps an
MCP server from being started, whatever its name, and `lsp: false` the language servers, of which a
file that is read starts those for its kind. Formatters start after an edit, and
`experimental.hook` is no longer run. `--pure` keeps out all plugins: those of its folders and those
that config files list. With plugins it first asks the npm registry for what they import: refused,
it goes on at once; a connection that is closed it tries again for longer than a minute.
"""

import json
from collections.abc import Iterator, Mapping

from confgen.document import JSONC, JsonValue, Set, open_json
from confgen.document.values import is_list
from confgen.errors import DocumentError
from confgen.harnesses.effective import Source, overlay
from confgen.harnesses.footprint import MANAGED
from confgen.harnesses.kept_out import asked, effects, none_offered, tables, task, without
from confgen.harnesses.opencode.effective import CONTENT, OpenCodeConfig, content, effective
from confgen.harnesses.reading import Reading
from confgen.harnesses.session import Call, Change, LeftOut, Overflow, Question, Session

QUIET = {
    "OPENCODE_DISABLE_AUTOUPDATE": "1",
    "OPENCODE_DISABLE_MODELS_FETCH": "1",
    "OPENCODE_DISABLE_SHARE": "1",
    "OPENCODE_DISABLE_LSP_DOWNLOAD": "1",
}
"""None of them is needed where all other hosts are refused at once: they save the asking."""
CHATTER = frozenset({"registry.npmjs.org", "models.opencode.ai", "models.dev"})
UNSET = ("OPENCODE_PID", "OPENCODE_TERMINAL")
"""It sets them for what it starts."""
WRITES_TO = ("OPENCODE_DB", "OPENCODE_PLUGIN_META_FILE", "OPENCODE_TEST_HOME")

_FOLDERS_OF_PLUGINS = ("plugin", "plugins")
# These ask a model by themselves, and no other agent may send them a task.
_HIDDEN = frozenset({"title", "summary", "compaction"})
_PRIMARY = ("build", "plan")
_ALIKE = frozenset(
    {
        "name", "description", "prompt", "mode", "hidden", "color", "disable", "steps", "maxSteps",
        "tools", "permission", "temperature", "top_p",
    }
)  # fmt: skip
"""What of an agent's changes neither its model nor the pin."""

_Table = Mapping[str, JsonValue]


offered = none_offered


def listing(_reading: Reading) -> tuple[str, ...]:
    """What tells of all agents and commands: those that plugins set, and variables of a wrapper."""
    return ("debug", "config")


def session(reading: Reading, question: Question, listed: str | None = None) -> Session:
    """One run, and one for each mode and each command that names a model."""
    files, plugins = effective(reading), _listed(listed)
    at = files._replace(sources=(*files.sources, *plugins))
    run = ("run",) if question.plugins else ("run", "--pure")
    agents = _agents(at)
    default = at.named("default_agent") or "build"
    leading = [name for name, agent in agents.items() if _is_primary(name, agent)]
    otherwise = {name: not agent.keys() <= _ALIKE for name, agent in agents.items()}
    choices = {name: True for name in leading if name != default and otherwise[name]}
    modes, no_modes = asked(choices, kind="mode")
    helping = {name: otherwise[name] for name in agents if name not in leading}
    helpers, no_helpers = asked(helping, helping.keys() & {"general"})
    templates = tables(at.in_force("command"))
    commands, no_commands = asked(
        {name: True for name, one in templates.items() if one.get("model") or one.get("variant")},
        kind="command",
    )
    note = (Call("read", {"filePath": str(question.note)}),) if question.note else ()
    environment, left_out = _turned_off(files)
    why = "it did not list what its plugins set"
    unknown = LeftOut("modes and commands of plugins", why, decides=True)
    return Session(
        runs=(
            (*run, question.prompt),
            *((*run, "--agent", name, question.prompt) for name in modes),
            *((*run, "--command", name, question.prompt) for name in commands),
        ),
        # With fewer messages it has nothing to summarise.
        steps=(*note, *map(delegate, helpers), Overflow(3)),
        environment=environment,
        changes=tuple(_changes(reading)),
        left_out=(
            *left_out,
            *(() if listed is None or plugins else (unknown,)),
            *(() if question.plugins else _plugins(files)),
            *no_helpers,
            *no_modes,
            *no_commands,
        ),
    )


def delegate(agent: str) -> Call:
    """Have it give a task to a sub-agent."""
    return Call("task", task(agent))


def _agents(at: OpenCodeConfig) -> dict[str, _Table]:
    """The agents that can be asked, by name; modes are agents that one can choose."""
    modes = tables(at.in_force("mode"))
    primary = {name: {**mode, "mode": "primary"} for name, mode in modes.items()}
    agents = tables(overlay({"general": {}}, primary, at.in_force("agent") or {}))
    return {
        name: agent
        for name, agent in agents.items()
        if name not in _HIDDEN and agent.get("disable") is not True
    }


def _is_primary(name: str, agent: _Table) -> bool:
    """Whether one can choose it by `--agent`; to the others agents can send tasks."""
    return agent.get("mode") == "primary" or name in _PRIMARY


def _listed(text: str | None) -> tuple[Source, ...]:
    """What stands in the listing, among whatever plugins have printed; nothing where none does."""
    start, end = (text or "").find("{"), (text or "").rfind("}")
    try:
        found = json.loads((text or "")[start : end + 1] or "{}")
    except ValueError:
        return ()
    return (Source("", found),) if isinstance(found, Mapping) and found else ()


def _turned_off(at: OpenCodeConfig) -> tuple[dict[str, str], tuple[LeftOut, ...]]:
    """The user's own content, and in it what turns servers off."""
    edits: dict[tuple[str, ...], Set] = {}
    left_out: list[LeftOut] = []
    for source in at.sources:
        if source.file and source.file.whose == MANAGED:
            continue
        for name in tables(source.tree.get("mcp")):
            edits[("mcp", name)] = Set(("mcp", name, "enabled"), False)
            left_out.append(effects(f"MCP server {name}", source.name))
        if source.tree.get("lsp"):
            edits[("lsp",)] = Set(("lsp",), False)
            left_out.append(effects("language servers", source.name))
    own = content(at.reading)
    document = own.document if own else open_json("{}", JSONC, name=CONTENT)
    if not edits or document is None:
        # With a broken content it will not start.
        return {}, ()
    try:
        text = document.edit(tuple(edits.values())).text
    except DocumentError:
        return {}, ()
    return {CONTENT.removeprefix("$"): text}, tuple(left_out)


def _changes(reading: Reading) -> Iterator[Change]:
    """What the content does not outrank."""
    for file in reading.files:
        change = without(file, ("mcp", "lsp")) if file.whose == MANAGED else None
        if change:
            yield change


def _plugins(at: OpenCodeConfig) -> Iterator[LeftOut]:
    why = "it may set models, and is not run"
    for place in at.reading.there("code"):
        if place.path.parent.name in _FOLDERS_OF_PLUGINS:
            yield LeftOut(f"plugin {place.path}", why, decides=True)
    for source in at.sources:
        listed = source.tree.get("plugin")
        for entry in listed if is_list(listed) else ():
            name = entry[0] if is_list(entry) and entry else entry
            yield LeftOut(f"plugin {name}", why, decides=True)
