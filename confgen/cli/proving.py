"""What verify and `apply --verify` have in common: a harness is run and judged."""

from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from typing import NamedTuple

import typer

from confgen.cli.call import Call, find_project
from confgen.cli.writing import is_terminal
from confgen.errors import ConfgenError
from confgen.harnesses import Harness
from confgen.installed import find_installed
from confgen.planner import Planner
from confgen.proof.claim import Claim, Mode, make_claim
from confgen.proof.signals import interruptible, undisturbed
from confgen.proof.verdict import Verdict
from confgen.proof.verify import Causes, Result, RunOptions, runs_in_place, verify
from confgen.report.progress import progress
from confgen.report.terminal import note
from confgen.report.verify import print_in_place
from confgen.shim.record import local_address
from confgen.shim.token import new_token, read_token
from confgen.take_back import Memory, take_back
from confgen.target import LocalShim
from confgen.write import State


class Proof(NamedTuple):
    """How harnesses are verified in one call. `token` is the shim's, `secrets` are never shown.

    With `skips_absent` a harness that is not installed is passed over.
    """

    call: Call
    planner: Planner
    mode: Mode | None
    options: RunOptions
    token: str
    secrets: frozenset[str]
    skips_absent: bool = False

    @classmethod
    def read(
        cls, call: Call, mode: Mode | None, options: RunOptions, *, skips_absent: bool = False
    ) -> "Proof":
        return cls(
            call=call,
            planner=Planner.read(State(call.state_folder)),
            mode=mode,
            options=options,
            token=_token(call),
            secrets=call.secrets(),
            skips_absent=skips_absent,
        )

    def claim(self, harness: Harness) -> Claim:
        """What is to be proven of a harness. Raises ConfgenError where that is nothing."""
        call = self.call
        settings = call.settings
        address = local_address(settings.shim.host, settings.shim.port)
        return make_claim(
            harness,
            call.machine,
            settings,
            self.planner.manifest,
            self.mode,
            LocalShim(address, self.token),
        )

    def of(self, harness: Harness) -> Result | None:
        """The result for one harness; what keeps it from being run is its verdict.

        None where it is passed over.
        """
        if self.skips_absent and find_installed(harness, self.call.machine.env) is None:
            note("note", f"{harness.TITLE} is not installed, and was skipped")
            return None
        try:
            claim = self.claim(harness)
        except ConfgenError as error:
            words = (error.hint,) if error.hint else ()
            return Result(harness, None, None, (), Verdict("error", str(error)), words=words)
        with progress(f"running {harness.TITLE} against a stand-in for OpenRouter"):
            return verify(claim, self.options, _causes(self.call, claim.mode))

    def ask_in_place(self, harnesses: Sequence[Harness], *, yes: bool) -> None:
        """List what will run with a harness in its user's own folders, and ask.

        Raises ConfgenError where nobody is there to be asked.
        """
        for harness in harnesses:
            with suppress(ConfgenError):
                print_in_place(harness, runs_in_place(self.claim(harness)), self.secrets)
        if yes:
            return
        if not is_terminal():
            raise ConfgenError(
                "nobody is here to be asked whether all of that may run",
                where="--in-place",
                hint="give --yes as well",
            )
        typer.confirm("Run in your own folders?", default=False, abort=True, err=True)


def prove(call: Call, harnesses: Sequence[Harness], memory: Memory | None) -> tuple[Result, ...]:
    """Verify what has just been written; take it back where it does not hold, or on Ctrl-C.

    What is only not proven stays.
    """
    results: list[Result] = []
    with interruptible():
        try:
            proof = Proof.read(call, "live", RunOptions())
            results += filter(None, map(proof.of, harnesses))
        finally:
            if memory and (len(results) < len(harnesses) or not stands(results)):
                with undisturbed():
                    take_back(State(call.state_folder), memory)
    return tuple(results)


def stands(results: Sequence[Result]) -> bool:
    """Whether nothing is known that speaks against what was written."""
    return all(result.verdict.word in ("pinned", "not-proven") for result in results)


def _causes(call: Call, mode: Mode) -> Causes:
    """What the doctor finds: of the user's own files, which a throw-away home does not have."""
    if mode == "isolated":
        return lambda _harness: ()
    # Asked for where something is amiss alone.
    from confgen.doctor.diagnose import explanations  # noqa: PLC0415
    from confgen.doctor.snapshot import Snapshot  # noqa: PLC0415

    project = find_project(call.machine, None)
    return partial(explanations, snapshot=Snapshot(call.machine, project, call.settings.overrides))


def _token(call: Call) -> str:
    """What opens the shim, as a config file may hold it; before the first there is one for now."""
    # One that cannot be read opens nothing either.
    with suppress(ConfgenError):
        if token := read_token(call.state_folder):
            return token
    return call.machine.env.get("CONFGEN_SHIM_TOKEN") or new_token()
