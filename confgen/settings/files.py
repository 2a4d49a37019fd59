"""`confgen.toml`: found, read and checked. The user's own, and the project's for a team's policy.

The project's file wins for model and provider, and may not say where requests or keys go: a cloned
repository must never redirect a prompt.
"""

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple, TypeVar

from confgen.errors import SettingsError
from confgen.machine import Machine
from confgen.settings import checks, rules
from confgen.settings.preferences import ProviderPreferences, is_json, parse_preferences
from confgen.settings.shim import shim_table
from confgen.settings.suggest import did_you_mean

FILE_NAME = "confgen.toml"
ROUTES = ("auto", "native", "shim")
TOP_LEVEL = ("profile", "profiles", "harness", "upstream", "api_key_env", "shim")
PROFILE_FIELDS: Mapping[str, Callable[[object, str], Any]] = MappingProxyType(
    {
        "model": checks.model,
        "small_model": checks.model,
        "context_tokens": checks.tokens,
        "output_tokens": checks.tokens,
        "images": checks.flag,
        "upstream": checks.upstream,
        "unknown_models": rules.unknown_models,
        "drop_parameters": rules.drop_parameters,
        "session_id": checks.flag,
        "drop_null_reasoning": checks.flag,
        "models": rules.model_rules,
    }
)
"""The settings of a profile beside its provider object, each with its check."""
FIELD_NAMES = MappingProxyType({"models": "rules"})
"""What a setting is called as a field of Profile, where that is not its own name."""
USER_ONLY = frozenset({"upstream", "api_key_env", "shim"})

T = TypeVar("T")


class ProfileTable(NamedTuple):
    """One `[profiles.NAME]` as a file has it.

    `fields` holds what it sets by the name and in the type that Profile has for it.
    """

    fields: Mapping[str, Any]
    provider: ProviderPreferences | None


class HarnessTable(NamedTuple):
    """One `[harness.NAME]`: its profile, its route, and extra values for its templates."""

    profile: str | None = None
    route: str | None = None
    values: Mapping[str, Any] = MappingProxyType({})


class SettingsFile(NamedTuple):
    """One `confgen.toml`, checked. `label` is how its values name their source.

    `shim` holds what it sets by the fields of ShimSettings.
    """

    label: str
    profile: str | None = None
    upstream: str | None = None
    api_key_env: str | None = None
    profiles: Mapping[str, ProfileTable] = MappingProxyType({})
    harnesses: Mapping[str, HarnessTable] = MappingProxyType({})
    shim: Mapping[str, Any] = MappingProxyType({})


def read_settings(machine: Machine, project: Path) -> tuple[SettingsFile, ...]:
    """The settings files that apply, strongest first: the project's, then the user's."""
    user = user_file(machine)
    found = []
    if nearest := project_file(machine, project):
        found.append(_read(nearest, user_only=USER_ONLY))
    if _exists(user):
        found.append(_read(user, user_only=frozenset()))
    return tuple(found)


def user_file(machine: Machine) -> Path:
    """The user's own file, whether it is there or not; `$CONFGEN_CONFIG` may name its folder."""
    named = Path(machine.settings_file)
    try:
        return named / FILE_NAME if named.is_dir() else named
    except OSError as error:
        raise _unreadable(named, error) from error


def project_file(machine: Machine, project: Path) -> Path | None:
    """The nearest file upward from `project`, unless it is the user's own; None: there is none."""
    user = user_file(machine)
    nearest = next((p / FILE_NAME for p in (project, *project.parents) if _is_file(p)), None)
    return None if nearest and _exists(user) and nearest.samefile(user) else nearest


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except OSError as error:
        raise _unreadable(path, error) from error


def _is_file(folder: Path) -> bool:
    try:
        return (folder / FILE_NAME).is_file()
    except OSError:
        return False


def _read(path: Path, *, user_only: frozenset[str]) -> SettingsFile:
    try:
        # A pipe would keep us waiting, and a device need not end; `/dev/null` stands for nothing.
        if not path.is_file() and str(path) != os.devnull:
            raise SettingsError(
                "the settings are no file",
                where=str(path),
                hint="move it away, or point $CONFGEN_CONFIG at a file",
            )
        data = path.read_bytes()
    except OSError as error:
        raise _unreadable(path, error) from error
    return check_file(data, path, user_only=user_only)


def check_file(data: bytes, path: Path, *, user_only: frozenset[str]) -> SettingsFile:
    """The bytes of `path`, checked. Raises SettingsError with the place or the key."""
    try:
        text = data.decode("utf-8-sig")
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
    prefix = f"{label}: "
    checks.known_keys(document, TOP_LEVEL, prefix)
    _refuse(document, user_only, prefix)
    profiles = checks.tables(document.get("profiles", {}), f"{prefix}profiles")
    harnesses = checks.tables(document.get("harness", {}), f"{prefix}harness")
    return SettingsFile(
        label=label,
        profile=_given(document, "profile", checks.text, prefix),
        upstream=_given(document, "upstream", checks.upstream, prefix),
        api_key_env=_given(document, "api_key_env", _variable, prefix),
        profiles={k: _profile(k, v, prefix, user_only) for k, v in profiles.items()},
        harnesses={k: _harness(k, v, prefix, user_only) for k, v in harnesses.items()},
        shim=shim_table(document.get("shim", {}), f"{prefix}shim"),
    )


def _given(
    table: Mapping[str, Any], key: str, check: Callable[[object, str], T], prefix: str
) -> T | None:
    return check(table[key], f"{prefix}{key}") if key in table else None


def _profile(
    name: str, table: Mapping[str, Any], root: str, user_only: frozenset[str]
) -> ProfileTable:
    within = f"{root}profiles."
    prefix = f"{within}{name}."
    checks.known_keys(table, (*PROFILE_FIELDS, "provider"), prefix, within)
    _refuse(table, user_only, prefix)
    fields = {
        FIELD_NAMES.get(key, key): PROFILE_FIELDS[key](value, f"{prefix}{key}")
        for key, value in table.items()
        if key != "provider"
    }
    provider = table.get("provider")
    parsed = None if provider is None else parse_preferences(provider, where=f"{prefix}provider")
    return ProfileTable(fields, parsed)


def _harness(
    name: str, table: Mapping[str, Any], root: str, user_only: frozenset[str]
) -> HarnessTable:
    prefix = f"{root}harness.{name}."
    route = _given(table, "route", checks.text, prefix)
    if route is not None and route not in ROUTES:
        where = f"{prefix}route"
        raise SettingsError(f"no route '{route}'", where=where, hint=did_you_mean(route, ROUTES))
    values = {k: v for k, v in table.items() if k not in ("profile", "route")}
    if values and user_only:
        raise SettingsError(
            "a project's settings may give a harness only 'profile' and 'route'",
            where=f"{prefix}{min(values)}",
            hint="move it to your own confgen.toml",
        )
    if odd := next((name for name, value in values.items() if not is_json(value)), None):
        raise SettingsError(
            f"'{odd}' holds what JSON does not have: a date, a time, inf or nan",
            where=f"{prefix}{odd}",
            hint="write it as a string",
        )
    return HarnessTable(_given(table, "profile", checks.text, prefix), route, values)


def _refuse(table: Mapping[str, Any], names: frozenset[str], prefix: str) -> None:
    for key in table:
        if key in names:
            raise SettingsError(
                f"a project's settings may not set '{key}': it decides where requests or keys go",
                where=f"{prefix}{key}",
                hint="take it out of the project's file and set it in your own confgen.toml",
            )


def _variable(value: object, where: str) -> str:
    name = checks.text(value, where)
    if name.isascii() and name.isidentifier():
        return name
    # The value is not shown: it may be the key itself.
    raise SettingsError(
        "'api_key_env' is not the name of an environment variable",
        where=where,
        hint='write the name, never the key: api_key_env = "OPENROUTER_API_KEY"',
    )
