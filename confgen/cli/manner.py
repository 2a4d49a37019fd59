"""The options of a command that writes, and how far they let it go."""

from typing import Annotated, NamedTuple

import typer

DryRun = Annotated[bool, typer.Option("--dry-run", help="Print the plan and write nothing.")]
Diff = Annotated[bool, typer.Option("--diff", help="Print the unified diff too, redacted.")]
Force = Annotated[bool, typer.Option("--force", help="Overwrite what someone changed since.")]
Adopt = Annotated[
    bool, typer.Option("--adopt", help="Take over a list entry that bears confgen's id.")
]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Ask nothing.")]


class Manner(NamedTuple):
    """How far a call may go."""

    dry_run: bool
    force: bool
    adopt: bool
    yes: bool
