"""Variables that OpenHands ignores, or takes for other things than their names say."""

from collections.abc import Iterator
from pathlib import PurePath

from confgen.finding import Found
from confgen.harnesses.openhands import OWN_FOLDER, settings_folder
from confgen.harnesses.openhands.layers import UNREAD
from confgen.harnesses.openhands.llms import own_llms
from confgen.harnesses.view import View

_RECIPES = ("LLM_LITELLM_EXTRA_BODY", "LLM_EXTRA_BODY", "LLM_COMPLETION_KWARGS")
_CLI_FOLDER = "PERSISTENCE_DIR"


def env_recipe(view: View) -> Iterator[Found]:
    for name in _RECIPES:
        if view.machine.env.get(name):
            yield Found(
                "warning",
                f"OpenHands ignores {name}, whatever old guides say: it pins nothing",
                f"${name}",
                f"unset {name}",
            )


def env_override(view: View) -> Iterator[Found]:
    """The pin of the file is kept, and goes with another model, or to another address."""
    agent = next((llm for llm in own_llms(view) if llm.keys == ("llm",)), None)
    env = view.machine.env
    if agent is None:
        return
    meant = {"LLM_MODEL": agent.model, "LLM_BASE_URL": agent.base_url}
    for name, value in meant.items():
        if (given := env.get(name)) and given.rstrip("/") != value.rstrip("/"):
            yield Found(
                "warning",
                f"with --override-with-envs {name} wins, and gets a pin that was not meant for it",
                f"${name}",
                f"unset {name}",
            )
    if env.get("LLM_API_KEY") and view.route == "shim":
        yield Found(
            "warning",
            "with --override-with-envs it goes to the shim in the place of its token: refused",
            "$LLM_API_KEY",
            "unset LLM_API_KEY",
        )


def config_toml(view: View) -> Iterator[Found]:
    for path, page in view.pages.items():
        if path.name == UNREAD and (line := _llm_section(page)):
            yield Found(
                "info",
                "OpenHands no longer reads config.toml: what it says of the LLM has no effect",
                f"{path}:{line}:1",
                f"look into {settings_folder(view.machine) / 'agent_settings.json'} instead",
            )


def two_folders(view: View) -> Iterator[Found]:
    env = view.machine.env
    own = env.get(OWN_FOLDER)
    if own == "":
        yield Found(
            "error",
            f"{OWN_FOLDER} is set and empty: OpenHands then looks in the current folder alone",
            f"${OWN_FOLDER}",
            f"unset {OWN_FOLDER}",
        )
    elif own and not _is_fixed(own, view):
        yield Found(
            "warning",
            f"{OWN_FOLDER} is relative: OpenHands reads another file wherever it is started",
            f"${OWN_FOLDER}",
            f'export {OWN_FOLDER}="{settings_folder(view.machine)}"',
        )
    other = env.get(_CLI_FOLDER)
    if other and view.machine.path(other) != settings_folder(view.machine):
        yield Found(
            "info",
            f"{_CLI_FOLDER} moves OpenHands' cli_config.json alone, not its agent_settings.json",
            f"${_CLI_FOLDER}",
            f"unset {_CLI_FOLDER}",
        )


def _is_fixed(folder: str, view: View) -> bool:
    path: PurePath = type(view.machine.home)(folder)
    return path.is_absolute() or path.parts[:1] == ("~",)


def _llm_section(page: str) -> int | None:
    """The line, from 1, of the first table that an LLM's settings stand in."""
    lines = enumerate(page.splitlines(), start=1)
    return next((at for at, line in lines if line.strip().startswith(("[llm]", "[llm."))), None)
