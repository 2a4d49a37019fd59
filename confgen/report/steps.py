"""Commands to type next, each with what it is for."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from confgen.report.terminal import columns, parts

_INDENT = "  "


class Step(NamedTuple):
    """A command line, to be copied, and what it does."""

    command: str
    why: str


def print_steps(steps: Sequence[Step]) -> None:
    if steps:
        parts([(("Next:", ""),), *_lines(steps)])


def _lines(steps: Sequence[Step]) -> Iterator[tuple[tuple[str, str], ...]]:
    """Each step in a line, with the reasons in a column; above the commands where that is too wide.

    The reasons are comments, so that the lines can be copied together.
    """
    wide = max(len(step.command) for step in steps)
    longest = max(len(step.why) for step in steps)
    if len(_INDENT) + wide + len(" # ") + longest <= columns():
        for step in steps:
            yield (f"{_INDENT}{step.command:<{wide}}", ""), (f" # {step.why}", "dim")
        return
    for step in steps:
        yield ((f"{_INDENT}# {step.why}", "dim"),)
        yield ((f"{_INDENT}{step.command}", ""),)
