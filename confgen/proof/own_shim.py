"""`confgen shim` behind the address of the user's own: their settings and token, on a free port."""

import contextlib
import json
import site
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from confgen.document import Set, open_toml
from confgen.errors import ConfgenError
from confgen.proof import environment
from confgen.proof.child import NEW_GROUP
from confgen.proof.claim import Claim
from confgen.proof.leftovers import end_group
from confgen.proof.signals import undisturbed
from confgen.settings.files import FILE_NAME, user_file
from confgen.shim.record import running_shims

_TOKEN = "CONFGEN_SHIM_TOKEN"  # noqa: S105 - the name of a variable
_PAUSE = 0.05  # seconds
_GRACE = 3  # seconds


@contextlib.contextmanager
def own_shim(
    claim: Claim, stand_in: Callable[[str], str], folder: Path, deadline: float
) -> Iterator[tuple[str, int]]:
    """The host and the port of such a shim for as long as the block runs.

    `stand_in` gives the address that it has to ask in the place of an upstream's. Raises
    ConfgenError where it does not come up.
    """
    state = folder / "shim"
    log = folder / "shim.log"
    settings = folder / FILE_NAME
    settings.write_text(_settings(claim, stand_in), encoding="utf-8")
    home = folder / "shim-home"
    home.mkdir()
    child_environment = {
        **environment.bare(claim.machine),
        **environment.housed(claim.machine, home),
        **environment.littering(folder),
        **_python(claim.machine.env),
        "CONFGEN_CONFIG": str(settings),
        "CONFGEN_STATE": str(state),
        _TOKEN: claim.shim.token,
        claim.profile.api_key_env: claim.key or environment.KEY,
    }
    child: subprocess.Popen[bytes] | None = None
    try:
        with undisturbed(), log.open("wb") as told:
            child = subprocess.Popen(
                (sys.executable, "-P", "-m", "confgen", "shim", "--port", "0", *_options(claim)),
                env=child_environment,
                cwd=claim.machine.cwd,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=told,
                start_new_session=True,
                creationflags=NEW_GROUP,
            )
        yield _met(child, state, log, deadline)
    finally:
        if child is not None:
            with undisturbed():
                _end(child)


def _python(env: Mapping[str, str]) -> dict[str, str]:
    """Where Python finds confgen, of which the user's home may be a part: `pip install --user`."""
    kept = {name: env[name] for name in ("PYTHONPATH", "PYTHONHOME") if name in env}
    return {"PYTHONUSERBASE": site.getuserbase(), **kept}


def _end(child: "subprocess.Popen[bytes]") -> None:
    end_group(child.pid, at_once=False)
    with contextlib.suppress(subprocess.TimeoutExpired):
        child.wait(_GRACE)
    end_group(child.pid, at_once=True)
    child.wait()


def _options(claim: Claim) -> tuple[str, ...]:
    """The harness's profile as it was resolved, this call's own options included."""
    profile = claim.profile
    return (
        "--host", "127.0.0.1", "--grace", "1",
        "--profile", profile.name,
        "--model", profile.model,
        "--small-model", profile.small_model,
        "--provider", json.dumps(profile.provider.to_json()),
    )  # fmt: skip


def _settings(claim: Claim, stand_in: Callable[[str], str]) -> str:
    """The user's settings with the capture in the place of every upstream."""
    own = user_file(claim.machine)
    files = [file for file in claim.settings.files if file.label == str(own)]
    text = own.read_text(encoding="utf-8-sig") if files else ""
    edits = [Set(("upstream",), stand_in(claim.profile.upstream))]
    for file in files:
        edits += [
            Set(("profiles", name, "upstream"), stand_in(str(table.fields["upstream"])))
            for name, table in file.profiles.items()
            if "upstream" in table.fields
        ]
    return open_toml(text, name=FILE_NAME).edit(edits).text


def _met(
    child: "subprocess.Popen[bytes]", state: Path, log: Path, deadline: float
) -> tuple[str, int]:
    """Where the shim is, once it answers."""
    while child.poll() is None and time.monotonic() < deadline:
        for running in running_shims(state):
            return running.host, running.port
        time.sleep(_PAUSE)
    words = log.read_text(encoding="utf-8", errors="replace").strip()
    raise ConfgenError("the shim between did not come up", hint=words or "see 'confgen shim'")
