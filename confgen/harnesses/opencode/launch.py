"""Starting OpenCode pinned: one environment variable, as measured with 1.18.33.

`OPENCODE_CONFIG_CONTENT` is merged over every file of the user's, and objects deeply: an `only`
that stands in a file for our model would survive beside our `order`, under another name for the
same model too. So the pinned models come with a provider of their own, which no file knows, and no
other provider is enabled: what names another model fails instead of going out unpinned.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import PurePath

from confgen.document import JSONC, JsonValue, open_json
from confgen.errors import ConfgenError, UsageError
from confgen.harnesses.launching import (
    Launch,
    check_outranked,
    given,
    layered,
    table,
    values_of,
)
from confgen.harnesses.view import Layer, LayerFile, View
from confgen.settings.profile import DEFAULT_UPSTREAM

PROVIDER = "confgen"
VARIABLE = "OPENCODE_CONFIG_CONTENT"

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
_FOLDERS = ("agent", "agents", "mode", "modes")
_FRONT_MATTER = re.compile(r"\s*---\r?\n(.*?)\r?\n---", re.DOTALL)
_NAMES_PROVIDER = re.compile(r"""(?:^|[\s{,"'])provider["']?\s*:""", re.MULTILINE)


def launch(view: View, credential: str, _folder: PurePath) -> Launch:
    return shell(view, credential)


def shell(view: View, credential: str) -> Launch:
    inherited = _inherited(view)
    files = (*view.files, *inherited)
    if view.route == "native":
        _check_agents(files, view.pages)
    content = _content(view, files, credential)
    check_outranked(view, content)
    merged: JsonValue = content
    for file in inherited:
        merged = layered(values_of(file), content)
    return Launch(
        environment={VARIABLE: json.dumps(merged, separators=(",", ":"))},
        price=_PRICE,
    )


def check_arguments(arguments: Sequence[str]) -> None:
    """An OpenCode server that runs already has the configuration that it was started with."""
    if arguments[:1] == ("attach",) or given(arguments, "--attach"):
        raise UsageError(
            "OpenCode would send nothing itself, but the server that it attaches to",
            where="attach",
            hint="start that server pinned: confgen run opencode -- serve",
        )


def _inherited(view: View) -> tuple[LayerFile, ...]:
    """What the user already has in the variable. Raises DocumentError where that is not JSON."""
    text = view.machine.env.get(VARIABLE)
    if not text:
        return ()
    name = f"${VARIABLE}"
    layer = Layer(PurePath(name), JSONC, name)
    return (LayerFile(layer, open_json(text, JSONC, name=name)),)


def _content(view: View, files: Sequence[LayerFile], credential: str) -> dict[str, JsonValue]:
    tree = view.wanted["opencode"].tree()
    own = table(tree, "provider", "openrouter")
    options = {
        "baseURL": f"{DEFAULT_UPSTREAM}/v1",
        "headers": _HEADERS,
        **table(own, "options"),
        "apiKey": f"{{env:{credential}}}",
    }
    models = {
        slug: {**_CAPABLE, **model}
        for slug, model in table(own, "models").items()
        if isinstance(model, Mapping)
    }
    main, small = f"{PROVIDER}/{view.profile.model}", f"{PROVIDER}/{view.profile.small_model}"
    modes = dict.fromkeys(name for file in files for name in table(values_of(file), "mode"))
    agents = dict.fromkeys([*_AGENTS, *_agents(files, view.pages)])
    return {
        **tree,
        "model": main,
        "small_model": small,
        "enabled_providers": [PROVIDER],
        "disabled_providers": [],
        "provider": {
            PROVIDER: {
                "name": f"OpenRouter, pinned by confgen ({view.profile.name})",
                "npm": "@openrouter/ai-sdk-provider",
                "options": options,
                "models": models,
            }
        },
        # An agent's own model would outrank ours, and a resumed session's too.
        "agent": {name: {"model": small if name == "title" else main} for name in agents},
        **({"mode": {name: {"model": main} for name in modes}} if modes else {}),
    }


def _agents(files: Sequence[LayerFile], pages: Mapping[PurePath, str]) -> Iterator[str]:
    for file in files:
        yield from table(values_of(file), "agent")
    for path in pages:
        # Below the last such folder the path is the name: `agent/team/reviewer.md`.
        at = [i for i, part in enumerate(path.parts[:-1]) if part in _FOLDERS]
        if at:
            yield "/".join((*path.parts[at[-1] + 1 : -1], path.stem))


def _check_agents(files: Sequence[LayerFile], pages: Mapping[PurePath, str]) -> None:
    """Raise ConfgenError where an agent has provider preferences: they are merged into the pin.

    What is merged cannot be taken out from outside; only nulls could be laid over it.
    """
    for file in files:
        for section in ("agent", "mode"):
            for name, agent in table(values_of(file), section).items():
                for keys in (("provider",), ("options", "provider")):
                    if keys[-1] in table(agent, *keys[:-1]):
                        raise _adds_to_the_pin(name, file.place(section, name, *keys))
    for path, text in pages.items():
        front = _FRONT_MATTER.match(text)
        if front and _NAMES_PROVIDER.search(front[1]):
            raise _adds_to_the_pin(path.stem, str(path))


def _adds_to_the_pin(name: str, where: str) -> ConfgenError:
    return ConfgenError(
        f"the agent '{name}' has provider preferences of its own, which would add to the pin",
        where=where,
        hint="take them out, or use --route shim, which pins whatever is asked for",
    )
