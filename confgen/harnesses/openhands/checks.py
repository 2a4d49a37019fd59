"""The ways in which OpenHands loses the pin: the table, and all but a corrupted file.

What LLMs send was seen on the wire of OpenHands 1.16.0.
"""

import re
from collections.abc import Iterator
from itertools import islice
from pathlib import PurePath

from confgen.finding import Found, Level
from confgen.harnesses.checks import PinCheck
from confgen.harnesses.openhands.corrupted import fallback_to_default
from confgen.harnesses.openhands.files import OWN_FOLDER, SETTINGS
from confgen.harnesses.openhands.llms import (
    BODY,
    PREFIX,
    Use,
    fallbacks,
    llms,
    own_llms,
    profiles,
    sub_agents,
)
from confgen.harnesses.pins import as_member, goes_upstream, misplaced, stray_pins
from confgen.harnesses.reading import Reading

# What `should_set_litellm_extra_body` of the client looks for.
_OPENHANDS_PROXY = re.compile(r"https?://llm-proxy\.[^.]+\.all-hands\.dev(?:/|$)")
_APPLY = "confgen apply openhands"
_RECIPES = ("LLM_LITELLM_EXTRA_BODY", "LLM_EXTRA_BODY", "LLM_COMPLETION_KWARGS")
_CLI_FOLDER = "PERSISTENCE_DIR"
_LLM_TABLES = ("[llm]", "[llm.")


def condenser(reading: Reading) -> Iterator[Found]:
    for llm in (llm for llm in own_llms(reading) if llm.keys == ("condenser", "llm")):
        if llm.leaks(reading):
            words = "the condenser has an LLM of its own, and its requests carry no pin"
            yield Found("error", words, llm.place(), _APPLY)
        elif llm.pin is not None and llm.model.removeprefix(PREFIX) not in reading.profile.models:
            words = f"the condenser asks for '{llm.model}', with a pin that may not fit it"
            yield Found("warning", words, llm.place("model"), _APPLY)


def misspelt(reading: Reading) -> Iterator[Found]:
    """The pin of an LLM elsewhere in its file: within it, or right above it."""
    for llm in (llm for llm in llms(reading) if llm.leaks(reading)):
        for keys in stray_pins(llm.file.tree):
            if not llm.keys or (keys[0] == "condenser") == (llm.keys[0] == "condenser"):
                yield misplaced("OpenHands", llm.file, (), keys, as_member(BODY, reading.profile))


def model_name(reading: Reading) -> Iterator[Found]:
    words = f"OpenHands overwrites {BODY} for its own models at every start: the pin is lost"
    fix = f"choose a model that OpenRouter serves, and run '{_APPLY}'"
    for llm in (llm for llm in own_llms(reading) if llm.pin is not None):
        if "openhands/" in llm.model:
            yield Found("error", words, llm.place("model"), fix)
        elif _OPENHANDS_PROXY.match(llm.base_url):
            yield Found("error", words, llm.place("base_url"), fix)


def sub_agent(reading: Reading) -> Iterator[Found]:
    for use in sub_agents(reading):
        yield from _judge(reading, use, "this sub-agent", "model: confgen")


def fallback_strategy(reading: Reading) -> Iterator[Found]:
    for use in fallbacks(reading):
        yield from _judge(reading, use, "a failed request", '"fallback_llms": ["confgen"]')


def _judge(reading: Reading, use: Use, who: str, fix: str) -> Iterator[Found]:
    llm = profiles(reading).get(use.profile)
    goes = f"{who} goes to the profile '{use.profile}', which"
    if use.is_elsewhere:
        words = f"{who} takes '{use.profile}' from a folder that confgen does not write to"
        yield Found("warning", words, use.where, "take profile_store_dir out")
    elif llm is None:
        yield Found("warning", f"{goes} is not there or broken", use.where, fix)
    elif llm.leaks(reading):
        yield Found("error", f"{goes} has no pin", use.where, fix)


def profile(reading: Reading) -> Iterator[Found]:
    # Where something names one, that place is told of.
    named = {use.profile for use in (*sub_agents(reading), *fallbacks(reading))}
    for name, llm in profiles(reading).items():
        if name not in named and llm.leaks(reading):
            words = f"the profile '{name}' has no pin: a sub-agent that names it would go unpinned"
            yield Found("info", words, llm.place(), as_member(BODY, reading.profile))


def prefix(reading: Reading) -> Iterator[Found]:
    for llm in llms(reading):
        if llm.model in reading.profile.models:
            vendor = llm.model.split("/")[0]
            words = f"litellm knows no provider '{vendor}', and sends nothing"
            yield Found("error", words, llm.place("model"), f'"model": "{PREFIX}{llm.model}"')
        bare = llm.base_url.rstrip("/").removesuffix("/chat/completions")
        own_root = llm.model.startswith("litellm_proxy/")
        if goes_upstream(bare, reading.profile) and not bare.endswith("/v1") and not own_root:
            words = "the API of the upstream is below /v1"
            yield Found("error", words, llm.place("base_url"), _right_address(reading))


def api_base(reading: Reading) -> Iterator[Found]:
    words = "this LLM has no base_url, so OPENROUTER_API_BASE takes its requests and the key"
    base = reading.machine.env.get("OPENROUTER_API_BASE", "")
    taken_away = base and not goes_upstream(base, reading.profile)
    for llm in llms(reading) if taken_away else ():
        if llm.model.startswith(PREFIX) and not llm.base_url:
            yield Found("error", words, llm.place(), _right_address(reading))


def _right_address(reading: Reading) -> str:
    return f'"base_url": "{reading.profile.upstream}/v1"'


def env_recipe(reading: Reading) -> Iterator[Found]:
    for name in filter(reading.machine.env.get, _RECIPES):
        words = f"OpenHands ignores {name}, whatever old guides say: it pins nothing"
        yield _variable("warning", name, words)


def env_override(reading: Reading) -> Iterator[Found]:
    """The pin of the file is kept, and goes with another model, or to another address."""
    env = reading.machine.env
    for llm in (llm for llm in own_llms(reading) if llm.keys == ("llm",)):
        for name, value in (("LLM_MODEL", llm.model), ("LLM_BASE_URL", llm.base_url)):
            if (given := env.get(name)) and given.rstrip("/") != value.rstrip("/"):
                then = f"{name} wins, and gets a pin that was not meant for it"
                yield _variable("warning", name, f"with --override-with-envs {then}")
        if env.get("LLM_API_KEY") and reading.route == "shim":
            then = "it goes to the shim in the place of its token: refused"
            yield _variable("warning", "LLM_API_KEY", f"with --override-with-envs {then}")


def two_folders(reading: Reading) -> Iterator[Found]:
    folder = SETTINGS.within(reading.machine, reading.project)
    own, other = map(reading.machine.env.get, (OWN_FOLDER, _CLI_FOLDER))
    if own == "":
        words = f"{OWN_FOLDER} is set and empty: OpenHands then looks in the current folder alone"
        yield _variable("error", OWN_FOLDER, words)
    elif own and not _is_fixed(type(folder)(own)):
        words = f"{OWN_FOLDER} is relative: OpenHands reads another file wherever it is started"
        yield _variable("warning", OWN_FOLDER, words, f'export {OWN_FOLDER}="{folder}"')
    if other and reading.machine.path(other) != folder:
        words = f"{_CLI_FOLDER} moves OpenHands' cli_config.json alone, not its agent_settings.json"
        yield _variable("info", _CLI_FOLDER, words)


def _is_fixed(folder: PurePath) -> bool:
    return folder.is_absolute() or folder.parts[:1] == ("~",)


def _variable(level: Level, name: str, words: str, fix: str = "") -> Found:
    return Found(level, words, f"${name}", fix or f"unset {name}")


def config_toml(reading: Reading) -> Iterator[Found]:
    """It tells of the first table in it that an LLM's settings stand in."""
    words = "OpenHands no longer reads config.toml: what it says of the LLM has no effect"
    settings = SETTINGS.within(reading.machine, reading.project) / "agent_settings.json"
    for page in reading.pages:
        lines = page.text.splitlines() if page.at.kind == "unread" else ()
        tables = (at for at, line in enumerate(lines) if line.strip().startswith(_LLM_TABLES))
        for at in islice(tables, 1):
            yield Found("info", words, f"{page.path}:{at + 1}:1", f"look into {settings} instead")


CHECKS: tuple[PinCheck, ...] = (
    PinCheck("openhands.condenser", "a condenser whose own LLM lacks the pin", condenser),
    PinCheck("openhands.misspelt", "a pin under a key that OpenHands ignores", misspelt),
    PinCheck(
        "openhands.fallback-to-default",
        "a file that OpenHands drops for a default without a pin",
        fallback_to_default,
    ),
    PinCheck("openhands.model-name", "models for which OpenHands overwrites the pin", model_name),
    PinCheck("openhands.sub-agent", "sub-agents with a profile that lacks the pin", sub_agent),
    PinCheck("openhands.fallback-strategy", "fallbacks that lack the pin", fallback_strategy),
    PinCheck("openhands.profile", "other LLM profiles that lack the pin", profile),
    PinCheck("openhands.prefix", "models and addresses that litellm takes elsewhere", prefix),
    PinCheck("openhands.api-base", "OPENROUTER_API_BASE for an LLM without an address", api_base),
    PinCheck("openhands.env-recipe", "variables of old guides, which pin nothing", env_recipe),
    PinCheck("openhands.env-override", "LLM_* variables that differ from the file", env_override),
    PinCheck("openhands.two-folders", "variables that move OpenHands' files", two_folders),
    PinCheck("openhands.config-toml", "a config.toml, which OpenHands does not read", config_toml),
)
