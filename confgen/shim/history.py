"""Reasoning that is null, taken out of a request's history.

A client that keeps no reasoning sends back null for it, which some providers' templates put into
the prompt as a word (`None`, seen with Kimi K2.5).
"""

import re

import msgspec

from confgen.shim.body import Members, decode_members

REASONING = ("reasoning_content", "reasoning")

_NULL = re.compile(rb'"reasoning(?:_content)?"\s*:\s*null')
_decode_list = msgspec.json.Decoder(list[msgspec.Raw]).decode


def without_null_reasoning(messages: msgspec.Raw) -> msgspec.Raw | list[msgspec.Raw | Members]:
    """`messages` with those written anew that have such a member; the same where none has.

    Raises UnicodeDecodeError for a key of a message that is not UTF-8.
    """
    if not _NULL.search(messages):
        return messages
    try:
        old = _decode_list(messages)
    except msgspec.ValidationError:
        return messages
    new = [_without_nulls(message) for message in old]
    return new if any(isinstance(message, dict) for message in new) else messages


def _without_nulls(message: msgspec.Raw) -> msgspec.Raw | Members:
    if not _NULL.search(message):
        return message
    try:
        members = decode_members(message)
    except msgspec.ValidationError:
        return message
    kept = {
        name: value
        for name, value in members.items()
        if name not in REASONING or bytes(value) != b"null"
    }
    return kept if len(kept) < len(members) else message
