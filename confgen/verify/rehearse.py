"""One harness, run from its first prompt to its last, and judged."""

import re
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from confgen.capture.request import Request
from confgen.capture.script import Overflow, Step, delegating, reading
from confgen.capture.server import Capture, serving
from confgen.errors import ConfgenError
from confgen.finding import Finding
from confgen.harnesses import Harness
from confgen.harnesses.faces import Rehearsal, rehearsal_of
from confgen.harnesses.stage import Part
from confgen.installed import Installed, ask_version, find_installed
from confgen.target import LocalShim
from confgen.verify.aim import Aim
from confgen.verify.between import shim_between
from confgen.verify.child import run
from confgen.verify.mirror import Ground
from confgen.verify.scenery import NOTE, Scenery, isolated, live, throw_away
from confgen.verify.stand_ins import KEY
from confgen.verify.verdict import Course, Judged, Verdict, decide, expected, judge

Causes = Callable[[Harness], tuple[Finding, ...]]

_MOST_SUB_AGENTS = 8
_SHORTEN_FROM = 4
"""Messages: with fewer OpenHands has nothing to leave out."""
_LINES = 6
_LINE = 200
_CONTROL = re.compile(
    r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|[\x00-\x09\x0b-\x1f]"
)


class Result(NamedTuple):
    """What came of one harness. `words` are its own last lines where it is not pinned.

    `version` is None where it could not be told, `aim` None where it did not come to one.
    """

    harness: Harness
    version: str | None
    aim: Aim | None
    judged: tuple[Judged, ...]
    verdict: Verdict
    words: tuple[str, ...] = ()
    elsewhere: tuple[str, ...] = ()
    causes: tuple[Finding, ...] = ()


def no_causes(_harness: Harness) -> tuple[Finding, ...]:
    return ()


def verify(aim: Aim, prompt: str, timeout: float, causes: Causes = no_causes) -> Result:
    """Run the harness that `aim` names for `timeout` seconds at most.

    Nothing of the run is left, however it ends. What goes wrong is the verdict.
    """
    harness = aim.harness
    installed = find_installed(harness, aim.machine.env)
    if installed is None:
        fault = f"{harness.TITLE} is not installed: there is no '{harness.COMMAND}' on the PATH"
        return Result(harness, None, aim, (), Verdict("error", fault))
    deadline = time.monotonic() + timeout
    with throw_away() as ground, serving() as capture:
        version, course = _performed(aim, installed, capture, ground, prompt, deadline)
        if course.fault is None and time.monotonic() >= deadline:
            course = course._replace(fault="its time was up")
    want = expected(aim.profile, aim.route, aim.settings.shim.mode, KEY)
    judged = tuple(judge(request, want) for request in capture.asked)
    elsewhere = _elsewhere(capture.requests, rehearsal_of(harness))
    verdict = decide(judged, course._replace(elsewhere=elsewhere))
    pinned = verdict.word == "pinned"
    return Result(
        harness=harness,
        version=version,
        aim=aim,
        judged=judged,
        verdict=verdict._replace(detail=_remark(aim)) if pinned else verdict,
        words=() if pinned else tuple(_last_lines(course.words)),
        elsewhere=elsewhere,
        causes=() if pinned else causes(harness),
    )


def _performed(
    aim: Aim,
    installed: Installed,
    capture: Capture,
    ground: Ground,
    prompt: str,
    deadline: float,
) -> tuple[str | None, Course]:
    """Its version, and how its runs went."""
    face = rehearsal_of(aim.harness)
    version = installed.version
    with ExitStack() as stack:

        def start_shim() -> LocalShim:
            return stack.enter_context(shim_between(aim, capture, ground, deadline))

        try:
            build = isolated if aim.mode == "isolated" else live
            scenery = build(aim, capture, ground, start_shim)
            part = face.part(scenery.stage(aim.machine, capture), prompt)
            scenery = scenery.with_part(part)
            version = version or ask_version(installed, scenery.environment)
            capture.script.extend(_script(part, scenery.project / NOTE))
            course = _run_all(installed.executable, part, scenery, capture, deadline)
        except ConfgenError as error:
            course = Course(fault=str(error), words=error.hint or "")
    return version, course


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


def _remark(aim: Aim) -> str:
    if aim.key or aim.mode == "isolated":
        return ""
    return f"${aim.profile.api_key_env} is not set here: a dummy stood in for the key"


def _last_lines(words: str) -> Iterator[str]:
    lines = [line.strip() for line in _CONTROL.sub("", words).splitlines()]
    for line in [line for line in lines if line][-_LINES:]:
        yield line if len(line) <= _LINE else f"{line[: _LINE - 3]}..."
