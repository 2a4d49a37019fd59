"""The body of a request, read from its connection: bounded, unpacked, and looked into."""

import json
import re
import zlib
from collections.abc import Iterable, Iterator, Mapping
from email.message import Message
from io import BufferedIOBase
from typing import Any, NamedTuple
from urllib.parse import quote_plus

LONGEST_BODY = 64 * 1024 * 1024  # bytes

_PIECE = 64 * 1024
_CHUNK_SIZE = re.compile(rb"[0-9A-Fa-f]{1,16}")
_EITHER = 32 + zlib.MAX_WBITS
"""Has zlib take gzip's frame and its own alike."""


class Body(NamedTuple):
    """`fields` are those of a JSON object. `opaque` is what nothing can be read in.

    `tells` says that it holds what the client was asked.
    """

    fields: Mapping[str, Any]
    readable: bool = True
    opaque: bool = False
    tells: bool = False


HIDDEN = Body({}, readable=False, opaque=True)


def read_body(file: BufferedIOBase, headers: Message) -> bytes | None:
    """The whole body; None where it is longer than LONGEST_BODY, or its length is not told."""
    if "chunked" in headers.get("Transfer-Encoding", "").lower():
        return _chunks(file)
    length = headers.get("Content-Length", "0")
    if not (length.isascii() and length.isdecimal()) or int(length) > LONGEST_BODY:
        return None
    return _exactly(file, int(length))


def look_into(raw: bytes, headers: Message, asked: Iterable[str] = ()) -> Body:
    """What a body says, packed by gzip or not; `asked` are the words that tell of a prompt."""
    plain = _unpacked(raw, headers.get("Content-Encoding", "").strip().lower())
    if plain is None:
        return HIDDEN
    if not plain:
        return Body({})
    tells = any(spelt in plain for words in asked if words for spelt in _spellings(words))
    try:
        found = json.loads(plain, object_pairs_hook=_once)
    except (ValueError, RecursionError):
        form = headers.get_content_type() == "application/x-www-form-urlencoded"
        return Body({}, readable=False, opaque=not form, tells=tells)
    fields = found if isinstance(found, dict) else {}
    return Body(fields, readable=isinstance(found, dict), tells=tells)


def _spellings(words: str) -> Iterator[bytes]:
    """As in a form, and as in JSON."""
    yield quote_plus(words).encode()
    yield json.dumps(words)[1:-1].encode()
    yield json.dumps(words, ensure_ascii=False)[1:-1].encode("utf-8", "replace")


def _exactly(file: BufferedIOBase, size: int) -> bytes | None:
    """As many bytes; None where the connection ends before."""
    pieces: list[bytes] = []
    while size > 0 and (piece := file.read(min(size, _PIECE))):
        pieces.append(piece)
        size -= len(piece)
    return None if size else b"".join(pieces)


def _chunks(file: BufferedIOBase) -> bytes | None:
    pieces: list[bytes] = []
    left = LONGEST_BODY
    while True:
        told = file.readline(64).partition(b";")[0].strip()
        size = int(told, 16) if _CHUNK_SIZE.fullmatch(told) else -1
        if not 0 <= size <= left:
            return None
        if size == 0:
            while file.readline(_PIECE).strip():
                pass
            return b"".join(pieces)
        piece = _exactly(file, size)
        if piece is None:
            return None
        pieces.append(piece)
        left -= size
        file.readline(2)


def _unpacked(raw: bytes, encoding: str) -> bytes | None:
    if encoding in ("", "identity"):
        return raw
    if encoding not in ("gzip", "x-gzip", "deflate"):
        return None
    for bits in (_EITHER, -zlib.MAX_WBITS) if encoding == "deflate" else (_EITHER,):
        unpacker = zlib.decompressobj(bits)
        try:
            plain = unpacker.decompress(raw, LONGEST_BODY)
        except zlib.error:
            continue
        if unpacker.eof and not unpacker.unused_data:
            return plain
    return None


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object. ValueError where it has a key twice: some readers take the one, some the other."""
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a key stands twice")
    return found
