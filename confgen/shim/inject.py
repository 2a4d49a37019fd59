"""The pin put into a request's body: bytes in, bytes out.

Only the top level is read. Every value that need not change goes out as the client's own bytes,
since prompt caches and signatures depend on them; white space between members does not.
"""

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

import msgspec

from confgen.document.model import JsonValue
from confgen.shim.body import UNREADABLE, Body, Buffer, Members, read_body, refusal
from confgen.shim.combine import combine
from confgen.shim.history import without_null_reasoning
from confgen.shim.policy import Pin, Policy
from confgen.shim.refusal import Refusal, shown

ELSEWHERE = ("models", "fallbacks", "preset", "route")
"""What may have another model answer than the one that is named."""
LONGEST_SESSION = 256
"""Characters of a session_id: OpenRouter's OpenAPI (2026-08-22)."""

_ROUTES = re.compile(r"@preset/|^openrouter/auto", re.IGNORECASE)
"""Names that stand for a choice of models, which OpenRouter makes."""

_EMPTY = re.compile(rb'null|""|\[\s*\]|\{\s*\}')
_decode_provider = msgspec.json.Decoder(dict[str, Any] | None).decode
_decode_text = msgspec.json.Decoder(str).decode


class Injected(NamedTuple):
    """A body with the pin in it.

    `asked` is the model that the client named, "" if none. `pin` is what the body now asks for:
    its provider object is the policy's, together with what the request's own adds to it.
    """

    body: bytes
    asked: str
    pin: Pin
    stream: bool


def inject(body: Buffer, policy: Policy, *, session: str | None = None) -> Injected:
    """Pin a request of any dialect; `session` is the harness's own name of its session.

    Raises Refusal: 400 for a body that cannot be read, 422 for one that the policy does not let
    pass.
    """
    read = read_body(body)
    try:
        asked, pin = _pin(read, policy)
        _clean(read.members, policy, session)
        stream = bytes(read.members.get("stream", b"")) == b"true"
        return Injected(read.to_bytes(), asked, pin, stream)
    except UNREADABLE as error:
        raise refusal(error) from None


def _pin(body: Body, policy: Policy) -> tuple[str, Pin]:
    """Put model and provider into the body; the model that stood there, and what does now."""
    members = body.members
    for name in ("model", "provider"):
        if body.mark and body.mark in bytes(members.get(name, b"")):
            raise Refusal(400, f"'{name}' holds half of a surrogate pair")
    if policy.mode != "fill":
        _refuse_elsewhere(members)
    asked = _model(members)
    pin = policy.pin_for(asked)
    if policy.mode != "fill" and not policy.names(pin.model) and _ROUTES.search(pin.model):
        raise Refusal(422, f"{shown(pin.model)} could have another model answer")
    if "provider" in members:
        pin = pin._replace(provider=combine(pin.provider, _provider(members), policy.mode))
    if pin.model != asked:
        members["model"] = pin.model
    members["provider"] = pin.provider
    return asked, pin


def _refuse_elsewhere(members: Members) -> None:
    for name in ELSEWHERE:
        if name in members and not _EMPTY.fullmatch(members[name]):
            raise Refusal(422, f"'{name}' could have a model answer that is not the pinned one")


def _model(members: Members) -> str:
    if "model" not in members:
        return ""
    try:
        return _decode_text(members["model"])
    except msgspec.ValidationError:
        raise Refusal(400, "'model' is not a string") from None


def _provider(members: Members) -> Mapping[str, JsonValue]:
    try:
        return _decode_provider(members["provider"]) or {}
    except msgspec.ValidationError:
        raise Refusal(400, "'provider' is not an object of values that JSON can hold") from None


def _clean(members: Members, policy: Policy, session: str | None) -> None:
    """Do what else the profile has the shim do to its requests."""
    for name in policy.drop_parameters:
        members.pop(name, None)
    has_session = bytes(members.get("session_id", b"null")) != b"null"
    if policy.session_id and session and _is_session(session) and not has_session:
        members["session_id"] = session
    if policy.drop_null_reasoning and "messages" in members:
        members["messages"] = without_null_reasoning(members["messages"])


def _is_session(text: str) -> bool:
    return len(text) <= LONGEST_SESSION and text.isprintable()
