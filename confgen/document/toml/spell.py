"""How TOML spells a value."""

import json
import re
from collections.abc import Mapping
from typing import Any

from confgen.document.values import is_list

_BARE = re.compile(r"[A-Za-z0-9_-]+\Z")


def spell(value: Any) -> str:
    """The source of a value on one line; ValueError for what TOML cannot hold, such as null."""
    if isinstance(value, str):
        return _string(value)
    if isinstance(value, Mapping):
        pairs = [f"{spell_key(key)} = {spell(inner)}" for key, inner in value.items()]
        return f"{{ {', '.join(pairs)} }}" if pairs else "{}"
    if is_list(value):
        return f"[{', '.join(spell(inner) for inner in value)}]"
    if value is None:
        raise ValueError("TOML has no null")
    return repr(value) if isinstance(value, float) else json.dumps(value)


def spell_key(key: str) -> str:
    return key if _BARE.match(key) else _string(key)


def _string(text: str) -> str:
    if any("\ud800" <= character <= "\udfff" for character in text):
        raise ValueError("TOML has no lone surrogates")
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
