"""Where Claude Code's requests go, and whether the pin is in their bodies."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from confgen.document import JsonValue
from confgen.document.values import same
from confgen.finding import Found
from confgen.harnesses.claude_code import OTHER_SERVICES
from confgen.harnesses.claude_code.layers import MANAGED
from confgen.harnesses.claude_code.settled import (
    BASE_URL,
    EXTRA_BODY,
    MODEL,
    Settled,
    mend,
    settled,
    text_of,
)
from confgen.harnesses.shadow import Said, holds, overriding, said
from confgen.harnesses.view import View

_ON = ("1", "true", "yes", "on")
_ELSEWHERE = ("model", "models", "fallbacks", "preset", "route")
"""What may have another model answer than the one that is named."""
_MODELS = (
    MODEL,
    "ANTHROPIC_DEFAULT_OPUS_MODEL",
    "ANTHROPIC_DEFAULT_SONNET_MODEL",
    "ANTHROPIC_DEFAULT_FABLE_MODEL",
)


def shadowed(view: View) -> Iterator[Found]:
    at = settled(view)
    for keys, wanted in at.wanted.items():
        for one in overriding(at.sources, keys, wanted):
            if words := _taken_away(at, one):
                main = keys[-1] not in _MODELS[1:]
                yield Found("error" if main else "warning", words, one.where, mend(one))


def _taken_away(at: Settled, one: Said) -> str | None:
    """What becomes of the requests; None where nothing does, or another trap tells of it."""
    name = one.keys[-1]
    if name == BASE_URL and not _has_version(one.value):
        return f"{name} here outranks confgen's: requests go to another address"
    if name == EXTRA_BODY:
        body = _decoded(one.value) or {}
        other = "provider" in body and not same(body["provider"], at.pin)
        return f"{name} here outranks confgen's: its provider object is another" if other else None
    if name == "apiKeyHelper" and one.value != "":
        return f"{name} here outranks confgen's: another key is sent"
    if name in _MODELS or (name == "model" and not at.text(MODEL)):
        model = at.resolved(text_of(one.value))
        wrong = at.wrong(model)
        return f"{name} here outranks confgen's: {wrong}" if wrong else None
    return None


def base_url(view: View) -> Iterator[Found]:
    at = settled(view)
    if not at.in_use:
        return
    keys = ("env", BASE_URL)
    wanted, one = at.wanted.get(keys), at.variable(BASE_URL)
    hint = f'set "{BASE_URL}": "{wanted}" in env of the settings'
    if one is None or one.value == "":
        words = f"{BASE_URL} is not set: requests go to Anthropic"
        yield Found("error", words, one.where if one else at.file, hint)
    elif _has_version(one.value):
        words = f"{BASE_URL} must not end in /v1: Claude Code adds it, and gets 404"
        yield Found("error", words, one.where, hint)
    elif text_of(one.value).rstrip("/") != wanted and not holds(at.sources, keys, wanted):
        words = f"{BASE_URL} is the address of another service than the profile's"
        yield Found("error", words, one.where, hint)


def _has_version(url: JsonValue) -> bool:
    return isinstance(url, str) and url.rstrip("/").endswith("/v1")


def extra_body(view: View) -> Iterator[Found]:
    at = settled(view)
    one = at.variable(EXTRA_BODY)
    if not at.in_use:
        return
    body = _decoded(one.value) if one else None
    if one and body:
        for name in (name for name in _ELSEWHERE if name in body):
            words = f"{EXTRA_BODY} puts '{name}' into every request: another model may answer"
            yield Found("error", words, one.where, f"take '{name}' out of it")
    if view.route == "shim":
        if one and body and "provider" in body:
            words = "Claude Code sends a provider object; the shim replaces it only in mode enforce"
            yield Found("info", words, one.where, mend(one))
    elif fault := _lost(at, one, body):
        where = one.where if one else at.file
        hint = f"set {EXTRA_BODY} to {json.dumps(at.wanted.get(('env', EXTRA_BODY)))}"
        yield Found("error", fault, where, hint)


def _lost(at: Settled, one: Said | None, body: Mapping[str, Any] | None) -> str | None:
    """Why the pin is not in the bodies."""
    if one is None or one.value == "":
        return f"{EXTRA_BODY} is {'empty' if one else 'not set'}: requests go out without the pin"
    if isinstance(one.value, Mapping):
        return f"{EXTRA_BODY} is an object, not a text that holds one: it is ignored without a word"
    if body is None:
        return f"{EXTRA_BODY} is not the JSON text of an object: it is ignored without a word"
    if "provider" not in body:
        return f"{EXTRA_BODY} has no provider object: requests go out without the pin"
    keys = ("env", EXTRA_BODY)
    shadows = holds(at.sources, keys, at.wanted.get(keys))
    if not same(body["provider"], at.pin) and not shadows:
        return f"{EXTRA_BODY} holds another provider object than the profile's"
    return None


def _decoded(value: JsonValue) -> Mapping[str, Any] | None:
    """The object that a text holds; None where it holds none."""
    try:
        body = json.loads(value) if isinstance(value, str) else None
    except (ValueError, RecursionError):
        return None
    return body if isinstance(body, Mapping) else None


def other_service(view: View) -> Iterator[Found]:
    at = settled(view)
    if not at.in_use:
        return
    for name in OTHER_SERVICES:
        one = at.variable(name)
        if one and at.text(name).lower() in _ON:
            words = f"{name} is on: Claude Code does not use OpenRouter at all"
            yield Found("error", words, one.where, mend(one))


def custom_headers(view: View) -> Iterator[Found]:
    """Headers go with the address that they were set beside."""
    at = settled(view)
    one, address = at.variable("ANTHROPIC_CUSTOM_HEADERS"), at.variable(BASE_URL)
    if not at.in_use or one is None or not one.value or address is None:
        return
    if one.source != address.source:
        words = f"these headers go to the address that {BASE_URL} has elsewhere, whatever they hold"
        yield Found("warning", words, one.where, mend(one))


def auto_mode(view: View) -> Iterator[Found]:
    at = settled(view)
    if not at.in_use:
        return
    one = next(iter(said(at.sources, "permissions", "defaultMode")), None)
    if one is None or one.value == "auto":
        words = "auto mode, the default, cannot judge commands behind a gateway, and stops at them"
        hint = 'set "permissions": {"defaultMode": "default"}'
        yield Found("warning", words, one.where if one else at.file, hint)


def force_login(view: View) -> Iterator[Found]:
    at = settled(view)
    if not at.in_use:
        return
    for name in ("forceLoginMethod", "forceLoginOrgUUID"):
        one = at.setting(name)
        if one and one.source.file and one.source.file.layer.label == MANAGED:
            words = f"a managed {name} makes Claude Code refuse to start with another service"
            yield Found("error", words, one.where, mend(one))
