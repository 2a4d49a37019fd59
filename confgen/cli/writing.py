"""What apply and remove have in common: one plan, shown, confirmed and written."""

import sys
from collections.abc import Callable

import typer

from confgen.cli.call import Call
from confgen.cli.manner import Manner
from confgen.errors import ConfgenError, ConflictError
from confgen.harnesses import Harness
from confgen.plan import Plan
from confgen.planner import Planner, make_plan
from confgen.report.plan import Screen
from confgen.take_back import Memory, remember
from confgen.target import Target
from confgen.write import State

Wish = Callable[[Harness], tuple[Target, ...]]
_TRIES = 3


def carry_out(
    call: Call,
    harnesses: tuple[Harness, ...],
    wish: Wish,
    screen: Screen,
    manner: Manner,
    agreed: Plan | None = None,
) -> Memory | None:
    """Plan, show, ask and write. Returns what it takes to undo that; None if nothing was to be.

    `agreed` is a plan that was shown already, and that its user agrees to: only that is written.
    """
    state = State(call.state_folder)

    def planned() -> Plan:
        planner = Planner.read(state, force=manner.force, adopt=manner.adopt)
        return make_plan(harnesses, wish, planner)

    if state.pending() and not manner.dry_run:
        with state.lock():
            screen.recovered(state.recover())
    plan = agreed or planned()
    if not plan.is_clear and not manner.dry_run and state.folder.exists():
        # Another confgen may have been between the manifest and the files: look while none is.
        with state.lock():
            plan = planned()
    asks = not (agreed or manner.yes or screen.as_json) and is_terminal()
    ends = manner.dry_run or plan.is_empty or not plan.is_clear
    if asks or ends:
        screen.plan(plan, dry_run=manner.dry_run)
    stop_on_trouble(plan)
    if ends:
        return None
    if asks:
        typer.confirm("Write this?", default=True, abort=True)
    with state.lock():
        screen.recovered(state.recover())
        return _write(state, planned, screen, plan, asked=asks or agreed is not None)


def is_terminal() -> bool:
    """Whether someone is there to be asked."""
    return sys.stdin.isatty() and sys.stdout.isatty()


def _write(
    state: State, planned: Callable[[], Plan], screen: Screen, plan: Plan, *, asked: bool
) -> Memory | None:
    """Write the plan; where a file or the manifest is no longer what it was, plan again."""
    from confgen.write.transaction import Stale  # noqa: PLC0415

    shown = plan
    for attempt in range(_TRIES):
        if attempt or Planner.read(state).manifest != plan.manifest:
            plan = planned()
        if asked and plan != shown:
            raise ConfgenError(
                "a file changed while you were reading the plan; nothing was written",
                hint="run the command again to see the new plan",
            )
        if plan.is_empty or not plan.is_clear:
            screen.plan(plan, dry_run=False)
            stop_on_trouble(plan)
            return None
        memory = remember(state, plan)
        try:
            state.commit(plan.transaction())
        except Stale:
            if attempt == _TRIES - 1:
                raise
            continue
        if not asked:
            screen.plan(plan, dry_run=False)
        screen.written(plan)
        return memory
    return None


def stop_on_trouble(plan: Plan) -> None:
    """Leave with the exit code of the first failure, or of a conflict; all are reported by now."""
    if plan.failures:
        raise typer.Exit(plan.failures[0].error.exit_code)
    if plan.conflicts:
        raise typer.Exit(ConflictError.exit_code)
