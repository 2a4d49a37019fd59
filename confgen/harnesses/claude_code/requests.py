"""Where Claude Code's requests go, with which credentials, and whether the pin is in them."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from confgen.document import JsonValue
from confgen.document.values import same
from confgen.finding import Found, Level
from confgen.harnesses.claude_code import OTHER_SERVICES
from confgen.harnesses.claude_code.effective import (
    BASE_URL,
    EXTRA_BODY,
    MODEL,
    ClaudeCodeSettings,
    text_of,
)
from confgen.harnesses.effective import Said
from confgen.harnesses.footprint import MANAGED
from confgen.harnesses.pins import ANSWERED_BY

_TOKEN = "ANTHROPIC_AUTH_TOKEN"  # noqa: S105 - the name of one
_KEY = "ANTHROPIC_API_KEY"
_HELPER = "apiKeyHelper"
_TIERS = (
    "ANTHROPIC_DEFAULT_OPUS_MODEL",
    "ANTHROPIC_DEFAULT_SONNET_MODEL",
    "ANTHROPIC_DEFAULT_FABLE_MODEL",
)


def shadowed(at: ClaudeCodeSettings) -> Iterator[Found]:
    for keys in at.wanted:
        for one in at.overriding(*keys):
            if words := _taken_away(at, one):
                level: Level = "warning" if keys[-1] in _TIERS else "error"
                yield at.found(level, f"{one.keys[-1]} here outranks confgen's: {words}", one)


def _taken_away(at: ClaudeCodeSettings, one: Said) -> str | None:
    """What becomes of the requests; None where nothing does, or another check tells of it."""
    name = one.keys[-1]
    if name == BASE_URL and not _has_version(one.value):
        return "requests go to another address"
    if name == EXTRA_BODY:
        body = _decoded(one.value) or {}
        other = "provider" in body and not same(body["provider"], at.pin)
        return "its provider object is another" if other else None
    if name == _HELPER and one.value != "":
        return "another key is sent"
    if name in (MODEL, *_TIERS) or (name == "model" and not at.text(MODEL)):
        return at.wrong(at.resolved(text_of(one.value)))
    return None


def base_url(at: ClaudeCodeSettings) -> Iterator[Found]:
    wanted, one = at.wanted.get(("env", BASE_URL)), at.variable(BASE_URL)
    if one is None or one.value == "":
        words = "is not set: requests go to Anthropic"
    elif _has_version(one.value):
        words = "must not end in /v1: Claude Code adds it, and gets 404"
    elif text_of(one.value).rstrip("/") != wanted and not at.holds("env", BASE_URL):
        words = "is the address of another service than the profile's"
    else:
        return
    hint = f'set "{BASE_URL}": "{wanted}" in env of the settings'
    yield at.found("error", f"{BASE_URL} {words}", one, hint)


def _has_version(url: JsonValue) -> bool:
    return isinstance(url, str) and url.rstrip("/").endswith("/v1")


def extra_body(at: ClaudeCodeSettings) -> Iterator[Found]:
    one = at.variable(EXTRA_BODY)
    body = _decoded(one.value) if one else None
    for name in (name for name in ANSWERED_BY if name in (body or {})):
        words = f"{EXTRA_BODY} puts '{name}' into every request: another model may answer"
        yield at.found("error", words, one, f"take '{name}' out of it")
    if at.reading.route == "shim":
        if body and "provider" in body:
            words = "Claude Code sends a provider object; the shim replaces it only in mode enforce"
            yield at.found("info", words, one)
    elif fault := _lost(at, one, body):
        hint = f"set {EXTRA_BODY} to {json.dumps(at.wanted.get(('env', EXTRA_BODY)))}"
        yield at.found("error", f"{EXTRA_BODY} {fault}", one, hint)


def _lost(at: ClaudeCodeSettings, one: Said | None, body: Mapping[str, Any] | None) -> str | None:
    """Why the pin is not in the bodies."""
    if one is None or one.value == "":
        return f"is {'empty' if one else 'not set'}: requests go out without the pin"
    if isinstance(one.value, Mapping):
        return "is an object, not a text that holds one: it is ignored without a word"
    if body is None:
        return "is not the JSON text of an object: it is ignored without a word"
    if "provider" not in body:
        return "has no provider object: requests go out without the pin"
    if not same(body["provider"], at.pin) and not at.holds("env", EXTRA_BODY):
        return "holds another provider object than the profile's"
    return None


def _decoded(value: JsonValue) -> Mapping[str, Any] | None:
    """The object that a text holds; None where it holds none."""
    try:
        body = json.loads(value) if isinstance(value, str) else None
    except (ValueError, RecursionError):
        return None
    return body if isinstance(body, Mapping) else None


def auto_mode(at: ClaudeCodeSettings) -> Iterator[Found]:
    one = at.first("permissions", "defaultMode")
    if one is None or one.value == "auto":
        words = "auto mode, the default, cannot judge commands behind a gateway, and stops at them"
        yield at.found("warning", words, one, 'set "permissions": {"defaultMode": "default"}')


def credentials(at: ClaudeCodeSettings) -> Iterator[Found]:
    """It sends each that it finds, side by side in one request; the route wants one of them.

    A file blanks what the shell has; a helper is a command that prints the key.
    """
    helper, token = at.first(_HELPER), at.variable(_TOKEN)
    sent = [helper] if helper and helper.value else []
    sent += [one for name in (_TOKEN, _KEY) if (one := at.variable(name)) and at.text(name)]
    if not sent:
        words = "there is no credential: Claude Code sends nothing before a login"
        yield at.found("error", words, helper, "confgen apply claude-code")
    wanted = helper if at.reading.route == "native" else token
    meant = wanted if wanted in sent else next(iter(sent), None)
    for one in sent:
        if one != meant:
            words = f"{one.keys[-1]} is sent as well: of two credentials this one may count"
            yield at.found("error", words, one)
    for one in at.overriding("env", _TOKEN) if at.reading.route == "shim" else ():
        words = f"{_TOKEN} here outranks the shim's token: the shim turns it away"
        yield at.found("error", words, one)


def custom_headers(at: ClaudeCodeSettings) -> Iterator[Found]:
    """Headers go with the address that they were set beside."""
    one, address = at.variable("ANTHROPIC_CUSTOM_HEADERS"), at.variable(BASE_URL)
    if one and one.value and address and one.source != address.source:
        words = f"these headers go to the address that {BASE_URL} has elsewhere, whatever they hold"
        yield at.found("warning", words, one)


def other_service(at: ClaudeCodeSettings) -> Iterator[Found]:
    for name in OTHER_SERVICES:
        if at.text(name).lower() in ("1", "true", "yes", "on"):
            words = f"{name} is on: Claude Code does not use OpenRouter at all"
            yield at.found("error", words, at.variable(name))


def force_login(at: ClaudeCodeSettings) -> Iterator[Found]:
    for name in ("forceLoginMethod", "forceLoginOrgUUID"):
        one = at.first(name)
        if one and one.source.file and one.source.file.whose == MANAGED:
            words = f"a managed {name} makes Claude Code refuse to start with another service"
            yield at.found("error", words, one)
