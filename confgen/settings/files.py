"""`confgen.toml`: found, read and checked. The user's own, and the project's for a team's policy.

The project's file wins for model and provider, and may not say where requests or keys go: a cloned
repository must never redirect a prompt.
"""

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

from confgen.errors import SettingsError
from confgen.machine import Machine
from confgen.settings.preferences import ProviderPreferences, is_json, parse_preferences
from confgen.settings.suggest import did_you_mean

FILE_NAME = "confgen.toml"
ROUTES = ("auto", "native", "shim")
TOP_LEVEL = ("profile", "profiles", "harness", "upstream", "api_key_env", "shim")
PROFILE_FIELDS = (
    "model", "small_model", "provider", "context_tokens", "output_tokens", "images", "upstream",
)  # fmt: skip
USER_ONLY = frozenset({"upstream", "api_key_env", "shim"})


class ProfileTable(NamedTuple):
    """One `[profiles.NAME]` as a file has it; a field that it leaves out is not in `fields`."""

    fields: Mapping[str, str | int | bool]
    provider: ProviderPreferences | None


class HarnessTable(NamedTuple):
    """One `[harness.NAME]`: its profile, its route, and extra values for its templates."""

    profile: str | None = None
    route: str | None = None
    values: Mapping[str, Any] = MappingProxyType({})


class SettingsFile(NamedTuple):
    """One `confgen.toml`, checked. `label` is how its values name their source."""

    label: str
    profile: str | None = None
    upstream: str | None = None
    api_key_env: str | None = None
    profiles: Mapping[str, ProfileTable] = MappingProxyType({})
    harnesses: Mapping[str, HarnessTable] = MappingProxyType({})


def read_settings(machine: Machine, project: Path) -> tuple[SettingsFile, ...]:
    """The settings files that apply, strongest first: the project's, then the user's."""
    user = _user_file(Path(machine.settings_file))
    found = []
    nearest = next((p / FILE_NAME for p in (project, *project.parents) if _is_file(p)), None)
    if nearest and not (user and nearest.samefile(user)):
        found.append(_read(nearest, user_only=USER_ONLY))
    if user:
        found.append(_read(user, user_only=frozenset()))
    return tuple(found)


def _user_file(named: Path) -> Path | None:
    """The user's own file, which may be named by its folder; None where there is none."""
    try:
        file = named / FILE_NAME if named.is_dir() else named
        return file if file.exists() else None
    except OSError as error:
        raise _unreadable(named, error) from error


def _is_file(folder: Path) -> bool:
    try:
        return (folder / FILE_NAME).is_file()
    except OSError:
        return False


def _read(path: Path, *, user_only: frozenset[str]) -> SettingsFile:
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise _unreadable(path, error) from error
    except UnicodeDecodeError as error:
        raise SettingsError(
            "the settings are not UTF-8", where=str(path), hint="save the file as UTF-8"
        ) from error
    return parse_settings(_load(text, path), label=str(path), user_only=user_only)


def _load(text: str, path: Path) -> dict[str, Any]:
    import tomllib  # noqa: PLC0415 - without a settings file nobody pays for it

    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        message, place = _toml_place(str(error), text)
        raise SettingsError(
            f"the settings are not TOML: {message}",
            where=f"{path}{place}",
            hint="mend that line; nothing was written",
        ) from error
    except (ValueError, RecursionError) as error:
        # Python's limits: a number of thousands of digits, brackets nested by the hundred.
        raise SettingsError(
            "the settings hold a number or a list that is beyond reason",
            where=str(path),
            hint="make it shorter; nothing was written",
        ) from error


def _unreadable(path: Path, error: OSError) -> SettingsError:
    return SettingsError(
        f"the settings cannot be read: {error.strerror}",
        where=str(path),
        hint="make the file readable, or point $CONFGEN_CONFIG at another",
    )


def _toml_place(fault: str, text: str) -> tuple[str, str]:
    """Split tomllib's `message (at line 3, column 7)` into the message and `:3:7`."""
    message, _, place = fault.partition(" (at ")
    line, _, column = place.removeprefix("line ").rstrip(")").partition(", column ")
    if not column:
        # "at end of document": the last line that holds something.
        lines = text.rstrip().split("\n")
        line, column = str(len(lines)), str(len(lines[-1]) + 1)
    return message, f":{line}:{column}"


def parse_settings(
    document: Mapping[str, Any], *, label: str, user_only: frozenset[str] = frozenset()
) -> SettingsFile:
    """Check a whole `confgen.toml`. Raises SettingsError with the key that is wrong."""
    _known(document, TOP_LEVEL, label, "")
    _refuse(document, user_only, label, "")
    profiles = _tables(document.get("profiles", {}), label, "profiles")
    harnesses = _tables(document.get("harness", {}), label, "harness")
    return SettingsFile(
        label=label,
        profile=_text(document, "profile", label),
        upstream=_upstream(document, label),
        api_key_env=_variable(document, label),
        profiles={k: _profile(k, v, label, user_only) for k, v in profiles.items()},
        harnesses={k: _harness(k, v, label, user_only) for k, v in harnesses.items()},
    )


def _profile(
    name: str, table: Mapping[str, Any], label: str, user_only: frozenset[str]
) -> ProfileTable:
    prefix = f"profiles.{name}."
    _known(table, PROFILE_FIELDS, label, prefix)
    _refuse(table, user_only, label, prefix)
    fields: dict[str, str | int | bool] = {}
    for key in table:
        if key in ("model", "small_model"):
            slug = _text(table, key, label, prefix) or ""
            fields[key] = check_model(slug, f"{label}: {prefix}{key}")
        elif key in ("context_tokens", "output_tokens"):
            fields[key] = _tokens(table[key], f"{label}: {prefix}{key}")
        elif key == "images":
            fields[key] = _flag(table[key], f"{label}: {prefix}{key}")
        elif key == "upstream":
            fields[key] = _upstream(table, label, prefix) or ""
    provider = table.get("provider")
    where = f"{label}: {prefix}provider"
    parsed = None if provider is None else parse_preferences(provider, where=where)
    return ProfileTable(fields, parsed)


def _harness(
    name: str, table: Mapping[str, Any], label: str, user_only: frozenset[str]
) -> HarnessTable:
    prefix = f"harness.{name}."
    route = _text(table, "route", label, prefix)
    if route is not None and route not in ROUTES:
        where = f"{label}: {prefix}route"
        raise SettingsError(f"no route '{route}'", where=where, hint=did_you_mean(route, ROUTES))
    values = {k: v for k, v in table.items() if k not in ("profile", "route")}
    if values and user_only:
        raise SettingsError(
            "a project's settings may give a harness only 'profile' and 'route'",
            where=f"{label}: {prefix}{min(values)}",
            hint="move it to your own confgen.toml",
        )
    if odd := next((name for name, value in values.items() if not is_json(value)), None):
        raise SettingsError(
            f"'{odd}' holds what JSON does not have: a date, a time, inf or nan",
            where=f"{label}: {prefix}{odd}",
            hint="write it as a string",
        )
    return HarnessTable(_text(table, "profile", label, prefix), route, values)


def _known(table: Mapping[str, Any], names: tuple[str, ...], label: str, prefix: str) -> None:
    for key in table:
        if key not in names:
            dotted = prefix.startswith("profiles.") and isinstance(table[key], Mapping)
            quoted = f'a name with a dot needs quotes: [{prefix[:8]}."{prefix[9:]}{key}"]'
            raise SettingsError(
                f"unknown setting '{key}'",
                where=f"{label}: {prefix}{key}",
                hint=quoted if dotted else did_you_mean(key, names),
            )


def _refuse(table: Mapping[str, Any], names: frozenset[str], label: str, prefix: str) -> None:
    for key in table:
        if key in names:
            raise SettingsError(
                f"a project's settings may not set '{key}': it decides where requests or keys go",
                where=f"{label}: {prefix}{key}",
                hint="take it out of the project's file and set it in your own confgen.toml",
            )


def _tables(value: object, label: str, key: str) -> Mapping[str, Mapping[str, Any]]:
    if not isinstance(value, Mapping) or not all(isinstance(v, Mapping) for v in value.values()):
        raise SettingsError(
            f"'{key}' does not hold tables",
            where=f"{label}: {key}",
            hint=f"write [{key}.NAME] and its settings below it",
        )
    return value


def _text(table: Mapping[str, Any], key: str, label: str, prefix: str = "") -> str | None:
    value = table.get(key)
    if value is None or (isinstance(value, str) and value.strip()):
        return value
    where = f"{label}: {prefix}{key}"
    raise SettingsError(f"'{key}' is not a text", where=where, hint=f'write {key} = "..."')


def _tokens(value: object, where: str) -> int:
    if isinstance(value, int) and not isinstance(value, bool) and value > 0:
        return value
    raise SettingsError(f"{value!r} is no number of tokens", where=where, hint="write 262144")


def _flag(value: object, where: str) -> bool:
    if isinstance(value, bool):
        return value
    raise SettingsError(f"{value!r} is not true or false", where=where, hint="write true or false")


def _variable(document: Mapping[str, Any], label: str) -> str | None:
    name = _text(document, "api_key_env", label)
    if name is None or (name.isascii() and name.isidentifier()):
        return name
    # The value is not shown: it may be the key itself.
    raise SettingsError(
        "'api_key_env' is not the name of an environment variable",
        where=f"{label}: api_key_env",
        hint='write the name, never the key: api_key_env = "OPENROUTER_API_KEY"',
    )


def _upstream(table: Mapping[str, Any], label: str, prefix: str = "") -> str | None:
    url = _text(table, "upstream", label, prefix)
    return None if url is None else check_upstream(url, f"{label}: {prefix}upstream")


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
    if parts.scheme == "http" and not _is_loopback(parts.hostname):
        hint = "use https, or http on 127.0.0.1 only"
        raise error("the upstream would get your key in the clear", where=where, hint=hint)
    return url.rstrip("/").removesuffix("/v1").rstrip("/")


def _is_loopback(host: str) -> bool:
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
