"""`confgen init`: from nothing to pinned harnesses. All questions come before the first write."""

import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, NamedTuple

import typer

from confgen.cli import main
from confgen.cli.ask import Questions
from confgen.cli.call import Call
from confgen.cli.choices import Choice, choose
from confgen.cli.manner import Manner, Yes
from confgen.cli.options import Names, routed
from confgen.cli.settings_file import Draft, settings_place, write_draft
from confgen.cli.writing import carry_out, is_terminal, stop_on_trouble
from confgen.errors import StoppedError
from confgen.harnesses import HARNESSES, Harness, find_harness
from confgen.installed import find_installed
from confgen.plan import Plan
from confgen.planner import Planner, make_plan
from confgen.report.init import print_draft, print_here, print_key
from confgen.report.key import missing_keys
from confgen.report.plan import Screen, next_steps
from confgen.report.profiles import say_written
from confgen.report.terminal import note
from confgen.settings import Overrides, Settings
from confgen.target import LocalShim, Target, wanted
from confgen.write import State


class Outlook(NamedTuple):
    """What the answers come to: the settings file, and what it makes of the harnesses' files.

    `call` has the settings as they will be; `draft` is still to be written, as is `plan`.
    """

    call: Call
    choice: Choice
    draft: Draft
    plan: Plan
    shim: LocalShim | None

    @classmethod
    def of(cls, call: Call, choice: Choice) -> "Outlook":
        place = settings_place(call, None)
        draft = place.draft(choice.change)
        call = dataclasses.replace(call, settings=place.laid_into(call.settings, draft.file))
        shim = call.meet_shim(choice.harnesses, make_token=True)
        outlook = cls(call, choice, draft, Plan(()), shim)
        planner = Planner.read(State(call.state_folder))
        return outlook._replace(plan=make_plan(choice.harnesses, outlook.wish, planner))

    def wish(self, harness: Harness) -> tuple[Target, ...]:
        call = self.call
        return wanted(
            harness, call.settings, call.machine, call.scope, call.project, shim=self.shim
        )

    @property
    def names(self) -> list[str]:
        return [harness.NAME for harness in self.choice.harnesses]

    @property
    def keys(self) -> Sequence[str]:
        """The variables that the key is read from."""
        settings = self.call.settings
        used = [settings.profile_for(name).api_key_env for name in self.names or [""]]
        return tuple(dict.fromkeys(used))


@routed
def init(
    names: Names = None,
    apply: Annotated[
        bool | None,
        typer.Option(
            "--apply/--no-apply", help="Write the harnesses' files too.", show_default=False
        ),
    ] = None,
    verify: Annotated[
        bool | None,
        typer.Option(
            "--verify/--no-verify", help="Then run each, and see it pinned.", show_default=False
        ),
    ] = None,
    yes: Yes = False,
    *,
    overrides: Overrides,
) -> None:
    """Find the harnesses, choose a profile, write confgen.toml, and apply it.

    Without a terminal, or with --yes, nothing is asked: the options and the defaults decide.
    --yes applies what it has chosen; without a terminal, --apply says so.

    Example: confgen init --yes --profile us-no-retention
    """
    questions = Questions(asks=is_terminal() and not yes)
    call, screen = Call.read(), Screen()
    state = State(call.state_folder)
    if state.pending():
        with state.lock():
            screen.recovered(state.recover())
    outlook = _choose(questions, call, names, overrides)
    screen = Screen(secrets=outlook.call.secrets())
    print_draft(outlook.draft.original.path, outlook.draft.original.data, outlook.draft.data)
    if outlook.draft.changes and not questions.agree("Write this?", default=True):
        raise typer.Abort
    applies = _shown(outlook, screen) and (
        questions.agree("Apply it, too?", default=yes) if apply is None else apply
    )
    verifies = applies and (
        questions.agree("And verify it?", default=False) if verify is None else verify
    )
    _write(outlook, screen, applies=applies)
    stop_on_trouble(outlook.plan)
    if verifies and (code := main(["verify", *outlook.names])):
        raise typer.Exit(code)


def _choose(
    questions: Questions, call: Call, names: list[str] | None, overrides: Overrides
) -> Outlook:
    """Show what is here, ask, and see what the answers come to."""
    named = tuple(find_harness(name) for name in dict.fromkeys(names or ()))
    here = call.choose(None, every=True)
    print_here(
        [_found(call, harness) for harness in here],
        [name for name, harness in HARNESSES.items() if harness not in here],
    )
    settings = _unled(call.settings, own=str(call.machine.settings_file))
    outlook = Outlook.of(call, choose(questions, settings, overrides, named, here))
    settings = outlook.call.settings
    for name in outlook.names:
        if (other := settings.profile_for(name).name) != outlook.choice.profile:
            note(
                "warning", f"in this folder {name} has the profile '{other}': its confgen.toml wins"
            )
    return outlook


def _unled(settings: Settings, own: str) -> Settings:
    """The settings without what a checkout's file chooses: that is for its folder alone.

    The profiles that it has may still be named.
    """
    files = (
        file if file.label == own else file._replace(profile=None, harnesses={})
        for file in settings.files
    )
    return settings._replace(files=tuple(files))


def _found(call: Call, harness: Harness) -> tuple[str, str, str | None]:
    """The name of a harness, its version, and its config file, if there is one."""
    installed = find_installed(harness, call.machine.env)
    version = (installed.version or "?") if installed else "-"
    files = harness.config_files(call.machine, "user", call.project)
    paths = (str(path) for file in files for path in file.candidates if Path(path).exists())
    return harness.NAME, version, next(paths, None)


def _shown(outlook: Outlook, screen: Screen) -> bool:
    """Show the plan, if there is one; whether there is something to apply."""
    if not outlook.names:
        return False
    screen.plan(outlook.plan, dry_run=False)
    return outlook.plan.is_clear and not outlook.plan.is_empty


def _write(outlook: Outlook, screen: Screen, *, applies: bool) -> None:
    """Write the settings file, then the harnesses' own, each whole or not at all."""
    call, draft = outlook.call, outlook.draft
    write_draft(call, draft)
    if draft.changes:
        say_written(draft.original.path, "written")
    if applies:
        manner = Manner(dry_run=False, force=False, adopt=False, yes=True)
        try:
            carry_out(
                call, outlook.choice.harnesses, outlook.wish, screen, manner, agreed=outlook.plan
            )
        except KeyboardInterrupt as error:
            raise StoppedError(
                "stopped; confgen.toml is written, and no other file",
                hint=f"'confgen apply {' '.join(outlook.names)}' goes on from there",
            ) from error
    print_key(outlook.keys, call.machine)
    screen.follow(_steps(outlook, applies=applies))


def _steps(outlook: Outlook, *, applies: bool) -> Sequence[str]:
    call = outlook.call
    if applies:
        return next_steps(outlook.plan, call.settings, call.machine, outlook.shim)
    missing = missing_keys(outlook.keys, call.machine)
    if not outlook.names:
        return (*missing, "confgen init   # again, once a harness is installed")
    if outlook.plan.is_empty:
        return (*missing, "confgen status # whether the pin still stands")
    return (*missing, f"confgen apply {' '.join(outlook.names)}")
