"""Reading answers that come in a content coding, while they pass as they are."""

import zlib
from collections.abc import Callable

from confgen.shim.trouble import Broken
from confgen.shim.upstream import Reply

_LONGEST = 1 << 26  # bytes that one piece may become


def decoder(reply: Reply) -> Callable[[bytes], bytes] | None:
    """What makes an answer's bytes readable, piece by piece; None for a coding that is unknown.

    It raises Broken for what is not in the coding that the answer names.
    """
    coding = reply.header(b"content-encoding").strip().lower()
    if coding in ("", "identity"):
        return as_it_is
    return _inflater() if coding in ("gzip", "x-gzip") else None


def _inflater() -> Callable[[bytes], bytes]:
    inflate = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)

    def read(part: bytes) -> bytes:
        try:
            content = inflate.decompress(part, _LONGEST)
        except zlib.error as error:
            raise Broken from error
        if inflate.unconsumed_tail:
            raise Broken
        return content

    return read


def as_it_is(data: bytes) -> bytes:
    return data
