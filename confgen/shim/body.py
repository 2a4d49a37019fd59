"""A request's body as its top-level members, each value in the client's own bytes."""

import re
from secrets import token_hex
from typing import Any, NamedTuple

import msgspec

from confgen.shim.refusal import Refusal

Buffer = bytes | bytearray | memoryview
Members = dict[str, Any]
"""Decoded keys to `msgspec.Raw`, or to a value that takes the place of one."""

BOM = b"\xef\xbb\xbf"
UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
"""What decoding raises: not JSON or not of the type, a key that is not UTF-8, too deep."""

decode_members = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
_encode = msgspec.json.Encoder().encode

_SURROGATE = re.compile(
    rb"""
      (?: \\\\ )+
    | \\u [dD][89abAB][0-9a-fA-F]{2} \\u [dD][c-fC-F][0-9a-fA-F]{2}
    | \\u ( [dD][89a-fA-F][0-9a-fA-F]{2} )
    """,
    re.VERBOSE,
)
"""Escaped backslashes, escaped pairs, and in a group half a pair that stands alone."""


class Body(NamedTuple):
    r"""An object's members in their order; of a key that came twice, the last value.

    `mark` stands for the `\u` of each escaped half of a surrogate pair, which msgspec refuses and
    `JSON.stringify` emits for an emoji that was cut in two. Empty where there is none.
    """

    members: Members
    mark: bytes = b""

    def to_bytes(self) -> bytes:
        return _unmark(_encode(self.members), self.mark)


def read_body(body: Buffer) -> Body:
    """Raises Refusal with 400 for whatever is not one JSON object."""
    try:
        return Body(decode_members(body))
    except UNREADABLE as error:
        # A word that nobody can have written, and that cannot end an escape which is cut short.
        mark = f"z{token_hex(16)}".encode()
        marked = _mark(bytes(body), mark)
        if len(marked) == len(body):
            raise refusal(error, marked) from None
    try:
        return Body(decode_members(marked), mark)
    except UNREADABLE as error:
        raise refusal(error, marked, mark) from None


def refusal(error: Exception, body: bytes = b"", mark: bytes = b"") -> Refusal:
    """What is wrong with a body, in words that hold nothing of it."""
    if isinstance(error, RecursionError):
        return Refusal(400, "the body is nested too deeply")
    if isinstance(error, UnicodeDecodeError):
        return Refusal(400, "the body has a key or a name that is not UTF-8")
    if isinstance(error, msgspec.ValidationError):
        return Refusal(400, "the body is JSON, but not an object")
    if not body.strip():
        return Refusal(400, "the body is empty")
    if body.startswith(BOM):
        return Refusal(400, "the body starts with a byte order mark, which JSON does not have")
    found = re.search(r"\(byte (\d+)\)", str(error))
    if not found:
        return Refusal(400, "the body is not JSON: it ends too early")
    at = len(_unmark(body[: int(found[1])], mark))
    return Refusal(400, f"the body is not JSON: see byte {at}")


def _mark(body: bytes, mark: bytes) -> bytes:
    return _SURROGATE.sub(lambda found: mark + found[1] if found[1] else found[0], body)


def _unmark(body: bytes, mark: bytes) -> bytes:
    return body.replace(mark, rb"\u") if mark else body
