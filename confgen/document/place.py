"""Faults that name their place, and the reading of bytes as text."""

import codecs

from confgen.errors import DocumentError

BOM = "\ufeff"

_WIDE = (codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_AS_UTF8 = "save it as UTF-8"


def place(text: str, offset: int) -> tuple[int, int]:
    """Line and column of `offset`, both from 1; a byte order mark takes no column."""
    before = text[:offset].removeprefix(BOM).replace("\r\n", "\n").replace("\r", "\n")
    return before.count("\n") + 1, len(before) - before.rfind("\n")


def fault(name: str, text: str, offset: int, message: str, hint: str | None) -> DocumentError:
    line, column = place(text, offset)
    return DocumentError(message, where=f"{name}:{line}:{column}", hint=hint)


def decode(data: bytes, *, name: str) -> str:
    """The text of a file, its byte order mark kept as U+FEFF.

    Raises DocumentError on anything but UTF-8, with the place of the first wrong byte.
    """
    if data.startswith(_WIDE):
        raise DocumentError("the file is UTF-16 or UTF-32", where=f"{name}:1:1", hint=_AS_UTF8)
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        before = data[: error.start].decode()
        message = f"a byte that is not UTF-8 (0x{data[error.start]:02X})"
        raise fault(name, before, len(before), message, _AS_UTF8) from error
    if "\0" in text:
        raise fault(name, text, text.index("\0"), "a NUL character", _AS_UTF8)
    return text
