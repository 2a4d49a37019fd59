"""LLMs that send without the pin: for what stands in them, or for where they are named.

All of it was seen on the wire of OpenHands 1.16.0.
"""

import json
import re
from collections.abc import Iterator

from confgen.finding import Found
from confgen.harnesses.openhands.llms import (
    BODY,
    PREFIX,
    Llm,
    Use,
    fallbacks,
    llms,
    own_llms,
    profiles,
    sub_agents,
)
from confgen.harnesses.pins import goes_upstream, stray_pins
from confgen.harnesses.view import View

# What `should_set_litellm_extra_body` of the client looks for.
_OPENHANDS_PROXY = re.compile(r"https?://llm-proxy\.[^.]+\.all-hands\.dev(?:/|$)")
_APPLY = "confgen apply openhands"


def condenser(view: View) -> Iterator[Found]:
    for llm in own_llms(view):
        if llm.keys != ("condenser", "llm"):
            continue
        if llm.leaks(view):
            yield Found(
                "error",
                "the condenser has an LLM of its own, and its requests carry no pin",
                llm.place(),
                _APPLY,
            )
        elif llm.pin is not None and llm.model.removeprefix(PREFIX) not in view.profile.models:
            yield Found(
                "warning",
                f"the condenser asks for '{llm.model}', with a pin that may not fit it",
                llm.place("model"),
                _APPLY,
            )


def misspelt(view: View) -> Iterator[Found]:
    for llm in llms(view):
        if llm.leaks(view):
            for keys in _stray(llm):
                yield Found(
                    "error",
                    f"{'.'.join(keys)} is not where OpenHands looks: its requests carry no pin",
                    llm.file.place(*keys),
                    _mend(view),
                )


def profile(view: View) -> Iterator[Found]:
    named = {use.profile for use in (*sub_agents(view), *fallbacks(view))}
    for name, llm in profiles(view).items():
        # Where something names it, that place is told of.
        if name not in named and llm.leaks(view):
            yield Found(
                "info",
                f"the profile '{name}' has no pin: a sub-agent that names it would go unpinned",
                llm.place(),
                _mend(view),
            )


def sub_agent(view: View) -> Iterator[Found]:
    for use in sub_agents(view):
        yield from _judge(view, use, "this sub-agent", "model: confgen")


def fallback_strategy(view: View) -> Iterator[Found]:
    for use in fallbacks(view):
        yield from _judge(view, use, "a failed request", '"fallback_llms": ["confgen"]')


def model_name(view: View) -> Iterator[Found]:
    for llm in own_llms(view):
        by_name = "openhands/" in llm.model
        if llm.pin is not None and (by_name or _OPENHANDS_PROXY.match(llm.base_url)):
            yield Found(
                "error",
                f"OpenHands overwrites {BODY} for its own models at every start: the pin is lost",
                llm.place("model" if by_name else "base_url"),
                "choose a model that OpenRouter serves, and run 'confgen apply openhands'",
            )


def prefix(view: View) -> Iterator[Found]:
    for llm in llms(view):
        if llm.model in view.profile.models:
            yield Found(
                "error",
                f"litellm knows no provider '{llm.model.split('/')[0]}', and sends nothing",
                llm.place("model"),
                f'"model": "{PREFIX}{llm.model}"',
            )
        bare = llm.base_url.rstrip("/").removesuffix("/chat/completions")
        own_root = llm.model.startswith("litellm_proxy/")
        if goes_upstream(bare, view.profile) and not bare.endswith("/v1") and not own_root:
            yield Found(
                "error",
                "the API of the upstream is below /v1",
                llm.place("base_url"),
                f'"base_url": "{view.profile.upstream}/v1"',
            )


def api_base(view: View) -> Iterator[Found]:
    base = view.machine.env.get("OPENROUTER_API_BASE", "")
    if not base or goes_upstream(base, view.profile):
        return
    for llm in llms(view):
        if llm.model.startswith(PREFIX) and not llm.base_url:
            yield Found(
                "error",
                "this LLM has no base_url, so OPENROUTER_API_BASE takes its requests and the key",
                llm.place(),
                f'"base_url": "{view.profile.upstream}/v1"',
            )


def _mend(view: View) -> str:
    return f'"{BODY}": {{"provider": {json.dumps(view.profile.provider.to_json())}}}'


def _judge(view: View, use: Use, who: str, mend: str) -> Iterator[Found]:
    llm = profiles(view).get(use.profile)
    if use.is_elsewhere:
        message = f"{who} takes '{use.profile}' from a folder that confgen does not write to"
        yield Found("warning", message, use.where, "take profile_store_dir out")
    elif llm is None:
        message = f"{who} goes to the profile '{use.profile}', which is not there or broken"
        yield Found("warning", message, use.where, mend)
    elif llm.leaks(view):
        message = f"{who} goes to the profile '{use.profile}', which has no pin"
        yield Found("error", message, use.where, mend)


def _stray(llm: Llm) -> Iterator[tuple[str, ...]]:
    """Where else in its file the pin of an LLM stands: within it, or right above it."""
    found = llm.file.document.find(()) if llm.file.document else None
    for keys in stray_pins(found.value if found else None):
        inside_condenser = keys[0] == "condenser"
        if not llm.keys or inside_condenser == (llm.keys[0] == "condenser"):
            yield keys
