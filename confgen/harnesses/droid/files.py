"""All that Droid reads, as measured with 0.225.2.

Custom models of one id outrank each other as their files do: the nearest folder's, then the managed
ones. The default model of a managed file counts only where nobody else names one. In a folder,
`settings.json` outranks the legacy `config.json`, and what `settings.local.json` has at its top
replaces the same in `settings.json`.
"""

from confgen.document import Dialect
from confgen.harnesses.footprint import Around, Entry, Home, Named, System
from confgen.harnesses.front_matter import FrontMatter

# A trailing comma or a byte order mark drops the whole file without a word.
DIALECT = Dialect(comments=True, trailing_commas=False, bom=False)

POLICY = "FACTORY_ORG_MANAGED_SETTINGS_LOCAL_PATH"
"""The variable that names an organisation's settings."""
RUNTIME = "FACTORY_RUNTIME_SETTINGS_PATH"
"""The variable that names what `--settings` names: it is read where that is not given."""
OWN_HOME = "FACTORY_HOME_OVERRIDE"
"""The variable that stands for the home folder."""

USER_FOLDER = Home(".factory", OWN_HOME)
# The user's own is a place of its own; without version control the current folder alone counts.
_PROJECT = Around(".factory", only_in_checkout=True, without_home=True)
_MANAGED = System(
    linux="/etc/factory",
    darwin="/Library/Application Support/Factory",
    win32="C:\\Program Files\\Factory",
)

_SETTINGS = ("config.json", "settings.json", "settings.local.json")
_WRITTEN = ("settings.json",)
_COMMANDS = ("commands/**/*.md",)
_SKILLS = ("skills/**/SKILL.md",)

_PAST = (
    "sessions", "sessions-index.json", "logs", "cache", "history.json", "artifacts",
    "snapshots", "missions", "missionsV2", "repl-runs", "specs", "temp", "telemetry", "updates",
    "crons", "automations", "software-factory", "worktree-setups", "generated-images",
    "mermaid", "background-processes.json",
)  # fmt: skip
_SHARED = ("bin", "plugins/cache", "plugins/marketplaces")

FRONT_MATTER = FrontMatter(opening=r"---\r?\n", broken="lines")

FOOTPRINT: tuple[Entry, ...] = (
    Entry("config", USER_FOLDER, "user", _SETTINGS, DIALECT, template="settings", writes=_WRITTEN),
    Entry("config", _PROJECT, "project", _SETTINGS, DIALECT, template="settings", writes=_WRITTEN),
    Entry("config", Named(variable=RUNTIME), f"${RUNTIME}", (), DIALECT),
    Entry("config", Named(variable=POLICY), "managed", (), DIALECT),
    Entry("config", _MANAGED, "managed", _WRITTEN, DIALECT, template="settings", writes=_WRITTEN),
    Entry("pages", USER_FOLDER, "user", ("droids/*.md",), defines="agent"),
    Entry("pages", _PROJECT, "project", ("droids/*.md",), defines="agent"),
    Entry("pages", USER_FOLDER, "user", _COMMANDS, defines="command"),
    Entry("pages", _PROJECT, "project", _COMMANDS, defines="command"),
    Entry("pages", USER_FOLDER, "user", _SKILLS, defines="skill"),
    Entry("pages", _PROJECT, "project", _SKILLS, defines="skill"),
    # Its plugins bring droids, commands, hooks and servers; `enabledPlugins` says which.
    Entry("code", USER_FOLDER, "user", ("plugins/installed_plugins.json",)),
    Entry("servers", USER_FOLDER, "user", ("mcp.json",)),
    Entry("servers", _PROJECT, "project", ("mcp.json",)),
    Entry("hooks", USER_FOLDER, "user", ("hooks.json", "hooks/hooks.json")),
    Entry("hooks", _PROJECT, "project", ("hooks.json", "hooks/hooks.json")),
    Entry("login", USER_FOLDER, "user", ("auth.*",)),
    Entry("folder", USER_FOLDER, "user", past=_PAST, shared=_SHARED),
    Entry("folder", _PROJECT, "project", past=("artifacts", "docs", "logs")),
    Entry("folder", _MANAGED, "managed"),
    Entry("other", USER_FOLDER, "user", ("AGENTS.md", "output-styles/*.md", "rules/**/*.md")),
    Entry("other", Around(), "project", ("AGENTS.md", "CLAUDE.md")),
    Entry("other", Home(".agents"), "user", ("skills/**/SKILL.md",)),
    Entry("other", Around(".agents"), "project", ("skills/**/SKILL.md",)),
)
