"""The `confgen.toml` that a command edits: which one it is, its new text, and the writing of it."""

from pathlib import Path
from typing import NamedTuple

from confgen.cli.call import Call
from confgen.manifest import dump_manifest, load_manifest
from confgen.settings import Settings
from confgen.settings.edit import Change, edit_settings
from confgen.settings.files import FILE_NAME, USER_ONLY, SettingsFile, project_file, user_file
from confgen.write import Original, State, read_original


class Draft(NamedTuple):
    """A settings file as it stands, the bytes that it is to have, and what these say."""

    original: Original
    data: bytes
    file: SettingsFile

    @property
    def changes(self) -> bool:
        return self.data != self.original.data


class Place(NamedTuple):
    """A settings file to edit: the user's own, or a project's, which may not say everything."""

    path: Path
    of_project: bool

    def draft(self, change: Change) -> Draft:
        """Read the file and make the change. Raises SettingsError and DocumentError."""
        original = read_original(self.path)
        allowed = USER_ONLY if self.of_project else frozenset()
        data, file = edit_settings(original.data or b"", self.path, change, user_only=allowed)
        return Draft(original, data, file)

    def laid_into(self, settings: Settings, file: SettingsFile) -> Settings:
        """The settings as they are once `file` stands in this place."""
        others = tuple(f for f in settings.files if f.label != file.label)
        files = (file, *others) if self.of_project else (*others, file)
        return settings._replace(files=files)


def settings_place(call: Call, project: Path | None) -> Place:
    """Where to write: the user's file, unless a project is named."""
    if project is None:
        return Place(user_file(call.machine), of_project=False)
    nearest = project_file(call.machine, call.project)
    return Place(nearest or call.project / FILE_NAME, of_project=True)


def change_settings(call: Call, place: Place, change: Change) -> Draft:
    """Read, change and write the file while no other confgen writes."""
    state = State(call.state_folder)
    with state.lock():
        state.recover()
        draft = place.draft(change)
        _commit(state, draft)
    return draft


def write_draft(call: Call, draft: Draft) -> None:
    """Write what was drafted before. Raises Stale if the file has changed since."""
    state = State(call.state_folder)
    with state.lock():
        state.recover()
        _commit(state, draft)


def _commit(state: State, draft: Draft) -> None:
    """One transaction with the manifest as it is: journalled, with a backup, at one stroke."""
    from confgen.write.transaction import FileWrite, Transaction  # noqa: PLC0415

    if not draft.changes:
        return
    manifest = load_manifest(state.manifest(), where=str(state.folder / "manifest.json"))
    write = FileWrite(draft.original, draft.data, private=False)
    state.commit(Transaction((write,), dump_manifest(manifest), keep_blobs=manifest.blobs()))
