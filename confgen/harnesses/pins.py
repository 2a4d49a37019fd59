"""What a pin looks like where it should not stand, and which addresses lead to the upstream."""

import json
from collections.abc import Iterator, Mapping, Sequence
from urllib.parse import urlsplit

from confgen.document import JsonValue
from confgen.finding import Found
from confgen.harnesses.reading import ReadFile
from confgen.settings import Profile
from confgen.settings.preferences import FIELDS

Keys = tuple[str, ...]

ANSWERED_BY = ("model", "models", "fallbacks", "preset", "route")
"""Members of a body that may have another model answer than the one that is named."""

_DEEPEST = 6


def stray_pins(tree: JsonValue, keys: Keys = ()) -> Iterator[Keys]:
    """The places of all objects that can only be meant as OpenRouter's provider object.

    Those on their right place are among them: what is right the caller knows.
    """
    if not isinstance(tree, Mapping) or len(keys) > _DEEPEST:
        return
    if keys and tree and tree.keys() <= FIELDS.keys():
        yield keys
        return
    for key, value in tree.items():
        yield from stray_pins(value, (*keys, key))


def misplaced(
    title: str, file: ReadFile, above: Sequence[str | int], keys: Keys, hint: str
) -> Found:
    """A pin that `stray_pins` found below `above`, where its harness does not look."""
    words = f"{'.'.join(keys)} is not where {title} looks: its requests carry no pin"
    return Found("error", words, file.place(*above, *keys), hint)


def as_member(name: str, profile: Profile) -> str:
    """The member that pins what it stands in, as a hint spells it."""
    return f'"{name}": {{"provider": {json.dumps(profile.provider.to_json())}}}'


def is_pin(value: JsonValue) -> bool:
    """Whether a provider object says anything at all."""
    return isinstance(value, Mapping) and bool(value)


def text_of(value: JsonValue) -> str:
    """A value where only a text counts; the empty one stands for everything else."""
    return value if isinstance(value, str) else ""


def part_of(value: JsonValue, *keys: str) -> JsonValue:
    """What stands at `keys` in a value; None also where nothing does."""
    for key in keys:
        if not isinstance(value, Mapping):
            return None
        value = value.get(key)
    return value


def table(value: JsonValue, *keys: str) -> Mapping[str, JsonValue]:
    """The object at `keys` in a value; an empty one where there is none."""
    found = part_of(value, *keys)
    return found if isinstance(found, Mapping) else {}


def goes_upstream(url: JsonValue, profile: Profile) -> bool:
    """Whether an address is OpenRouter's, or that of the profile's own upstream."""
    origin = origin_of(text_of(url))
    host = origin.rpartition("//")[2]
    return bool(origin) and (
        origin == origin_of(profile.upstream)
        or host == "openrouter.ai"
        or host.endswith(".openrouter.ai")
    )


def origin_of(url: str) -> str:
    """`https://host:port` in lower case, without a default port; empty for what is no URL."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        return ""
    if not host or parts.scheme not in ("http", "https"):
        return ""
    usual = {"http": 80, "https": 443}[parts.scheme]
    return f"{parts.scheme}://{host}" + ("" if port in (None, usual) else f":{port}")
