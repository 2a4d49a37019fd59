"""All that the OpenHands CLI reads, as measured with 1.16.0 (SDK 1.21.0).

Its own settings, and the LLM profiles that others load by name; those are in the home folder
wherever the settings are. Of sub-agents of one name the strongest page counts. Only the folder that
it works in is looked at, none above it.
"""

from confgen.document import STRICT_JSON
from confgen.harnesses.footprint import Entry, Here, Home
from confgen.harnesses.front_matter import FrontMatter

OWN_FOLDER = "OPENHANDS_PERSISTENCE_DIR"
"""The variable that moves the folder of its settings."""
WORK_FOLDER = "OPENHANDS_WORK_DIR"
"""The variable that names the folder that it works in."""

SETTINGS = Home(variable=OWN_FOLDER, default=".openhands", reads_tilde=True)
PROFILES = Home(".openhands/profiles")
_HOME = Home(".openhands")
_AGENTS = Home(".agents")
_SCREEN = Home(variable="PERSISTENCE_DIR", default=".openhands")
_WORK = Here(".openhands", WORK_FOLDER)
_WORK_AGENTS = Here(".agents", WORK_FOLDER)

_OWN = ("agent_settings.json",)
_OURS = ("confgen.json",)
_PAGES = ("agents/*.[mM][dD]",)
_SKILLS = ("skills/**/*.[mM][dD]",)
_PAST = (
    "conversations", "sessions", "logs", "cache", "skills-cache", "history*", "bash_events", "tmp",
    "workspaces",
)  # fmt: skip

FRONT_MATTER = FrontMatter(opening=r"\s*-{3,}[ \t]*\r?\n", closing=r"^-{3,}\s*$", last_wins=True)

FOOTPRINT: tuple[Entry, ...] = (
    Entry("config", SETTINGS, "user", _OWN, STRICT_JSON, template="agent_settings", writes=_OWN),
    Entry("config", PROFILES, "user", ("*.json",), STRICT_JSON, template="profile", writes=_OURS),
    Entry("pages", _HOME, "user", _PAGES, defines="agent"),
    Entry("pages", _AGENTS, "user", _PAGES, defines="agent"),
    Entry("pages", _WORK, "project", _PAGES, defines="agent"),
    Entry("pages", _WORK_AGENTS, "project", _PAGES, defines="agent"),
    # Set variables win over it; one that moves the settings moves them all the same.
    Entry("environment", Here(), "project", (".env",)),
    Entry("servers", SETTINGS, "user", ("mcp.json",)),
    # Of these two the first that exists is the only one.
    Entry("hooks", _HOME, "user", ("hooks.json",)),
    Entry("hooks", _WORK, "project", ("hooks.json",)),
    Entry("login", SETTINGS, "user", ("cloud/*",)),
    Entry("login", _HOME, "user", ("auth/*",)),
    Entry("folder", SETTINGS, "user", past=_PAST, shared=("skills/installed",)),
    Entry("folder", _HOME, "user", past=_PAST, shared=("skills/installed",)),
    Entry("folder", _AGENTS, "user"),
    Entry("folder", _WORK, "project", past=_PAST),
    Entry("folder", _WORK_AGENTS, "project"),
    Entry("other", _SCREEN, "user", ("cli_config.json",)),
    Entry("other", _HOME, "user", (*_SKILLS, "microagents/**/*.md")),
    Entry("other", _AGENTS, "user", _SKILLS),
    Entry("other", _WORK, "project", (*_SKILLS, "microagents/**/*.md")),
    Entry("other", _WORK_AGENTS, "project", _SKILLS),
    Entry("other", Here("", WORK_FOLDER), "project", ("AGENTS.md", "CLAUDE.md", "GEMINI.md")),
    # Older versions read it, and people still write it.
    Entry("unread", Here(), "project", ("config.toml",)),
    Entry("unread", _HOME, "user", ("config.toml",)),
)
