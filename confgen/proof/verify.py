"""One harness, run from its first prompt to its last, and judged."""

import re
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from confgen.errors import ConfgenError
from confgen.finding import Finding
from confgen.harnesses import Harness
from confgen.harnesses.faces import Rehearsal, rehearsal_of
from confgen.harnesses.stage import Part
from confgen.installed import Installed, find_installed, version_in
from confgen.proof.capture.request import Request
from confgen.proof.capture.script import Overflow, Step, delegating, reading
from confgen.proof.capture.server import MOST_REQUESTS, Capture, serving
from confgen.proof.child import run
from confgen.proof.claim import Claim
from confgen.proof.mirror import Ground
from confgen.proof.own_shim import shim_between
from confgen.proof.scenery import NOTE, Scenery, isolated, live, throw_away
from confgen.proof.stand_ins import KEY
from confgen.proof.verdict import Course, Judged, Verdict, decide, expected, judge
from confgen.target import LocalShim

Causes = Callable[[Harness], tuple[Finding, ...]]

_MOST_SUB_AGENTS = 8
_SHORTEN_FROM = 4
"""Messages: with fewer OpenHands has nothing to leave out."""
_VERSION_PATIENCE = 5.0  # seconds
_LINES = 6
_LINE = 200
_CONTROL = re.compile(
    r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|[\x00-\x09\x0b-\x1f]"
)


class Performance(NamedTuple):
    """How the runs of one harness went. `unasked` counts the sub-agents that were given no task."""

    course: Course
    version: str | None = None
    unasked: int = 0


class Result(NamedTuple):
    """What came of one harness. `words` are its own last lines where it is not pinned.

    `version` is None where it could not be told, `claim` None where it did not come to one.
    """

    harness: Harness
    version: str | None
    claim: Claim | None
    judged: tuple[Judged, ...]
    verdict: Verdict
    words: tuple[str, ...] = ()
    elsewhere: tuple[str, ...] = ()
    causes: tuple[Finding, ...] = ()


def verify(claim: Claim, prompt: str, timeout: float, causes: Causes) -> Result:
    """Run the harness that `claim` names for `timeout` seconds at most.

    Nothing of the run is left, however it ends. What goes wrong is the verdict; `causes` is asked
    then what on this machine explains it.
    """
    harness = claim.harness
    installed = find_installed(harness, claim.machine.env)
    if installed is None:
        fault = f"{harness.TITLE} is not installed: there is no '{harness.COMMAND}' on the PATH"
        return Result(harness, None, claim, (), Verdict("error", fault))
    deadline = time.monotonic() + timeout
    with throw_away() as ground, serving() as capture:
        done = _performed(claim, installed, capture, ground, prompt, deadline)
    want = expected(claim.profile, claim.route, claim.settings.shim.mode, KEY)
    judged = tuple(judge(request, want) for request in capture.asked)
    elsewhere = _elsewhere(capture.requests, rehearsal_of(harness))
    lines = tuple(_last_lines(done.course.words))
    course = done.course._replace(elsewhere=elsewhere, words="\n".join(lines))
    verdict = decide(judged, course)
    if verdict.word == "pinned":
        remarked = verdict._replace(detail="; ".join(_remarks(claim, done)))
        return Result(harness, done.version, claim, judged, remarked, elsewhere=elsewhere)
    # Of a leak the requests tell more than the client's words, which are about something else.
    return Result(
        harness=harness,
        version=done.version,
        claim=claim,
        judged=judged,
        verdict=verdict,
        words=() if verdict.word == "leak" else lines,
        elsewhere=elsewhere,
        causes=causes(harness),
    )


def _performed(
    claim: Claim,
    installed: Installed,
    capture: Capture,
    ground: Ground,
    prompt: str,
    deadline: float,
) -> Performance:
    face = rehearsal_of(claim.harness)
    executable, version = installed.executable.absolute(), installed.version
    with ExitStack() as stack:

        def start_shim() -> LocalShim:
            return stack.enter_context(shim_between(claim, capture, ground, deadline))

        try:
            build = isolated if claim.mode == "isolated" else live
            scenery = build(claim, capture, ground, start_shim)
            part = face.part(scenery.stage(capture), prompt)
            scenery = scenery.with_part(part)
            version = version or _asked_version(executable, scenery, deadline)
            capture.script.extend(_script(part, scenery.project / NOTE))
            course = _run_all(executable, part, scenery, capture, deadline)
        except ConfgenError as error:
            return Performance(Course(fault=str(error), words=error.hint or ""), version)
        except OSError as error:
            fault = f"what it needs cannot be set up: {error.strerror or error}"
            return Performance(Course(fault=fault), version)
    return Performance(course, version, len(part.sub_agents[_MOST_SUB_AGENTS:]))


def _asked_version(executable: Path, scenery: Scenery, deadline: float) -> str | None:
    """What `--version` answers. It is a run like the others: nothing of it is left either."""
    until = min(deadline, time.monotonic() + _VERSION_PATIENCE)
    try:
        ended = run((executable, "--version"), scenery.environment, scenery.project, until)
    except OSError:
        return None
    return version_in(ended.words)


def _script(part: Part, note: Path) -> Iterator[Step]:
    yield reading(note)
    for name in part.sub_agents[:_MOST_SUB_AGENTS]:
        yield delegating(name)
    if part.overflows:
        yield (Overflow(_SHORTEN_FROM),)


def _run_all(
    executable: Path, part: Part, scenery: Scenery, capture: Capture, deadline: float
) -> Course:
    words, worst = "", 0
    for arguments in part.runs:
        before = _refusals(capture)
        try:
            ended = run((executable, *arguments), scenery.environment, scenery.project, deadline)
        except OSError as error:
            return Course(fault=f"it cannot be started: {error.strerror or error}")
        words = ended.words if ended.code != 0 or not words else words
        if ended.code is None:
            return Course(fault="its time was up", words=words)
        if capture.overrun:
            return Course(fault=f"it made more than {MOST_REQUESTS} requests", words=words)
        if ended.code < 0:
            return Course(fault=f"it was ended by signal {-ended.code}", words=words)
        # Some end with 1 after they were told that the window is full.
        worst = worst or (0 if _refusals(capture) < before else ended.code)
        if not capture.asked:
            break
    return Course(words=words, code=worst)


def _refusals(capture: Capture) -> int:
    """How often the capture is still to say that the window is full."""
    with capture.lock:
        return sum(isinstance(move, Overflow) for step in capture.script for move in step)


def _elsewhere(requests: list[Request], face: Rehearsal) -> tuple[str, ...]:
    """The hosts that the client wanted to reach past the capture, its usual chatter aside."""
    hosts = (
        urlsplit(request.url if "://" in request.url else f"//{request.url}").hostname or "?"
        for request in requests
        if request.proxied
    )
    return tuple(host for host in dict.fromkeys(hosts) if host not in face.CHATTER)


def _remarks(claim: Claim, done: Performance) -> Iterator[str]:
    """What a pinned harness has not proved."""
    if claim.mode == "isolated" and not claim.is_applied:
        yield f"nothing is applied here yet: 'confgen apply {claim.harness.NAME}'"
    if claim.mode == "live" and not claim.key:
        yield f"${claim.profile.api_key_env} is not set here: a dummy stood in for the key"
    if done.unasked:
        yield f"{done.unasked} more of its sub-agents were not asked"


def _last_lines(words: str) -> Iterator[str]:
    lines = [line.strip() for line in _CONTROL.sub("", words).splitlines()]
    for line in [line for line in lines if line][-_LINES:]:
        yield line if len(line) <= _LINE else f"{line[: _LINE - 3]}..."
