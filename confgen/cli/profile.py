"""`confgen profile`: the profiles of `confgen.toml`, shown and edited with its comments kept."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from confgen.cli.call import Call
from confgen.cli.complete import complete_profile
from confgen.cli.options import Json, Names, routed
from confgen.cli.profile_source import new_profile
from confgen.cli.profile_uses import (
    elsewhere,
    named_by,
    overruled,
    stale,
    users_of,
    uses_of,
    with_their_own,
)
from confgen.errors import ConfgenError
from confgen.harnesses import find_harness
from confgen.report.fragment import print_sources
from confgen.report.profiles import (
    ProfileRow,
    print_profile,
    print_profiles,
    print_uses,
    say_next,
    say_written,
)
from confgen.report.terminal import note
from confgen.settings import Overrides, Settings, doubts
from confgen.settings.presets import find_preset, load_presets
from confgen.settings.resolve import no_profile, resolve_profile

# The Tab key and --help do without what edits.
if TYPE_CHECKING:
    from confgen.cli.settings_file import Place
    from confgen.document.toml.document import TomlDocument
    from confgen.manifest import Manifest

profile = typer.Typer(
    help="Show and edit the profiles of confgen.toml, with its comments and its layout kept.",
    epilog="Example: confgen profile add us-no-retention",
    rich_markup_mode=None,
)

Name = Annotated[
    str,
    typer.Argument(metavar="NAME", help="The profile's name.", autocompletion=complete_profile),
]
InProject = Annotated[
    Path | None,
    typer.Option("--project", metavar="DIR", help="Edit that project's confgen.toml instead."),
]


@profile.command("list")
def list_(as_json: Json = False) -> None:
    """List the profiles, and presets to add.

    Example: confgen profile list
    """
    call = Call.read()
    manifest = _manifest(call)
    names = call.settings.profile_names
    rows = [_row(call.settings, name, manifest) for name in names]
    presets = [preset for preset in load_presets() if preset.name not in names]
    print_profiles(rows, presets, as_json=as_json)


@profile.command()
def show(name: Name, as_json: Json = False) -> None:
    """Show a profile's values, and their sources.

    Example: confgen profile show kimi-k2.5
    """
    call = Call.read()
    settings, preset = call.settings, find_preset(name)
    if preset and name not in settings.profile_names:
        settings = settings._replace(files=(*settings.files, preset.as_file()))
    row = _row(settings, name, _manifest(call))
    trade_off = preset.trade_off if preset and row.source in ("preset", "built-in") else None
    if as_json:
        print_profile(row, trade_off)
        return
    print_sources((row.profile,))
    print_uses(row, trade_off)


@profile.command()
@routed
def add(
    name: Name,
    source: Annotated[
        str | None,
        typer.Option(
            "--from",
            metavar="PRESET|PROFILE",
            help="Start from a copy of that one.",
            autocompletion=complete_profile,
        ),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace one of the same name.")] = False,
    project: InProject = None,
    *,
    overrides: Overrides,
) -> None:
    """Add a preset, a copy or a new profile.

    NAME alone is for a preset; --from copies one of another name, and --model starts a new one.

    Example: confgen profile add glm --model z-ai/glm-5 --only z-ai --context-tokens 200000
    """
    from confgen.cli.settings_file import change_settings, settings_place  # noqa: PLC0415
    from confgen.settings.edit import put_profile  # noqa: PLC0415

    call = Call.read(project=project)
    place = settings_place(call, project)
    table = new_profile(call.settings, name, source, overrides)

    def change(document: "TomlDocument") -> "TomlDocument":
        if not force:
            _check_free(call.settings, name, document)
        return put_profile(document, name, table)

    draft = change_settings(call, place, change)
    what = "written" if draft.changes else "stands there as it should be"
    say_written(place.path, f"profile '{name}' {what}")
    settings = place.laid_into(call.settings, draft.file)
    _warn(settings, name)
    if not any(named_by(name, settings)):
        say_next([f"confgen profile use {name}"])


@profile.command()
def use(name: Name, harnesses: Names = None, project: InProject = None) -> None:
    """Make a profile that of all, or of some.

    Without a harness it becomes the default. A preset is copied into confgen.toml on the way.

    Example: confgen profile use kimi-k2.5 opencode droid
    """
    from confgen.cli.settings_file import change_settings, settings_place  # noqa: PLC0415
    from confgen.settings.edit import put_profile, use_profile  # noqa: PLC0415

    call = Call.read(project=project)
    place = settings_place(call, project)
    chosen = tuple(dict.fromkeys(find_harness(harness).NAME for harness in harnesses or ()))
    preset = None if name in call.settings.profile_names else find_preset(name)
    if preset is None:
        resolve_profile(call.settings, name, where="profile use")

    def change(document: "TomlDocument") -> "TomlDocument":
        document = use_profile(document, name, chosen)
        return put_profile(document, name, preset.table) if preset else document

    draft = change_settings(call, place, change)
    whose = f"the profile of {', '.join(chosen)}" if chosen else "the default profile"
    say_written(place.path, f"{whose} is '{name}'{', copied from the preset' if preset else ''}")
    settings = place.laid_into(call.settings, draft.file)
    _warn(settings, name)
    _tell_limits(settings, name, chosen, place)
    _say_apply(settings, _manifest(call))


@profile.command()
def remove(
    name: Name,
    force: Annotated[
        bool, typer.Option("--force", help="Even if it is used: the file forgets it altogether.")
    ] = False,
    project: InProject = None,
) -> None:
    """Take a profile out, unless it is used.

    Example: confgen profile remove glm
    """
    from confgen.cli.settings_file import change_settings, settings_place  # noqa: PLC0415
    from confgen.settings.edit import drop_profile  # noqa: PLC0415

    call = Call.read(project=project)
    place = settings_place(call, project)
    _check_here(call.settings, name, place)
    users = () if force else users_of(name, call.settings, _manifest(call))
    if users:
        raise ConfgenError(
            f"the profile '{name}' is used",
            where="; ".join(users),
            hint="'confgen profile use' another one there first, or remove it with --force",
        )
    rest = [label for label, _ in call.settings.tables_of(name) if label != str(place.path)]

    def change(document: "TomlDocument") -> "TomlDocument":
        return drop_profile(document, name, references=not rest)

    draft = change_settings(call, place, change)
    say_written(place.path, f"profile '{name}' removed")
    settings = place.laid_into(call.settings, draft.file)
    if rest:
        note("note", f"there still is a '{name}': {rest[0]}")
    elif left := next(named_by(name, settings), None):
        note("warning", f"nothing is left that is called '{name}', and this names it: {left}")
    else:
        _say_apply(settings, _manifest(call))


def _manifest(call: Call) -> "Manifest":
    from confgen.planner import Planner  # noqa: PLC0415
    from confgen.write import State  # noqa: PLC0415

    return Planner.read(State(call.state_folder)).manifest


def _row(settings: Settings, name: str, manifest: "Manifest") -> ProfileRow:
    found = resolve_profile(settings, name, where="profile")
    return ProfileRow(found, *uses_of(name, settings, manifest), settings.tables_of(name)[0][0])


def _check_free(settings: Settings, name: str, document: "TomlDocument") -> None:
    here = [document.name] if document.find(("profiles", name)) else []
    taken = here or [label for label, _ in settings.tables_of(name)]
    if taken:
        raise ConfgenError(
            f"there is a profile '{name}' already",
            where=taken[0],
            hint="choose another name, or replace it with --force",
        )


def _check_here(settings: Settings, name: str, place: "Place") -> None:
    """Whether the file to edit has the profile."""
    labels = [label for label, _ in settings.tables_of(name)]
    if not labels:
        raise no_profile(settings, name, where="profile remove")
    if str(place.path) not in labels:
        built_in = labels[0] == "built-in"
        raise ConfgenError(
            f"the profile '{name}' {'is built in' if built_in else 'stands in another file'}",
            where=labels[0],
            hint="it can only be left unused" if built_in else "--project DIR says whose to edit",
        )


def _warn(settings: Settings, name: str) -> None:
    for doubt in doubts(resolve_profile(settings, name, where="profile").provider):
        note("warning", f"profile {name}: {doubt}")


def _tell_limits(settings: Settings, name: str, chosen: tuple[str, ...], place: "Place") -> None:
    """Say where what was just written does not reach."""
    for setting in overruled(name, chosen, settings):
        note("warning", f"another file says otherwise, and wins: {setting}")
    if not chosen and (others := with_their_own(settings)):
        note("note", f"these keep a profile of their own: {', '.join(others)}")
    if other := elsewhere(place.path, name, settings):
        note("warning", f"'{name}' is known only where this file is read, too: {other}")


def _say_apply(settings: Settings, manifest: "Manifest") -> None:
    if harnesses := stale(settings, manifest):
        say_next([f"confgen apply {' '.join(harnesses)}"])
