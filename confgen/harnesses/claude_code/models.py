"""The models that Claude Code asks for beside the main one. The pin goes with every one of them."""

import re
from collections.abc import Iterator
from pathlib import PurePath

from confgen.finding import Found
from confgen.harnesses.claude_code.settled import MODEL, mend, settled, text_of
from confgen.harnesses.pages import front_matter
from confgen.harnesses.shadow import Keys, holds, said
from confgen.harnesses.view import View

_SMALL = ("ANTHROPIC_DEFAULT_HAIKU_MODEL", "ANTHROPIC_SMALL_FAST_MODEL")
_SUB_AGENT = "CLAUDE_CODE_SUBAGENT_MODEL"
_COUNT = re.compile(r"[0-9]{1,12}")
_WINDOW = "CLAUDE_CODE_MAX_CONTEXT_TOKENS"
_ASSUMED = 1_000_000
"""Tokens: what 2.1.330 takes for the window of a model that it does not know."""


def agent_model(view: View) -> Iterator[Found]:
    """A page's own model outranks `CLAUDE_CODE_SUBAGENT_MODEL`."""
    at = settled(view)
    if not at.in_use:
        return
    for path, page in view.pages.items():
        field = front_matter(page).get(("model",))
        model = at.resolved(field.text) if field and field.text else ""
        wrong = at.wrong(model) if model else None
        if field and wrong:
            where = f"{path}:{field.line}:{field.column}"
            hint = "write 'model: inherit' there" if _is_agent(path) else "take 'model' out there"
            yield Found("warning", f"{_named(path)}: {wrong}", where, hint)


def _is_agent(path: PurePath) -> bool:
    return "agents" in path.parent.parts


def _named(path: PurePath) -> str:
    if path.name == "SKILL.md":
        return f"skill {path.parent.name}"
    return f"{'agent' if _is_agent(path) else 'command'} {path.stem}"


def small_model(view: View) -> Iterator[Found]:
    """Titles and background work take the first of the two that is set, else the main model."""
    at = settled(view)
    if not at.in_use:
        return
    small = view.profile.small_model
    hint = f'set "{_SMALL[0]}": "{small}" in env of the settings'
    name = next((name for name in _SMALL if at.text(name)), None)
    one = at.variable(name) if name else None
    model = at.resolved(at.text(name)) if name else at.main_model
    if one and (wrong := at.wrong(model)):
        yield Found("warning", f"titles and background work: {wrong}", one.where, hint)
    elif not one and model != small and view.route == "native":
        words = f"no small model is set: titles and background work go to {model}"
        yield Found("warning", words, at.file, hint)


def subagent_model(view: View) -> Iterator[Found]:
    at = settled(view)
    one, model = at.variable(_SUB_AGENT), at.resolved(at.text(_SUB_AGENT))
    wrong = at.wrong(model) if model and at.in_use else None
    if one and wrong:
        yield Found("warning", f"sub-agents: {wrong}", one.where, mend(one))


def fallback_model(view: View) -> Iterator[Found]:
    at = settled(view)
    one = at.setting("fallbackModel")
    if not at.in_use or one is None or not isinstance(one.value, list):
        return
    wrong = [words for name in one.value if (words := at.wrong(at.resolved(text_of(name))))]
    if wrong:
        words = f"when the model is overloaded, {wrong[0]}"
        yield Found("warning", words, one.where, mend(one))


def context_window(view: View) -> Iterator[Found]:
    """A model whose name has a Claude in it gets that one's window, whatever is set."""
    at, known = settled(view), view.profile.context_tokens
    if not at.in_use or known is None or "claude" in view.profile.model.lower():
        return
    one, text = at.variable(_WINDOW), at.text(_WINDOW)
    taken = int(text) if _COUNT.fullmatch(text) else _ASSUMED
    if taken > known:
        words = f"Claude Code takes the window for {taken} tokens, and the model has {known}"
        hint = f'set "{_WINDOW}": "{known}" in env of the settings'
        yield Found("warning", words, one.where if one else at.file, hint)


def main_model(view: View) -> Iterator[Found]:
    """What another file outranks is told under that name; this is a model that nobody took away."""
    at = settled(view)
    keys: Keys = ("env", MODEL) if at.text(MODEL) else ("model",)
    if not at.in_use or holds(at.sources, keys, at.wanted.get(keys)):
        return
    model = at.main_model
    wrong = at.wrong(model) if model else "no model is set: one of Anthropic's is asked for"
    if wrong:
        one = next(iter(said(at.sources, *keys)), None)
        hint = f'set "{MODEL}": "{view.profile.model}" in env of the settings'
        yield Found("error", wrong, one.where if one else at.file, hint)
