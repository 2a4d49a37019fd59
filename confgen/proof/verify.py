"""One harness, run from its first prompt to its last, and judged."""

import contextlib
import re
import secrets
import socket
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path, PurePath
from typing import NamedTuple

from confgen.errors import ConfgenError
from confgen.finding import Finding
from confgen.harnesses import Harness
from confgen.harnesses.packages import Headless, headless_of
from confgen.harnesses.reading import Reading
from confgen.harnesses.session import LeftOut, Offered, Overflow, Question, Session
from confgen.installed import Installed, find_installed, version_in
from confgen.proof import environment
from confgen.proof.capture.record import MOST_REQUESTS, Capture
from confgen.proof.capture.script import told, unheard
from confgen.proof.capture.server import Server
from confgen.proof.child import Ended
from confgen.proof.claim import PROMPT, TIMEOUT, Claim
from confgen.proof.loopback import addresses
from confgen.proof.origins import assignments, check_proxies, origins
from confgen.proof.own_shim import own_shim
from confgen.proof.throw_away import throw_away
from confgen.proof.verdict import Course, Expected, Judged, Verdict, decide, expected, judge
from confgen.proof.view import layout as layouts
from confgen.proof.view.layout import Kind, Layout
from confgen.proof.view.opening import Loopback, View, seal, unseal
from confgen.proof.view.sealed import SealError
from confgen.redact import hidden_in, known_secrets, secrets_in
from confgen.shim.record import running_shims
from confgen.wire.trust import trusting

Causes = Callable[[Harness], tuple[Finding, ...]]

_VERSION_PATIENCE = 5.0  # seconds for --version
_LISTING_PATIENCE = 20.0  # seconds
_LINES = 6
_OPENROUTER_KEY = re.compile(r"sk-or-[\w-]{8,}", re.ASCII)
_LINE = 200
_WORD = 60
_CONTROL = re.compile(
    r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|[\x00-\x09\x0b-\x1f]"
)


class RunOptions(NamedTuple):
    """How a harness is to be run.

    `prompt` is what it is asked; `timeout` is in seconds, for all of its runs. With `run_plugins`
    its plugins run among copies, too; `in_place` means the user's own folders.
    """

    prompt: str = PROMPT
    timeout: float = TIMEOUT
    in_place: bool = False
    run_plugins: bool = False


class Result(NamedTuple):
    """What came of one harness. `words` are its own last lines where it is not pinned.

    `version` is None where it could not be told, `claim` where it did not come to one, `view` where
    it was not run. `left_out` is what the client did not read or do, `not_played` what it was to do
    and did not. `secrets` are those of its files, of which nothing may be shown.
    """

    harness: Harness
    version: str | None
    claim: Claim | None
    judged: tuple[Judged, ...]
    verdict: Verdict
    view: Kind | None = None
    left_out: tuple[LeftOut, ...] = ()
    not_played: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    elsewhere: tuple[str, ...] = ()
    causes: tuple[Finding, ...] = ()
    secrets: frozenset[str] = frozenset()


class _Ran(NamedTuple):
    """How the runs of one client went, and in which view; `fault` is why they could not."""

    view: Kind | None = None
    version: str | None = None
    fault: str | None = None
    words: str = ""
    code: int = 0
    left_out: tuple[LeftOut, ...] = ()
    not_played: tuple[str, ...] = ()


def verify(claim: Claim, options: RunOptions, causes: Causes) -> Result:
    """Run the harness that `claim` is about, for `options.timeout` seconds at most.

    Nothing of the run is left, however it ends. What goes wrong is the verdict; `causes` is asked
    then what on this machine explains it.
    """
    harness = claim.harness
    installed = find_installed(harness, claim.machine.env)
    if installed is None:
        fault = f"{harness.TITLE} is not installed: there is no '{harness.COMMAND}' on the PATH"
        return Result(harness, None, claim, (), Verdict("error", fault))
    deadline = time.monotonic() + options.timeout
    with throw_away() as folder, Server([claim.profile.upstream]) as server:
        ran = _run(claim, options, installed, server, folder, deadline)
    return _judged(claim, ran, server.capture, causes)


def runs_in_place(claim: Claim) -> tuple[LeftOut, ...]:
    """What cannot be kept out of a run in the user's own folders: hooks, servers and plugins."""
    machine = claim.machine
    question = Question(PROMPT, machine.home, machine.cwd, None, plugins=True)
    session = headless_of(claim.harness).session(claim.reading, question)
    plugins = (LeftOut(str(place.path), "a plugin") for place in claim.reading.there("code"))
    return (*(change.left_out for change in session.changes), *plugins)


def _judged(claim: Claim, ran: _Ran, capture: Capture, causes: Causes) -> Result:
    harness = claim.harness
    want = _wanted(claim)
    judged = tuple(judge(request, want) for request in capture.asked)
    lines = tuple(_last_lines(ran.words))
    chatter = headless_of(harness).CHATTER
    course = Course(
        fault=ran.fault,
        words="\n".join(lines),
        code=ran.code,
        elsewhere=capture.hosts,
        unseen=capture.unseen,
        unread=capture.unread,
        told=capture.told,
        chatter=chatter,
        not_played=ran.not_played,
        left_out=ran.left_out,
    )
    verdict = decide(judged, course)
    result = Result(
        harness=harness,
        version=ran.version,
        claim=claim,
        judged=judged,
        verdict=verdict,
        view=ran.view,
        left_out=ran.left_out,
        not_played=ran.not_played,
        elsewhere=tuple(host for host in capture.hosts if host not in chatter),
        secrets=_secrets(claim),
    )
    if verdict.word == "pinned":
        return result._replace(verdict=verdict._replace(detail="; ".join(_remarks(claim))))
    if verdict.word == "leak":
        # The requests tell more than the client's words, which are about something else.
        detail = "; ".join((verdict.detail, *origins(claim, judged)))
        result = result._replace(verdict=verdict._replace(detail=detail))
    elif verdict.word in ("error", "no-requests"):
        result = result._replace(words=lines)
    return result._replace(causes=causes(harness))


def _wanted(claim: Claim) -> Expected:
    """What each request is to carry; a file may hold a key of its own."""
    key = claim.key or environment.KEY
    want = expected(claim.profile, claim.route, claim.settings.shim.mode, key)
    texts = _texts(claim)
    own = {text for found in texts for text in _OPENROUTER_KEY.findall(found)}
    if not claim.key:
        own |= {secret for text in texts for _, secret in hidden_in(text, frozenset())}
    return want._replace(other_keys=frozenset(own))


def _secrets(claim: Claim) -> frozenset[str]:
    """Those of its files: a client may say them in words in which nothing looks like one."""
    found = {name: value for name, value, _ in assignments(claim.reading)}
    return known_secrets(found).union(*map(secrets_in, _texts(claim)))


def _texts(claim: Claim) -> tuple[str, ...]:
    """What stands in the files that may hold a key."""
    reading = claim.reading
    found = (file.document.text for file in reading.files if file.document)
    return (*found, *(_text(place.path) for place in reading.there("login")))


def _text(path: PurePath) -> str:
    """What stands in a file; nothing where it cannot be read."""
    try:
        return Path(path).read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def _run(
    claim: Claim,
    options: RunOptions,
    installed: Installed,
    server: Server,
    folder: Path,
    deadline: float,
) -> _Ran:
    """Run the client in the first view that this system allows."""
    server.serve(socket.create_server(("127.0.0.1", 0)))
    server.capture.prompts.append(options.prompt)
    try:
        for kind in _kinds(claim, options):
            with contextlib.suppress(SealError):
                return _run_in(kind, claim, options, installed, server, folder / kind, deadline)
    except ConfgenError as error:
        return _Ran(fault=str(error), words=error.hint or "")
    except OSError as error:
        return _Ran(fault=f"what it needs cannot be set up: {error.strerror or error}")
    raise RuntimeError("the last view is one that every system allows")


def _kinds(claim: Claim, options: RunOptions) -> tuple[Kind, ...]:
    if options.in_place:
        return ("in-place",)
    return ("sealed", "isolated" if claim.mode == "isolated" else "copied")


def _run_in(
    kind: Kind,
    claim: Claim,
    options: RunOptions,
    installed: Installed,
    server: Server,
    folder: Path,
    deadline: float,
) -> _Ran:
    headless = headless_of(claim.harness)
    folder.mkdir()
    plugins = kind != "copied" or options.run_plugins
    layout = _lay_out(kind, claim, folder, plugins=plugins)
    check_proxies(layout.reading)
    question = Question(options.prompt, layout.home, layout.project, layout.note, plugins)
    session = headless.session(layout.reading, question)
    changes = () if kind == "in-place" else session.changes
    with ExitStack() as stack:
        loopback = _loopback(stack, claim, layout, server, folder, deadline)
        open_view = seal if kind == "sealed" else unseal
        view = stack.enter_context(open_view(layout, server, loopback, changes))
        client = _Client(
            headless,
            installed.executable.absolute(),
            view,
            _environment(claim, layout, view, server, session),
        )
        version = installed.version or client.version(deadline)
        if plugins and (listing := headless.listing(layout.reading)):
            listed = client.said(listing, _LISTING_PATIENCE, deadline)
            session = headless.session(layout.reading, question, listed)
        server.capture.script.extend(session.steps)
        ran = _play(client, session, layout.reading, server.capture, deadline)
    left_out = (*session.left_out, *(change.left_out for change in changes))
    return ran._replace(
        view="isolated" if claim.mode == "isolated" else kind,
        version=version,
        left_out=tuple(dict.fromkeys(left_out)),
        not_played=(*told(server.capture.script), *_unheard(server.capture), *ran.not_played),
    )


def _lay_out(kind: Kind, claim: Claim, folder: Path, *, plugins: bool) -> Layout:
    if claim.mode == "isolated":
        return layouts.isolated(claim, folder)
    if kind == "copied":
        return layouts.copied(claim, folder, plugins=plugins)
    return layouts.in_place(claim, folder, with_note=kind == "sealed")


class _Client(NamedTuple):
    """The program in its view."""

    headless: Headless
    executable: Path
    view: View
    environment: Mapping[str, str]

    def run(self, arguments: Iterable[str], deadline: float) -> Ended:
        return self.view.run((self.executable, *arguments), self.environment, deadline)

    def version(self, deadline: float) -> str | None:
        """What `--version` answers."""
        return version_in(self.said(["--version"], _VERSION_PATIENCE, deadline))

    def said(self, arguments: Iterable[str], patience: float, deadline: float) -> str:
        """What it prints; nothing where it cannot be started, which its next run tells.

        It is a run like the others: nothing of it is left either.
        """
        try:
            return self.run(arguments, min(deadline, time.monotonic() + patience)).words
        except OSError:
            return ""


def _environment(
    claim: Claim, layout: Layout, view: View, server: Server, session: Session
) -> dict[str, str]:
    """All that the client is told."""
    machine = claim.machine
    trusted = trusting(server.capture.certificate, layout.folder, machine.env, machine.platform)
    key = {} if claim.key else {claim.profile.api_key_env: environment.KEY}
    return {
        **layout.environment,
        **headless_of(claim.harness).QUIET,
        **key,
        **trusted,
        **environment.proxied(view.proxy),
        **session.environment,
        environment.MARKER: secrets.token_hex(8),
    }


def _play(
    client: _Client, session: Session, reading: Reading, capture: Capture, deadline: float
) -> _Ran:
    words, worst, is_first = "", 0, True
    runs, silent = deque(session.runs), list[str]()
    while runs:
        arguments = runs.popleft()
        before, heard = _refusals(capture), len(capture.asked)
        try:
            ended = client.run(arguments, deadline)
        except OSError as error:
            return _Ran(fault=f"it cannot be started: {error.strerror or error}")
        words = ended.words if ended.code != 0 or not words else words
        if ended.code is None:
            return _Ran(fault="its time was up", words=words)
        if capture.overrun:
            return _Ran(fault=f"it made more than {MOST_REQUESTS} requests", words=words)
        if ended.code < 0:
            return _Ran(fault=f"it was ended by signal {-ended.code}", words=words)
        # Some end with 1 after they were told that the window is full.
        is_excused = ended.code == 1 and _refusals(capture) < before
        worst = worst or (0 if is_excused else ended.code)
        if not capture.asked:
            break
        if len(capture.asked) == heard:
            silent.append(_in_short(arguments))
        if is_first:
            steps, more = _offered(client.headless, reading, capture, arguments)
            capture.script.extend(steps)
            runs += (arguments, *more) if steps else more
        is_first = False
    return _Ran(words=words, code=worst, not_played=tuple(silent))


def _in_short(arguments: Iterable[str]) -> str:
    """The arguments of a run, without the long ones and those of a program."""
    return " ".join(word for word in arguments if len(word) <= _WORD and word[:1] != "{")


def _unheard(capture: Capture) -> tuple[str, ...]:
    """The steps that were played, and of which nothing came before a model."""
    return told(unheard(capture.played, [one.body for one in capture.asked]))


def _offered(headless: Headless, reading: Reading, capture: Capture, run: Sequence[str]) -> Offered:
    """What the requests of a run have told that it can be asked for besides, each once."""
    found = [headless.offered(reading, one.body, run) for one in capture.asked]
    steps = [step for one in found for step in one.steps]
    return Offered(
        tuple(step for at, step in enumerate(steps) if step not in steps[:at]),
        tuple(dict.fromkeys(one for offered in found for one in offered.runs)),
    )


def _refusals(capture: Capture) -> int:
    """How often the capture is still to say that the window is full."""
    with capture.lock:
        return sum(isinstance(step, Overflow) for step in capture.script)


def _loopback(
    stack: ExitStack,
    claim: Claim,
    layout: Layout,
    server: Server,
    folder: Path,
    deadline: float,
) -> Loopback:
    """What the addresses on this machine lead to, with a shim of ours where the user's would be."""
    texts = (file.document.text for file in layout.reading.files if file.document)
    found = addresses((*texts, *layout.environment.values(), claim.profile.upstream))
    ports = {claim.settings.shim.port, *(shim.port for shim in running_shims(claim.state_folder))}
    of_shim = frozenset(address for address in found if address.port in ports)
    if not of_shim:
        return Loopback(found)
    shim = stack.enter_context(own_shim(claim, server.capture.stand_in, folder, deadline))
    return Loopback(found, of_shim, shim)


def _remarks(claim: Claim) -> Iterator[str]:
    """What a pinned harness has not proved."""
    if claim.mode == "isolated" and not claim.is_applied:
        yield f"nothing is applied here yet: 'confgen apply {claim.harness.NAME}'"
    if claim.mode == "live" and not claim.key:
        yield f"${claim.profile.api_key_env} is not set here: a dummy stood in for the key"


def _last_lines(words: str) -> Iterator[str]:
    lines = [line.strip() for line in _CONTROL.sub("", words).splitlines()]
    for line in [line for line in lines if line][-_LINES:]:
        yield line if len(line) <= _LINE else f"{line[: _LINE - 3]}..."
