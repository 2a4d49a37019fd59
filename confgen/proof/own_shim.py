"""`confgen shim` between a client and the capture: the user's own settings, on a free port."""

import contextlib
import json
import secrets
import site
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

from confgen.document import Set, open_toml
from confgen.errors import ConfgenError
from confgen.proof import environment
from confgen.proof.capture.server import Capture
from confgen.proof.child import NEW_GROUP
from confgen.proof.claim import Claim
from confgen.proof.leftovers import end_group
from confgen.proof.mirror import Ground
from confgen.proof.signals import undisturbed
from confgen.proof.stand_ins import KEY
from confgen.settings.files import FILE_NAME
from confgen.shim.record import local_address, running_shims
from confgen.shim.token import read_token
from confgen.target import LocalShim

_PAUSE = 0.05  # seconds
_GRACE = 3  # seconds


@contextlib.contextmanager
def shim_between(
    claim: Claim, capture: Capture, ground: Ground, deadline: float
) -> Iterator[LocalShim]:
    """The shim for as long as the block runs. Raises ConfgenError where it does not come up."""
    state = ground.root / "shim"
    log = ground.root / "shim.log"
    settings = ground.root / FILE_NAME
    settings.write_text(_settings(claim, capture), encoding="utf-8")
    child_environment = {
        **environment.bare(claim.machine),
        **environment.housed(claim.machine, ground.root, capture.address, secrets.token_hex(8)),
        **_python(claim.machine.env),
        "CONFGEN_CONFIG": str(settings),
        "CONFGEN_STATE": str(state),
        claim.profile.api_key_env: KEY,
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


def _settings(claim: Claim, capture: Capture) -> str:
    """The user's settings with the capture in the place of every upstream."""
    files = [file for file in claim.settings.files if file.label == str(_user_file(claim))]
    text = _user_file(claim).read_text(encoding="utf-8-sig") if files else ""
    edits = [Set(("upstream",), capture.stand_in(claim.profile.upstream))]
    for file in files:
        edits += [
            Set(("profiles", name, "upstream"), capture.stand_in(str(table.fields["upstream"])))
            for name, table in file.profiles.items()
            if "upstream" in table.fields
        ]
    return open_toml(text, name=FILE_NAME).edit(edits).text


def _user_file(claim: Claim) -> Path:
    named = Path(claim.machine.settings_file)
    return named / FILE_NAME if named.is_dir() else named


def _met(child: "subprocess.Popen[bytes]", state: Path, log: Path, deadline: float) -> LocalShim:
    """The shim, once it answers."""
    while child.poll() is None and time.monotonic() < deadline:
        for running in running_shims(state):
            token = read_token(state)
            if token:
                address = local_address(running.host, running.port)
                return LocalShim(address, token, running.pid)
        time.sleep(_PAUSE)
    words = log.read_text(encoding="utf-8", errors="replace").strip()
    raise ConfgenError("the shim between did not come up", hint=words or "see 'confgen shim'")
