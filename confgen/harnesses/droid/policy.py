"""What an organisation's policy keeps Droid from using: then it sends nothing at all.

Measured with 0.225.2, which takes `modelPolicy` from every level, not from the managed ones alone.
"""

from collections.abc import Iterator
from urllib.parse import urlsplit

from confgen.document import JsonValue
from confgen.finding import Found
from confgen.harnesses.droid.chain import levels, ours
from confgen.harnesses.pins import origin_of, part_of, text_of
from confgen.harnesses.view import View

_POLICY = "modelPolicy"


def policy(view: View) -> Iterator[Found]:
    own = ours(view)
    for level in levels(view):
        found = level.member(_POLICY)
        if own is None or found is None:
            continue
        file, rules = found
        if part_of(rules, "allowCustomModels") is False:
            yield Found(
                "error",
                "this policy forbids every custom model, confgen's included: nothing can be sent",
                file.place(_POLICY, "allowCustomModels"),
                f'"allowCustomModels": true, "allowedBaseUrls": ["{own.base_url}"]',
            )
        allowed = part_of(rules, "allowedBaseUrls")
        if isinstance(allowed, list | tuple) and allowed and not _covers(allowed, own.base_url):
            yield Found(
                "error",
                f"this policy leaves {own.base_url} out: nothing can be sent",
                file.place(_POLICY, "allowedBaseUrls"),
                f'add "{own.base_url}" to it',
            )


def _covers(allowed: list[JsonValue] | tuple[JsonValue, ...], url: str) -> bool:
    """Whether one of them has the same origin, and a path that the address's begins with."""
    path = urlsplit(url).path.rstrip("/") + "/"
    return any(
        origin_of(text) == origin_of(url) and path.startswith(urlsplit(text).path.rstrip("/") + "/")
        for text in map(text_of, allowed)
        if origin_of(text)
    )
