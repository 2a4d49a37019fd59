"""`confgen show`: the rendered fragment alone, nothing merged, no config file read."""

from collections.abc import Sequence
from typing import Annotated

import typer

from confgen.cli.call import Call
from confgen.cli.options import Json, Project, ScopeName, routed
from confgen.errors import UsageError
from confgen.harnesses import find_harness
from confgen.redact import MASK
from confgen.report.fragment import print_fragment, print_fragments, print_sources
from confgen.report.terminal import note
from confgen.settings import Overrides
from confgen.settings.suggest import did_you_mean
from confgen.target import Target, wanted
from confgen.templates import own_templates


@routed
def show(
    name: Annotated[
        str,
        typer.Argument(metavar="HARNESS", help="Which harness."),
    ],
    file: Annotated[
        str | None,
        typer.Option("--file", metavar="NAME", help="Which of its files, if it has several."),
    ] = None,
    sources: Annotated[
        bool, typer.Option("--sources", help="Print where each value comes from instead.")
    ] = False,
    scope: ScopeName = "user",
    project: Project = None,
    as_json: Json = False,
    *,
    overrides: Overrides,
) -> None:
    """Print what confgen would set, as a file of its own: nothing else, and pipeable.

    Example: confgen show droid --model moonshotai/kimi-k2.5 --only fireworks
    """
    call = Call.read(overrides, scope=scope, project=project)
    harness = find_harness(name)
    # Without its token: what is shown may go anywhere.
    shim = call.find_shim([harness])
    targets = wanted(harness, call.settings, call.machine, call.scope, call.project, shim=shim)
    profile = call.settings.profile_for(name)
    # The packaged templates are held against their schemas by the tests, once and for all.
    if own_templates(name, call.machine.settings_file.parent).is_dir():
        from confgen.validate import check_fragment  # noqa: PLC0415

        for target in targets:
            check_fragment(target)
    picked = _pick(targets, file)
    if as_json:
        print_fragments(targets if file is None else [picked], profile)
        return
    if sources:
        print_sources((profile,))
    else:
        print_fragment(picked)
    if shim:
        note("note", f"{MASK} stands for the shim's token, which 'confgen apply' writes")
    for text in targets[0].notes:
        note("note", text)


def _pick(targets: Sequence[Target], file: str | None) -> Target:
    for target in targets:
        if file in (None, target.file.template):
            return target
    names = [target.file.template for target in targets]
    raise UsageError(f"no file '{file}'", where="--file", hint=did_you_mean(str(file), names))
