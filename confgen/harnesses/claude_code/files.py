"""All that Claude Code reads, as measured with 2.1.332.

Of its own memory, the first two, only `env` counts, and only the older one's where it is there. A
project's `settings.json` is that of the current folder alone; its `settings.local.json` may also be
that of the project's root, which then outranks it. Pages come from the user's folder, and from
every one between the project's root and here, of which the nearest wins.
"""

from confgen.document import Dialect
from confgen.harnesses.footprint import Around, Entry, Here, Home, Root, System
from confgen.harnesses.front_matter import FrontMatter

# A comment or a trailing comma makes it skip the whole file, in `-p` without a word.
DIALECT = Dialect(comments=False, trailing_commas=False, bom=True)

OWN_FOLDER = "CLAUDE_CONFIG_DIR"

_USER = Home(variable=OWN_FOLDER, default=".claude")
# The memory moves with the settings, but by default lies beside their folder, not in it.
_MEMORY = Home(variable=OWN_FOLDER)
_HERE = Here(".claude")
_AROUND = Around(".claude")
_MANAGED = System(
    linux="/etc/claude-code",
    darwin="/Library/Application Support/ClaudeCode",
    win32="C:\\Program Files\\ClaudeCode",
)

_AGENTS = ("agents/**/*.md",)
_COMMANDS = ("commands/**/*.md",)
_SKILLS = ("skills/*/SKILL.md",)
_SETTINGS = ("settings.json",)
_TEAM = ("managed-settings.json", "managed-settings.d/[!.]*.json")
_LOCAL = ("settings.local.json",)

_PAST = (
    "projects", "history.jsonl", "shell-snapshots", "todos", "tasks", "statsig", "telemetry",
    "file-history", "debug", "cache", "backups", "session-env", "sessions", "paste-cache",
    "image-cache", "jobs", "traces", "dump-prompts", "startup-perf", "feedback*", "usage-data",
    "uploads", "daemon*", "mcp-discovery-cache", "stats-cache.json", "ide", "plans", "pty*",
    "child-logs", "logs", ".last-cleanup", ".claude.json.backup*",
)  # fmt: skip

_SHARED = ("local", "plugins/cache", "plugins/marketplaces", "downloads")

FRONT_MATTER = FrontMatter(opening=r"\ufeff?---[ \t]*\r?\n", last_wins=True, broken="odd")

FOOTPRINT: tuple[Entry, ...] = (
    Entry("config", _MEMORY, "state", (".claude.json",), DIALECT),
    Entry("config", _USER, "state", (".config.json",), DIALECT),
    Entry("config", _USER, "user", _SETTINGS, DIALECT, template="settings", writes=_SETTINGS),
    Entry("config", _HERE, "project", _SETTINGS, DIALECT, template="settings", writes=_SETTINGS),
    Entry("config", _HERE, "local", _LOCAL, DIALECT),
    Entry("config", Root(".claude"), "local", _LOCAL, DIALECT),
    Entry("config", _MANAGED, "managed", _TEAM, DIALECT, template="settings", writes=_TEAM[:1]),
    Entry("pages", _USER, "user", _AGENTS, defines="agent"),
    Entry("pages", _USER, "user", _COMMANDS, defines="command"),
    Entry("pages", _USER, "user", _SKILLS, defines="skill"),
    Entry("pages", _AROUND, "project", _AGENTS, defines="agent"),
    Entry("pages", _AROUND, "project", _COMMANDS, defines="command"),
    Entry("pages", _AROUND, "project", _SKILLS, defines="skill"),
    # Its plugins bring agents, commands, hooks and servers; `enabledPlugins` says which.
    Entry("code", _USER, "user", ("plugins/installed_plugins.json",)),
    Entry("servers", Around(), "project", (".mcp.json",)),
    Entry("servers", _MANAGED, "managed", ("managed-mcp.json",)),
    Entry("login", _USER, "user", (".credentials.json",)),
    Entry("folder", _USER, "user", past=_PAST, shared=_SHARED),
    Entry("folder", _AROUND, "project", past=("worktrees", "checkpoints", "debug")),
    Entry("folder", _MANAGED, "managed"),
    Entry("other", _USER, "user", ("CLAUDE.md", "rules/**/*.md", "output-styles/*.md")),
    Entry("other", Around(), "project", ("CLAUDE.md", "CLAUDE.local.md", "AGENTS.md")),
    Entry("other", _MANAGED, "managed", ("CLAUDE.md",)),
)
