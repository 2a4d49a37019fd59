"""Starting OpenCode pinned: one environment variable, as measured with 1.18.34.

`OPENCODE_CONFIG_CONTENT` is merged over every file of the user's, and objects deeply: an `only`
that stands in a file for our model would survive beside our `order`, under another name for the
same model too. So the pinned models come with a provider of their own, which no file knows, and no
other provider is enabled: what names another model fails instead of going out unpinned.
"""

import json
from collections.abc import Sequence
from pathlib import PurePath

from confgen.document import JsonValue
from confgen.errors import ConfgenError, UsageError
from confgen.harnesses.effective import Source, overlay, source_of, source_of_page
from confgen.harnesses.kept_out import tables
from confgen.harnesses.launching import Launch, check_outranked, given
from confgen.harnesses.opencode.effective import content
from confgen.harnesses.opencode.files import CONTENT as VARIABLE
from confgen.harnesses.pins import table
from confgen.harnesses.reading import Reading
from confgen.settings.profile import DEFAULT_UPSTREAM

PROVIDER = "confgen"

_PRICE = (
    f"OpenCode knows the pinned models alone, under the provider '{PROVIDER}': a command, '-m' or "
    "a session that asks for another one fails, and no agent keeps a model of its own",
    "it does not know what these models cost",
    "a session that is continued without confgen has to be told a model with '-m'",
)
# What its catalog would say of OpenRouter's models; a model that lacks it loses nothing.
_CAPABLE = {"reasoning": True, "temperature": True, "tool_call": True}
# What it sends to OpenRouter by itself, but not to a provider that it does not know.
_HEADERS = {"HTTP-Referer": "https://opencode.ai/", "X-Title": "opencode"}
_AGENTS = ("build", "plan")
_WITHOUT = "take them out, or use --route shim, which pins whatever is asked for"


def launch(reading: Reading, credential: str, _folder: PurePath) -> Launch:
    return shell(reading, credential)


def shell(reading: Reading, credential: str) -> Launch:
    own = content(reading)
    if own and own.fault:
        raise own.fault
    files = (*reading.files, *([own] if own else []))
    sources = (*map(source_of, files), *map(source_of_page, reading.pages))
    if reading.route == "native":
        _check_agents(sources)
    pinned = _content(reading, sources, credential)
    check_outranked(reading, pinned)
    merged = overlay(own.tree if own else {}, pinned)
    text = json.dumps(merged, separators=(",", ":"))
    return Launch(environment={VARIABLE: text}, price=_PRICE)


def check_arguments(arguments: Sequence[str]) -> None:
    """An OpenCode server that runs already has the configuration that it was started with."""
    if arguments[:1] == ("attach",) or given(arguments, "--attach"):
        raise UsageError(
            "OpenCode would send nothing itself, but the server that it attaches to",
            where="attach",
            hint="start that server pinned: confgen run opencode -- serve",
        )


def _content(reading: Reading, sources: Sequence[Source], credential: str) -> dict[str, JsonValue]:
    tree = reading.wanted["opencode"].tree()
    own = table(tree, "provider", "openrouter")
    options = {
        "baseURL": f"{DEFAULT_UPSTREAM}/v1",
        "headers": _HEADERS,
        **table(own, "options"),
        "apiKey": f"{{env:{credential}}}",
    }
    models = {slug: {**_CAPABLE, **model} for slug, model in tables(own.get("models")).items()}
    main, small = f"{PROVIDER}/{reading.profile.model}", f"{PROVIDER}/{reading.profile.small_model}"
    agents, modes = (
        dict.fromkeys(name for source in sources for name in table(source.tree, kind))
        for kind in ("agent", "mode")
    )
    return {
        **tree,
        "model": main,
        "small_model": small,
        "enabled_providers": [PROVIDER],
        "disabled_providers": [],
        "provider": {
            PROVIDER: {
                "name": f"OpenRouter, pinned by confgen ({reading.profile.name})",
                "npm": "@openrouter/ai-sdk-provider",
                "options": options,
                "models": models,
            }
        },
        # An agent's own model would outrank ours, and a resumed session's too.
        "agent": {
            name: {"model": small if name == "title" else main} for name in (*_AGENTS, *agents)
        },
        **({"mode": {name: {"model": main} for name in modes}} if modes else {}),
    }


def _check_agents(sources: Sequence[Source]) -> None:
    """Raise ConfgenError where an agent has provider preferences: they are merged into the pin.

    What is merged cannot be taken out from outside; only nulls could be laid over it.
    """
    for source in sources:
        for kind in ("agent", "mode"):
            for name, agent in tables(source.tree.get(kind)).items():
                for keys in (("provider",), ("options", "provider")):
                    if keys[-1] in table(agent, *keys[:-1]):
                        words = "has provider preferences of its own, which would add to the pin"
                        raise ConfgenError(
                            f"the agent '{name}' {words}",
                            where=source.place(kind, name, *keys),
                            hint=_WITHOUT,
                        )
