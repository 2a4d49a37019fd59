"""Reading answers that come in a content coding, while they pass as they are."""

import zlib
from collections.abc import Callable

from confgen.shim.trouble import Broken
from confgen.shim.upstream import Reply


def decoder(reply: Reply, longest: int) -> Callable[[bytes], bytes] | None:
    """What makes an answer's bytes readable, piece by piece; None for a coding that is unknown.

    It raises Broken for what is not in the coding that the answer names, and for a piece that
    becomes more than `longest` bytes.
    """
    coding = reply.header(b"content-encoding").strip().lower()
    if coding in ("", "identity"):
        return as_it_is
    return _inflater(longest) if coding in ("gzip", "x-gzip") else None


def _inflater(longest: int) -> Callable[[bytes], bytes]:
    inflate = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)

    def read(part: bytes) -> bytes:
        try:
            content = inflate.decompress(part, longest)
        except zlib.error as error:
            raise Broken from error
        if inflate.unconsumed_tail:
            raise Broken
        return content

    return read


def as_it_is(data: bytes) -> bytes:
    return data
