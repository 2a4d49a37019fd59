"""Variables that have a say beside OpenCode's files."""

from confgen.harnesses.opencode import CONFIG_VARIABLES
from confgen.harnesses.rivals import Dotenv, Rival

_OUTRANKS = "what it brings outranks the files that confgen writes"

RIVALS = tuple(Rival(name, "info", _OUTRANKS) for name in CONFIG_VARIABLES)
DOTENV: Dotenv | None = None
