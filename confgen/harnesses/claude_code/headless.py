"""How Claude Code is run headless, as measured with 2.1.332 behind a proxy that ends TLS.

`claude -p` needs neither a first start nor a trusted folder: it reads the project's settings, key
helper, agents and servers at once. It asks for no title. `--settings` outranks all settings but the
managed ones, `disableAllHooks` in it turns off every hook but the managed ones, those of plugins
and of agents' pages too, and `--strict-mcp-config` keeps out all MCP servers, but refuses to start
beside a managed list of them. The helpers for AWS, Google and OpenTelemetry run where those are in
use, and an empty text there turns them off; what draws its status line, suggests files, wraps
processes or authorises at a proxy is not run.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from confgen.harnesses.claude_code import key_helper
from confgen.harnesses.effective import overlay
from confgen.harnesses.footprint import MANAGED
from confgen.harnesses.kept_out import asked, effects, hidden, none_listed, tables, task, without
from confgen.harnesses.pins import table
from confgen.harnesses.reading import Page, ReadFile, Reading
from confgen.harnesses.session import Call, Change, LeftOut, Offered, Overflow, Question, Session

QUIET = {"CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1", "DISABLE_AUTOUPDATER": "1"}
"""Without the first it asks api.anthropic.com for a list of servers, and sends it its events."""
CHATTER: frozenset[str] = frozenset()
UNSET = (
    "CLAUDECODE", "CLAUDE_CODE_CHILD_SESSION", "CLAUDE_CODE_ENTRYPOINT",
    "CLAUDE_CODE_SESSION_ATTENDED", "CLAUDE_CODE_SESSION_ID", "CLAUDE_CODE_SSE_PORT", "CLAUDE_PID",
)  # fmt: skip
"""It sets them for what it starts, and will not run inside itself."""
WRITES_TO = (
    "CLAUDE_CODE_DEBUG_LOGS_DIR", "CLAUDE_CODE_DIAGNOSTICS_FILE", "CLAUDE_CODE_TMPDIR",
    "CLAUDE_ENV_FILE", "CLAUDE_JOB_DIR", "CLAUDE_SECURESTORAGE_CONFIG_DIR", "CLAUDE_TMPDIR",
)  # fmt: skip

_BUILT_IN = ("general-purpose", "statusline-setup")
"""The second asks for `sonnet`; all others of its own ask for the main model."""
_OF_ITS_OWN = (*_BUILT_IN, "claude", "Explore", "Plan")
_HELPER = "apiKeyHelper"
_HELPERS = ("awsAuthRefresh", "awsCredentialExport", "gcpAuthRefresh", "otelHeadersHelper")
_PLUGINS = "enabledPlugins"
_FALLBACK = "fallbackModel"
_ALIASES = ("default", "haiku", "inherit", "sonnet")
"""Those that are asked: the small model, and the one that a sub-agent of its own asks for."""
_SERVERS = "mcpServers"
_SKILLS = "The following skills are available for use with the Skill tool:"
_OFFERS = "Available agent types for the Agent tool:"
_OFFERED = re.compile(r"^- (\S+): ", re.MULTILINE)


listing = none_listed


def session(reading: Reading, question: Question, _listed: str | None = None) -> Session:
    """One run, one with the model for background work, and one for each command with a model."""
    switches, left_out = _switches(reading, question)
    options = ("--strict-mcp-config", "--settings", json.dumps(switches))
    commands, no_commands = asked(_commands(reading), kind="command")
    agents, no_agents = asked(_agents(reading), _BUILT_IN)
    note = (Call("Read", {"file_path": str(question.note)}),) if question.note else ()
    return Session(
        runs=(
            ("-p", question.prompt, *options),
            ("-p", question.prompt, *options, "--model", "haiku"),
            *(("-p", f"/{name}", *options) for name in commands),
        ),
        # With fewer messages it has nothing to summarise.
        steps=(*note, *map(delegate, agents), Overflow(3)),
        changes=tuple(_changes(reading, question)),
        left_out=(
            LeftOut("the title of a session", "it is not asked for headless"),
            *left_out,
            *_fallbacks(reading),
            *_hooks(reading),
            *_servers(reading),
            *no_agents,
            *no_commands,
        ),
    )


def delegate(agent: str) -> Call:
    """Have it give a task to a sub-agent."""
    return Call("Agent", task(agent))


def offered(reading: Reading, body: Mapping[str, Any], run: Sequence[str]) -> Offered:
    """A task for each sub-agent, and a run for each command, that only a plugin can have brought.

    In `-p` a skill's model counts where its user asks for it, and not where the model does.
    """
    known = {*_OF_ITS_OWN, *_agents(reading)}
    agents = [name for name in _offered(body, _OFFERS) if name not in known]
    # One of a folder is called so, too.
    own = {_command(page) for page in reading.pages}
    commands = [name for name in _offered(body, _SKILLS) if ":" in name and name not in own]
    return Offered(
        tuple(map(delegate, agents)),
        tuple(("-p", f"/{name}", *run[2:]) for name in commands),
    )


def _offered(body: Mapping[str, Any], words: str) -> tuple[str, ...]:
    """The names in the list that follows these words to the model."""
    texts = (
        str(block.get("text", "")).partition(words)[2].lstrip().partition("\n\n")[0]
        for message in body.get("messages") or ()
        for block in message.get("content") or ()
        if isinstance(block, Mapping)
    )
    return tuple(dict.fromkeys(name for text in texts for name in _OFFERED.findall(text)))


def _agents(reading: Reading) -> dict[str, bool]:
    """The sub-agents of pages, and whether they name a model."""
    agents = (page for page in reading.pages if page.defines == "agent")
    return {page.called: page.model is not None for page in agents}


def _commands(reading: Reading) -> dict[str, bool]:
    """The commands and skills that name a model; one in a folder is called `folder:name`."""
    commands = (page for page in reading.pages if page.defines in ("command", "skill"))
    return {_command(page): True for page in commands if page.model}


def _command(page: Page) -> str:
    return page.name.replace("/", ":")


def _switches(
    reading: Reading, question: Question
) -> tuple[dict[str, object], tuple[LeftOut, ...]]:
    """The settings of this run alone, and what they keep out."""
    switches: dict[str, object] = {"disableAllHooks": True}
    left_out: list[LeftOut] = []
    if found := _foreign_helper(reading):
        switches[_HELPER] = key_helper(reading.machine, reading.profile.api_key_env)
        if found.whose != MANAGED:
            why = "it has a key of its own printed"
            left_out.append(LeftOut(f"{_HELPER} of {found.path}", why))
    for name in _HELPERS:
        for file in _own(reading):
            if file.tree.get(name):
                switches[name] = ""
                left_out.append(effects(name, file.path))
    if plugins := () if question.plugins else _plugins(reading):
        switches[_PLUGINS] = dict.fromkeys(plugins, False)
        why = "its agents and commands are those of code that is not run"
        left_out += [LeftOut(f"plugin {name}", why, decides=True) for name in plugins]
    return switches, tuple(left_out)


def _own(reading: Reading) -> list[ReadFile]:
    """The files that the settings of a run outrank."""
    return [file for file in reading.files if file.whose != MANAGED]


def _foreign_helper(reading: Reading) -> ReadFile | None:
    """The file whose key helper is in force, where that is not one of confgen's own."""
    ours = re.escape(key_helper(reading.machine, "NAME")).replace("NAME", r"\w+")
    for file in reversed(reading.files):
        helper = file.tree.get(_HELPER)
        if isinstance(helper, str):
            return None if helper == "" or re.fullmatch(ours, helper) else file
    return None


def _plugins(reading: Reading) -> tuple[str, ...]:
    """The plugins that some file turns on."""
    enabled = overlay(*(table(file.tree, _PLUGINS) for file in reading.files))
    return tuple(name for name, on in table(enabled).items() if on is not False)


def _changes(reading: Reading, question: Question) -> Iterator[Change]:
    """What no setting of a run outranks: the administrator's files."""
    for file in reading.files:
        if file.whose == MANAGED:
            plugins = () if question.plugins else (_PLUGINS,)
            decides = _asks_model(file.tree.get("hooks")) or bool(set(plugins) & set(file.tree))
            if change := without(file, ("hooks", _HELPER, *_HELPERS, *plugins), decides=decides):
                yield change
    for place in reading.there("servers"):
        if place.whose == MANAGED:
            yield hidden(place, "MCP servers")


def _fallbacks(reading: Reading) -> Iterator[LeftOut]:
    """Models for when the first is overloaded; the aliases are those of other runs."""
    known = {*reading.profile.models, *_ALIASES}
    for file in reading.files:
        found = file.tree.get(_FALLBACK)
        for name in found if isinstance(found, list | tuple) else (found,):
            if name and name not in known:
                why = "it is asked only where the first one is overloaded"
                yield LeftOut(f"{_FALLBACK} {name} of {file.path}", why, decides=True)


def _hooks(reading: Reading) -> Iterator[LeftOut]:
    for file in _own(reading):
        if found := file.tree.get("hooks"):
            yield effects("hooks", file.path, decides=_asks_model(found))
    for page in reading.pages:
        if field := page.fields.get(("hooks",)):
            # A hook of a page is a list, of which the text alone is told.
            names_model = re.search(r"\bmodel\b", field.text) is not None
            yield effects("hooks", page.path, decides=names_model)


def _asks_model(value: object) -> bool:
    """Whether a hook names the model that it asks; the others ask the small one, or none."""
    if isinstance(value, Mapping):
        return bool(value.get("model")) or any(map(_asks_model, value.values()))
    return isinstance(value, list | tuple) and any(map(_asks_model, value))


def _servers(reading: Reading) -> Iterator[LeftOut]:
    paths = [
        file.path
        for file in reading.files
        for tree in (file.tree, *tables(file.tree.get("projects")).values())
        if tree.get(_SERVERS)
    ]
    paths += [place.path for place in reading.there("servers") if place.whose != MANAGED]
    paths += [page.path for page in reading.pages if (_SERVERS,) in page.fields]
    yield from (effects("MCP servers", path) for path in dict.fromkeys(paths))
