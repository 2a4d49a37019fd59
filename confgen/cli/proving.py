"""What verify and `apply --verify` have in common: a harness is run and judged."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from functools import partial
from typing import NamedTuple

from confgen.cli.call import Call, find_project
from confgen.errors import ConfgenError
from confgen.harnesses import Harness
from confgen.planner import Planner
from confgen.proof.claim import PROMPT, TIMEOUT, Mode, make_claim
from confgen.proof.signals import interruptible, undisturbed
from confgen.proof.verdict import Verdict
from confgen.proof.verify import Causes, Result, verify
from confgen.report.progress import progress
from confgen.shim.token import read_token
from confgen.take_back import Memory, take_back
from confgen.write import State


class Proof(NamedTuple):
    """How harnesses are verified in one call. `tokens` are the shim's, `secrets` never shown."""

    call: Call
    planner: Planner
    mode: Mode | None
    prompt: str
    timeout: float
    tokens: tuple[str, ...]
    secrets: frozenset[str]

    @classmethod
    def read(cls, call: Call, mode: Mode | None, prompt: str, timeout: float) -> "Proof":
        return cls(
            call=call,
            planner=Planner.read(State(call.state_folder)),
            mode=mode,
            prompt=prompt,
            timeout=timeout,
            tokens=tuple(_tokens(call)),
            secrets=call.secrets(),
        )

    def of(self, harness: Harness) -> Result:
        """The result for one harness; what keeps it from being run is its verdict."""
        call = self.call
        try:
            claim = make_claim(
                harness,
                call.machine,
                call.settings,
                self.planner.manifest,
                self.mode,
                self.tokens,
            )
        except ConfgenError as error:
            words = (error.hint,) if error.hint else ()
            return Result(harness, None, None, (), Verdict("error", str(error)), words)
        with progress(f"running {harness.TITLE} against a stand-in for OpenRouter"):
            return verify(claim, self.prompt, self.timeout, _causes(call, claim.mode))


def prove(call: Call, harnesses: Sequence[Harness], memory: Memory | None) -> tuple[Result, ...]:
    """Verify what has just been written; take it back unless all of it is pinned, or on Ctrl-C."""
    results: list[Result] = []
    with interruptible():
        try:
            proof = Proof.read(call, "live", PROMPT, TIMEOUT)
            results += map(proof.of, harnesses)
        finally:
            pinned = [result for result in results if result.verdict.word == "pinned"]
            if memory and len(pinned) < len(harnesses):
                with undisturbed():
                    take_back(State(call.state_folder), memory)
    return tuple(results)


def _causes(call: Call, mode: Mode) -> Causes:
    """What the doctor finds: of the user's own files, which a throw-away home does not have."""
    if mode == "isolated":
        return lambda _harness: ()
    # Asked for where something is amiss alone.
    from confgen.doctor.causes import causes  # noqa: PLC0415
    from confgen.doctor.snapshot import Snapshot  # noqa: PLC0415

    project = find_project(call.machine, None)
    return partial(causes, snapshot=Snapshot(call.machine, project, call.settings.overrides))


def _tokens(call: Call) -> Iterator[str]:
    """What opens the shim: a config file may hold it."""
    # One that cannot be read opens nothing either.
    with suppress(ConfgenError):
        if token := read_token(call.state_folder):
            yield token
    if given := call.machine.env.get("CONFGEN_SHIM_TOKEN"):
        yield given
