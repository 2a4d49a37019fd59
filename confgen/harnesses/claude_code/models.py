"""The models that Claude Code asks for beside the main one. The pin goes with every one of them."""

import re
from collections.abc import Iterator

from confgen.finding import Found
from confgen.harnesses.claude_code.effective import MODEL, ClaudeCodeSettings, text_of
from confgen.harnesses.effective import Keys

_SMALL = ("ANTHROPIC_DEFAULT_HAIKU_MODEL", "ANTHROPIC_SMALL_FAST_MODEL")
_SUB_AGENT = "CLAUDE_CODE_SUBAGENT_MODEL"
_COUNT = re.compile(r"[0-9]{1,12}")
_WINDOW = "CLAUDE_CODE_MAX_CONTEXT_TOKENS"
_ASSUMED = 1_000_000
"""Tokens: what 2.1.332 takes for the window of a model that it does not know."""


def main_model(at: ClaudeCodeSettings) -> Iterator[Found]:
    """What another file outranks is told under that name; this is a model that nobody took away."""
    keys: Keys = ("env", MODEL) if at.text(MODEL) else ("model",)
    model = at.main_model
    wrong = at.wrong(model) if model else "no model is set: one of Anthropic's is asked for"
    if wrong and not at.holds(*keys):
        yield at.found("error", wrong, at.first(*keys), _set(MODEL, at.reading.profile.model))


def agent_model(at: ClaudeCodeSettings) -> Iterator[Found]:
    """A page's own model outranks `CLAUDE_CODE_SUBAGENT_MODEL`."""
    for page, field in at.reading.named_models("agent", "command", "skill"):
        if wrong := at.wrong(at.resolved(field.text)):
            is_agent = page.defines == "agent"
            hint = "write 'model: inherit' there" if is_agent else "take 'model' out there"
            words = f"{page.defines} {page.name}: {wrong}"
            yield Found("warning", words, page.place(field), hint)


def small_model(at: ClaudeCodeSettings) -> Iterator[Found]:
    """Titles and background work take the first of the two that is set, else the main model."""
    small = at.reading.profile.small_model
    name = next((name for name in _SMALL if at.text(name)), None)
    if name is None:
        if at.main_model != small and at.reading.route == "native":
            words = f"no small model is set: titles and background work go to {at.main_model}"
            yield at.found("warning", words, None, _set(_SMALL[0], small))
    elif wrong := at.wrong(at.resolved(at.text(name))):
        words = f"titles and background work: {wrong}"
        yield at.found("warning", words, at.variable(name), _set(_SMALL[0], small))


def subagent_model(at: ClaudeCodeSettings) -> Iterator[Found]:
    model = at.resolved(at.text(_SUB_AGENT))
    if model and (wrong := at.wrong(model)):
        yield at.found("warning", f"sub-agents: {wrong}", at.variable(_SUB_AGENT))


def fallback_model(at: ClaudeCodeSettings) -> Iterator[Found]:
    one = at.first("fallbackModel")
    models = one.value if one and isinstance(one.value, list) else []
    for wrong in [words for name in models if (words := at.wrong(at.resolved(text_of(name))))][:1]:
        yield at.found("warning", f"when the model is overloaded, {wrong}", one)


def context_window(at: ClaudeCodeSettings) -> Iterator[Found]:
    """A model whose name has a Claude in it gets that one's window, whatever is set."""
    known, text = at.reading.profile.context_tokens, at.text(_WINDOW)
    if known is None or "claude" in at.reading.profile.model.lower():
        return
    taken = int(text) if _COUNT.fullmatch(text) else _ASSUMED
    if taken > known:
        words = f"Claude Code takes the window for {taken} tokens, and the model has {known}"
        yield at.found("warning", words, at.variable(_WINDOW), _set(_WINDOW, str(known)))


def _set(variable: str, value: str) -> str:
    return f'set "{variable}": "{value}" in env of the settings'
