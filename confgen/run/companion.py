"""The shim of one run: a child of its own, on a free port, with a token that nobody else has.

It lives as long as anybody holds the other end of its standard input. The run does, and so does the
harness, which inherits it: the shim outlives neither, and not the run alone, should that be killed.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from tempfile import TemporaryFile
from typing import IO, NamedTuple

from confgen.errors import ConfgenError
from confgen.settings import Profile
from confgen.target import LocalShim

_SHIMS_TOKEN = "CONFGEN_SHIM_TOKEN"  # noqa: S105 - the name of a variable
# Out of the terminal's process group: Ctrl-C is for the harness, which may go on after it.
if sys.platform == "win32":
    _FLAGS, _GROUP = subprocess.CREATE_NEW_PROCESS_GROUP, None
else:
    _FLAGS, _GROUP = 0, 0
_GRACE = 5.0  # seconds; nobody waits for an answer any more
_LAST_LINES = 5


class Companion(NamedTuple):
    """A shim that serves, and the file to which it has been writing since byte `ready`."""

    shim: LocalShim
    log: IO[bytes]
    ready: int

    def complaints(self) -> tuple[str, ...]:
        """The last that it has told of itself, a line each."""
        self.log.seek(self.ready)
        return tuple(self.log.read().decode(errors="replace").splitlines()[-_LAST_LINES:])


@contextmanager
def companion(profile: Profile, env: Mapping[str, str]) -> Iterator[Companion]:
    """A shim that pins `profile`, ready before the block runs and gone after it.

    Raises ConfgenError, in the shim's own words, where it does not start.
    """
    import secrets  # noqa: PLC0415 - half of hashlib, for this route alone

    token = f"confgen-{secrets.token_urlsafe(32)}"
    reading, lifeline = os.pipe()
    with TemporaryFile() as log:
        try:
            child = subprocess.Popen(
                (sys.executable, "-P", "-m", "confgen", *_arguments(profile)),
                env={**env, _SHIMS_TOKEN: token},
                stdin=reading,
                stdout=subprocess.PIPE,
                stderr=log,
                creationflags=_FLAGS,
                process_group=_GROUP,
            )
        finally:
            os.close(reading)
        try:
            shim = LocalShim(f"127.0.0.1:{_port(child)}", token, child.pid)
            os.set_inheritable(lifeline, True)
            # What it said until now, the run itself has said as well.
            yield Companion(shim, log, log.seek(0, os.SEEK_END))
        finally:
            os.close(lifeline)
            _end(child)


def _arguments(profile: Profile) -> tuple[str, ...]:
    return (
        "shim",
        *("--port", "0", "--host", "127.0.0.1", "--json", "--log-level", "error", "--grace", "0"),
        "--until-stdin-ends",
        *("--profile", profile.name, "--upstream", profile.upstream),
        *("--model", profile.model, "--small-model", profile.small_model),
        *("--provider", json.dumps(profile.provider.to_json())),
    )


def _port(child: subprocess.Popen[bytes]) -> int:
    """The port that the shim announces, in a JSON document. ConfgenError if it says otherwise."""
    told = b""
    for line in child.stdout or ():
        told += line
        if line.startswith(b"}"):
            break
    document = json.loads(told or b"{}")
    if "shims" in document:
        return int(document["shims"][0]["port"])
    error: dict[str, str] = next(iter(document.get("errors", ())), {})
    raise ConfgenError(
        f"the shim of this run has not started: {error.get('message', 'it said nothing')}",
        where=error.get("where") or "--route shim",
        hint=error.get("hint") or "see whether 'confgen shim --port 0' starts by itself",
    )


def _end(child: subprocess.Popen[bytes]) -> None:
    child.terminate()
    try:
        child.wait(_GRACE)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()
    if child.stdout:
        child.stdout.close()
