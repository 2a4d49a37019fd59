"""Starting the OpenHands CLI pinned, as measured with 1.16.0.

`OPENHANDS_PERSISTENCE_DIR` moves its settings, its MCP servers and its login at once; its
conversations have a variable of their own. What it reads below the home folder stays there: skills,
hooks, agents, LLM profiles.
"""

import json
from collections.abc import Sequence
from pathlib import PurePath

from confgen.errors import ConfgenError
from confgen.harnesses.launching import Launch, Link, PrivateFile
from confgen.harnesses.openhands.files import SETTINGS
from confgen.harnesses.reading import Reading

_SHARED = ("mcp.json", "cloud")
# Set and empty, so that no .env file of a project can set them: --override-with-envs obeys them.
_BLANK = ("LLM_API_KEY", "LLM_BASE_URL", "LLM_MODEL")

_PRICE = (
    "what else your own agent_settings.json says is not used, and what you save on OpenHands' "
    "settings screen is gone when it ends",
    "a sub-agent with an LLM profile of its own uses that, pinned or not",
)
_PRICE_OF_COPIES = "'openhands mcp add' changes a copy of mcp.json, which is gone when it ends"


def launch(reading: Reading, _credential: str, folder: PurePath) -> Launch:
    own = SETTINGS.within(reading.machine, reading.project)
    conversations = reading.machine.env.get("OPENHANDS_CONVERSATIONS_DIR")
    settings = json.dumps(reading.wanted["agent_settings"].tree(), ensure_ascii=False, indent=2)
    copies = reading.machine.platform == "win32"
    return Launch(
        environment={
            "OPENHANDS_PERSISTENCE_DIR": str(folder),
            "OPENHANDS_CONVERSATIONS_DIR": conversations or str(own / "conversations"),
            **dict.fromkeys(_BLANK, ""),
        },
        files=(PrivateFile(folder / "agent_settings.json", settings),),
        links=tuple(Link(folder / name, own / name) for name in _SHARED),
        price=(*_PRICE, _PRICE_OF_COPIES) if copies else _PRICE,
    )


def shell(_view: Reading, _credential: str) -> Launch:
    raise ConfgenError(
        "an environment cannot pin OpenHands: it takes its pin from agent_settings.json alone",
        where="openhands",
        hint="use 'confgen run openhands', which prepares a folder for it, or 'confgen apply'",
    )


def check_arguments(_arguments: Sequence[str]) -> None:
    """None of its arguments takes the pin away, with the variables that the launch blanks."""
