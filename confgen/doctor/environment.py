"""Variables that a harness reads beside its files: keys, other services, proxies, a `.env`."""

import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

from confgen.doctor.literal_keys import OPENROUTER, describe, kind_of, literal_secrets
from confgen.doctor.snapshot import HarnessState, Snapshot
from confgen.errors import DocumentError
from confgen.finding import Found, Level
from confgen.harnesses.packages import rivals_of
from confgen.harnesses.pins import part_of, text_of
from confgen.harnesses.rivals import Rival
from confgen.machine import Machine
from confgen.settings import Profile
from confgen.settings.checks import is_loopback
from confgen.settings.profile import DEFAULT_UPSTREAM
from confgen.write import read_original

_PROXIES = ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY")
_LOOPBACK_RANGE = "127.0.0.0/8"
_DOTENV_LINE = re.compile(r"\s*(?:export\s+)?(\w+)\s*=")


def conflict(snapshot: Snapshot) -> Iterator[Found]:
    """Variables that win over what is applied, or add to it."""
    for state in (state for state in snapshot.here if state.is_applied):
        for rival in rivals_of(state.harness).RIVALS:
            value = snapshot.machine.env.get(rival.name)
            if value and not (_agrees(state, rival, value) or _is_overruled(state, rival)):
                message = f"{rival.name} is set: {rival.effect}"
                fix = unset(snapshot.machine, rival.name)
                yield Found(rival.level, message, f"${rival.name}", fix)


def _agrees(state: HarnessState, rival: Rival, value: str) -> bool:
    """Whether what the variable brings is what the file has, or as good.

    On the native route any key of OpenRouter's is; on the shim's none but its token.
    """
    if rival.a_key:
        return state.route == "native" and kind_of(value) == OPENROUTER
    if not rival.stands_for:
        return False
    main = state.main
    file = state.reading.wanted[main.template].tree()
    return text_of(part_of(file, *rival.stands_for)).rstrip("/") == value.rstrip("/")


def _is_overruled(state: HarnessState, rival: Rival) -> bool:
    """Whether one of the harness's files says something in its place, be it the empty text."""
    # A file that the client drops overrules nothing.
    for document in (file.document for file in state.files if not file.fault):
        with suppress(DocumentError):
            if rival.overruled_at and document and document.find(rival.overruled_at):
                return True
    return False


def key(snapshot: Snapshot) -> Iterator[Found]:
    """The key as the environment has it, for the harnesses and the shim that need it."""
    users: dict[str, list[str]] = {}
    for state in (state for state in snapshot.here if state.is_applied):
        if user := _needs_key(state):
            users.setdefault(state.profile.api_key_env, []).append(user)
    for name, needy in users.items():
        if not snapshot.machine.env.get(name, "").strip():
            *some, last = dict.fromkeys(needy)
            listed = f"{', '.join(some)} and {last}" if some else last
            message = f"{name} is not set: {listed} would be without a key from this shell"
            yield Found("warning", message, f"${name}", export(snapshot.machine, name))
    for profile in {profile.api_key_env: profile for profile in snapshot.profiles}.values():
        yield from _oddities(snapshot, profile)


def _needs_key(state: HarnessState) -> str | None:
    """Who would look for the key in this environment, if anyone."""
    if state.route == "shim":
        return None if state.snapshot.shims else "the shim"
    has_own = any(secret.kind == OPENROUTER for secret in literal_secrets(state))
    return None if has_own else state.harness.TITLE


def _oddities(snapshot: Snapshot, profile: Profile) -> Iterator[Found]:
    name = profile.api_key_env
    value = snapshot.machine.env.get(name, "")
    bare, fix = value.strip(), export(snapshot.machine, name)
    if bare and any(c.isspace() for c in value):
        yield Found("error", f"{name} has blanks or line breaks in or around it", f"${name}", fix)
    if kind_of(bare) not in (None, OPENROUTER) and profile.upstream == DEFAULT_UPSTREAM:
        message = f"{name} holds {describe(bare)}, which OpenRouter does not take"
        yield Found("error", message, f"${name}", fix)


def dotenv(snapshot: Snapshot) -> Iterator[Found]:
    """A `.env` that a harness loads from the current folder; what is set already wins."""
    machine = snapshot.machine
    path = Path(machine.cwd) / ".env"
    for state in snapshot.here:
        taken = rivals_of(state.harness).DOTENV
        if taken is None:
            continue
        data = read_original(path).data or b""
        for number, line in enumerate(data.decode("utf-8", "replace").splitlines(), 1):
            match = _DOTENV_LINE.match(line)
            name = match[1] if match else ""
            if name.startswith(taken.beginnings) and name not in machine.env:
                brings = taken.brings.get(name)
                what = f"{state.harness.TITLE} takes {name} from this file"
                when = f"when it is started in this folder{f', and {brings}' if brings else ''}"
                fix = f"take the line out, or {export(machine, name)}"
                level: Level = "error" if brings else "warning"
                yield Found(level, f"{what} {when}", f"{path}:{number}:1", fix)


def export(machine: Machine, name: str) -> str:
    return f"setx {name} ..." if machine.platform == "win32" else f"export {name}=..."


def unset(machine: Machine, name: str) -> str:
    return f"set {name}=" if machine.platform == "win32" else f"unset {name}"


def proxied_loopback(snapshot: Snapshot) -> Iterator[Found]:
    """A proxy that would get what is for this machine: the shim, or a loopback upstream."""
    env = snapshot.machine.env
    proxy = next((name for name in _PROXIES if env.get(name)), None)
    if proxy is None:
        return
    listed = ",".join(env.get(name, "") for name in ("no_proxy", "NO_PROXY")).split(",")
    excepted = {entry.strip().strip("[]").lower() for entry in listed}
    for address in dict.fromkeys(_local_addresses(snapshot)):
        host = urlsplit(f"//{address}").hostname or ""
        in_range = host.startswith("127.") and _LOOPBACK_RANGE in excepted
        if not in_range and excepted.isdisjoint({"*", host}):
            message = (
                f"{proxy} is set and NO_PROXY does not name {host}: "
                f"what is for {address} would go to the proxy"
            )
            yield Found("warning", message, f"${proxy}", "export NO_PROXY=127.0.0.1,localhost,::1")


def _local_addresses(snapshot: Snapshot) -> Iterator[str]:
    """HOST:PORT of all on this machine that a harness here sends its requests to."""
    for state in (state for state in snapshot.here if state.is_applied):
        upstream = urlsplit(state.profile.upstream)
        if state.route == "shim":
            yield snapshot.local_shim.address
        elif is_loopback(upstream.hostname or ""):
            yield upstream.netloc
