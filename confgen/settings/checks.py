"""Single values of a settings file, checked; each SettingsError names the key that is wrong.

`where` ends in the key: `/home/me/confgen.toml: profiles.kimi.model`.
"""

import re
from collections.abc import Callable, Collection, Mapping
from typing import Any

from confgen.errors import SettingsError
from confgen.settings.suggest import did_you_mean


def known_keys(
    table: Mapping[str, Any], names: Collection[str], prefix: str, within: str = ""
) -> None:
    """Refuse the first key of `table` that is none of `names`.

    `prefix` is all of `where` that stands before the key. `within` is the part of it that ends
    where a user chose a name: a table in the place of a field says that the name had a dot in it.
    """
    for key in table:
        if key not in names:
            dotted = within and isinstance(table[key], Mapping)
            tables, name = within.rpartition(": ")[2], f"{prefix.removeprefix(within)}{key}"
            quoted = f'a name with a dot needs quotes: [{tables}"{name}"]'
            raise SettingsError(
                f"unknown setting '{key}'",
                where=f"{prefix}{key}",
                hint=quoted if dotted else did_you_mean(key, names),
            )


def tables(value: object, where: str) -> Mapping[str, Mapping[str, Any]]:
    if isinstance(value, Mapping) and all(isinstance(v, Mapping) for v in value.values()):
        return value
    path = where.rpartition(": ")[2]
    raise SettingsError(
        f"'{_key(where)}' does not hold tables",
        where=where,
        hint=f"write [{path}.NAME] and its settings below it",
    )


def text(value: object, where: str) -> str:
    if isinstance(value, str) and value.strip():
        return value
    key = _key(where)
    raise SettingsError(f"'{key}' is not a text", where=where, hint=f'write {key} = "..."')


def flag(value: object, where: str) -> bool:
    if isinstance(value, bool):
        return value
    raise SettingsError(f"{value!r} is not true or false", where=where, hint="write true or false")


def tokens(value: object, where: str) -> int:
    if isinstance(value, int) and not isinstance(value, bool) and value > 0:
        return value
    raise SettingsError(f"{value!r} is no number of tokens", where=where, hint="write 262144")


def model(value: object, where: str) -> str:
    return check_model(text(value, where), where)


def upstream(value: object, where: str) -> str:
    return check_upstream(text(value, where), where)


def _key(where: str) -> str:
    return re.split("[ .]", where)[-1]


def check_upstream(url: str, where: str, error: Callable[..., Exception] = SettingsError) -> str:
    """The API's root without a trailing slash or `/v1`, which each harness adds in its own way."""
    from urllib.parse import urlsplit  # noqa: PLC0415 - only a call that names an upstream pays

    try:
        parts = urlsplit(url)
        port_is_sane = parts.port is None or parts.port > 0
    except ValueError:
        parts, port_is_sane = urlsplit(""), False
    if parts.username or parts.password:
        raise error("the upstream holds a credential", where=where, hint="take it out of the URL")
    if parts.scheme not in ("http", "https") or not parts.hostname or not port_is_sane:
        hint = "write for example https://openrouter.ai/api"
        raise error("the upstream is not an http(s) URL", where=where, hint=hint)
    if parts.query or parts.fragment or any(c.isspace() for c in url):
        hint = "keep scheme, host and path alone"
        raise error("the upstream has a query, a fragment or a space", where=where, hint=hint)
    if parts.scheme == "http" and not is_loopback(parts.hostname):
        hint = "use https, or http on 127.0.0.1 only"
        raise error("the upstream would get your key in the clear", where=where, hint=hint)
    return url.rstrip("/").removesuffix("/v1").rstrip("/")


def is_loopback(host: str) -> bool:
    return host in ("localhost", "::1") or bool(re.fullmatch(r"127(\.\d{1,3}){3}", host, re.ASCII))


def check_model(slug: str, where: str, error: Callable[..., Exception] = SettingsError) -> str:
    """A model slug as OpenRouter takes it: `author/model`, with a suffix, or `@preset/name`."""
    bare = slug.strip()
    if bare != slug or not slug or any(c.isspace() or not c.isprintable() for c in slug):
        hint = "write for example moonshotai/kimi-k2.5"
        raise error(f"'{slug}' is no model slug", where=where, hint=hint)
    if slug.startswith("openrouter/") and slug.count("/") > 1:
        hint = f"write {slug.removeprefix('openrouter/')}: each harness gets its own prefix"
        raise error(f"'{slug}' has a harness's prefix", where=where, hint=hint)
    if "{" in slug or "$" in slug:
        hint = "write the slug itself: a harness might fill in what stands in braces"
        raise error(f"'{slug}' is no model slug", where=where, hint=hint)
    if "/" not in slug and not slug.startswith(("@", "~")):
        hint = "write author/model, for example moonshotai/kimi-k2.5"
        raise error(f"'{slug}' lacks its author", where=where, hint=hint)
    return slug
