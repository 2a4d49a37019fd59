"""All that OpenCode reads, as measured with 1.18.34.

Its config files are all merged. A child's `opencode.json` outranks its parent's; of `.opencode`
folders the parent's outranks the child's. Pages are stronger than any JSON. What
`$OPENCODE_CONFIG_CONTENT` holds comes just before the managed files.
"""

from confgen.document import JSONC
from confgen.harnesses.footprint import Around, Entry, Home, Named, System, Where
from confgen.harnesses.front_matter import FrontMatter

CONTENT = "OPENCODE_CONFIG_CONTENT"
"""The variable that holds a config itself."""

_OFF = "OPENCODE_DISABLE_PROJECT_CONFIG"
_USER = Home("opencode", "XDG_CONFIG_HOME", default=".config")
_PROJECT = Around(variable=_OFF)
_DOT = Around(".opencode", _OFF, farthest_wins=True)
_HOME = Home(".opencode", "OPENCODE_TEST_HOME")
_DIR = Named(variable="OPENCODE_CONFIG_DIR")
_DATA = Home("opencode", "XDG_DATA_HOME", default=".local/share")
_STATE = Home("opencode", "XDG_STATE_HOME", default=".local/state")
_CACHE = Home("opencode", "XDG_CACHE_HOME", default=".cache")
_MANAGED = System(
    variable="OPENCODE_TEST_MANAGED_CONFIG_DIR",
    linux="/etc/opencode",
    darwin="/Library/Application Support/opencode",
    win32="opencode",
    programs=("PROGRAMDATA", "C:\\ProgramData"),
)

_PAIR = ("opencode.json", "opencode.jsonc")
_AGENTS = ("agent/**/*.md", "agents/**/*.md")
_MODES = ("mode/*.md", "modes/*.md")
_COMMANDS = ("command/**/*.md", "commands/**/*.md")
_SKILLS = ("skill/**/SKILL.md", "skills/**/SKILL.md")
_PLUGINS = ("plugin/*.js", "plugin/*.ts", "plugins/*.js", "plugins/*.ts")
_TOOLS = ("tool/*.js", "tool/*.ts", "tools/*.js", "tools/*.ts")
_PAST = ("storage", "log", "snapshot", "project", "repos", "tool-output", "*.db*", "bin")
_INSTRUCTIONS = ("AGENTS.md", "CLAUDE.md", "CONTEXT.md")


def _written(where: Where, whose: str, names: tuple[str, ...] = _PAIR) -> Entry:
    """Config that confgen edits: the stronger file is the one to be written."""
    entry = Entry("config", where, whose, names, JSONC, template="opencode", merged=True)
    return entry._replace(writes=_PAIR[::-1])


def _beside(where: Where, whose: str) -> tuple[Entry, ...]:
    """What stands in each of its folders beside config, but not in the managed one.

    The members `plugin` of config files name more plugins.
    """
    return (
        Entry("pages", where, whose, _AGENTS, defines="agent"),
        Entry("pages", where, whose, _MODES, defines="mode"),
        Entry("pages", where, whose, _COMMANDS, defines="command"),
        Entry("code", where, whose, (*_PLUGINS, *_TOOLS)),
        Entry("other", where, whose, _SKILLS),
        Entry("folder", where, whose, shared=("bin", "node_modules")),
    )


# It takes any word after the dashes, and dashes before any.
FRONT_MATTER = FrontMatter(opening=r"\ufeff?---(?!-).*\n", open_ended=True, broken="colons")

FOOTPRINT: tuple[Entry, ...] = (
    # Config, the weakest first.
    _written(_USER, "user", ("config.json", *_PAIR)),
    Entry("config", Named(variable="OPENCODE_CONFIG"), "$OPENCODE_CONFIG", (), JSONC),
    _written(_PROJECT, "project"),
    Entry("config", _DOT, "project", _PAIR, JSONC),
    Entry("config", _HOME, "user", _PAIR, JSONC),
    Entry("config", _DIR, "$OPENCODE_CONFIG_DIR", _PAIR, JSONC),
    _written(_MANAGED, "managed"),
    *_beside(_USER, "user"),
    *_beside(_DOT, "project"),
    *_beside(_HOME, "user"),
    *_beside(_DIR, "$OPENCODE_CONFIG_DIR"),
    # What it knows of its user, and of its past.
    Entry("login", _DATA, "user", ("auth.json", "mcp-auth.json", "account.json")),
    Entry("folder", _DATA, "user", past=_PAST),
    Entry("folder", _STATE, "user", past=("prompt-history.jsonl", "frecency.jsonl", "locks")),
    Entry("folder", _CACHE, "user", past=("skills", "version"), shared=("bin", "packages")),
    Entry("folder", _MANAGED, "managed"),
    # What older versions wrote: it is made into config.json at the next start.
    Entry("other", _USER, "user", ("config",)),
    # What only speaks to the model.
    Entry("other", Named(variable="OPENCODE_TUI_CONFIG"), "$OPENCODE_TUI_CONFIG"),
    Entry("other", _PROJECT, "project", ("tui.json", "tui.jsonc", *_INSTRUCTIONS)),
    Entry("other", Home(".claude"), "user", ("CLAUDE.md", "skills/**/SKILL.md")),
    Entry("other", Home(".agents"), "user", ("skills/**/SKILL.md",)),
    Entry("other", Around(".claude", _OFF), "project", ("skills/**/SKILL.md",)),
    Entry("other", Around(".agents", _OFF), "project", ("skills/**/SKILL.md",)),
)
