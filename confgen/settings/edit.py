"""Edits of a `confgen.toml`, with its comments and its layout kept. Texts in, texts out."""

from collections.abc import Callable, Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

from confgen.document import Delete, Edit, Prune, Set, decode, open_toml
from confgen.document import Path as KeyPath
from confgen.document.toml.document import TomlDocument
from confgen.errors import DocumentError
from confgen.settings.files import FIELD_NAMES, ProfileTable, SettingsFile, check_file
from confgen.settings.profile import ModelRule

Change = Callable[[TomlDocument], TomlDocument]

# These get a header of their own; every other object stands on the line of its key.
_HEADED = ("provider", "models")
_SETTINGS = {field: setting for setting, field in FIELD_NAMES.items()}


def edit_settings(
    data: bytes, path: Path, change: Change, *, user_only: frozenset[str] = frozenset()
) -> tuple[bytes, SettingsFile]:
    """The bytes of `path` with a change made, and what they then say.

    Raises SettingsError where they are invalid, before or after, and DocumentError where the text
    cannot be edited.
    """
    name = str(path)
    check_file(data, path, user_only=user_only)
    try:
        edited = change(open_toml(decode(data, name=name), name=name)).text.encode("utf-8")
    except RuntimeError as error:
        # The editor proves its own work, and gives up where the proof fails.
        raise DocumentError(
            f"confgen cannot edit this layout safely: {error}",
            where=name,
            hint="edit the file by hand, and report this as a bug",
        ) from error
    return edited, check_file(edited, path, user_only=user_only)


def written(table: ProfileTable) -> dict[str, Any]:
    """A profile as a file spells it: the settings by their names there, the pin last."""
    fields = {_SETTINGS.get(key, key): _plain(value) for key, value in table.fields.items()}
    rules = {"models": fields.pop("models")} if "models" in fields else {}
    pin = {} if table.provider is None else {"provider": table.provider.to_json()}
    return {**fields, **pin, **rules}


def _plain(value: Any) -> Any:
    """A checked value in TOML's own types."""
    if not isinstance(value, tuple):
        return value
    if all(isinstance(item, ModelRule) for item in value) and value:
        return {rule.pattern: _rule(rule) for rule in value}
    return list(value)


def _rule(rule: ModelRule) -> dict[str, Any]:
    given = {"model": rule.model, "provider": rule.provider}
    return {key: value for key, value in given.items() if value is not None}


def put_profile(document: TomlDocument, name: str, table: ProfileTable) -> TomlDocument:
    """Make `[profiles.NAME]` say this and nothing else, in place where it stands already."""
    path = ("profiles", name)
    here, wanted = document.find(path), written(table)
    present = here.value if here and isinstance(here.value, Mapping) else {}
    return document.edit(tuple(_replaced(path, present, wanted)))


def _replaced(
    path: KeyPath, present: Mapping[str, Any], wanted: Mapping[str, Any]
) -> Iterator[Edit]:
    """The edits of one table. What is new comes first, so that the table never stands empty."""
    for key, value in wanted.items():
        old = present.get(key)
        headed = key in _HEADED or isinstance(old, Mapping)
        if isinstance(value, Mapping) and value and headed:
            yield from _replaced((*path, key), old if isinstance(old, Mapping) else {}, value)
            continue
        if isinstance(old, Mapping) and old != value:
            yield Delete((*path, key))
        yield Set((*path, key), value)
    yield from (Delete((*path, key)) for key in present if key not in wanted)


def use_profile(document: TomlDocument, name: str, harnesses: Collection[str]) -> TomlDocument:
    """Make `name` the profile of these harnesses, or, without any, the default."""
    paths: list[KeyPath] = [("harness", harness, "profile") for harness in harnesses]
    return document.edit([Set(path, name) for path in paths or [("profile",)]])


def drop_profile(document: TomlDocument, name: str, *, references: bool) -> TomlDocument:
    """Take `[profiles.NAME]` out and, with `references`, every setting here that names it."""
    edits: list[Edit] = [Delete(("profiles", name)), Prune(("profiles",), "{}")]
    if references:
        edits += _references(document.model, name)
    return document.edit(edits)


def _references(settings: Mapping[str, Any], name: str) -> Iterator[Edit]:
    if settings.get("profile") == name:
        yield Delete(("profile",))
    for harness, table in settings.get("harness", {}).items():
        if table.get("profile") == name:
            yield Delete(("harness", harness, "profile"))
            yield Prune(("harness", harness), None)
