"""Variables that a harness reads beside its files: keys, other services, proxies, a `.env`."""

import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from confgen.doctor.keys import OPENROUTER, describe, kind_of
from confgen.doctor.literal_keys import literal_secrets
from confgen.doctor.snapshot import HarnessState, Snapshot
from confgen.errors import DocumentError
from confgen.finding import Found
from confgen.harnesses.faces import rivals_of
from confgen.harnesses.pins import part_of, text_of
from confgen.harnesses.rivals import Dotenv, Rival
from confgen.machine import Machine
from confgen.settings import Profile
from confgen.settings.profile import DEFAULT_UPSTREAM
from confgen.write import read_original

_DOTENV_LINE = re.compile(r"\s*(?:export\s+)?(\w+)\s*=")


def conflict(snapshot: Snapshot) -> Iterator[Found]:
    """Variables that win over what is applied, or add to it."""
    for state in snapshot.here:
        if not state.is_applied:
            continue
        for rival in rivals_of(state.harness).RIVALS:
            value = snapshot.machine.env.get(rival.name)
            if not value or _agrees(state, rival, value):
                continue
            if not (rival.overruled_at and _stands(state, rival.overruled_at)):
                message = f"{rival.name} is set: {rival.effect}"
                hint = unset(snapshot.machine, rival.name)
                yield Found(rival.level, message, f"${rival.name}", hint)


def _agrees(state: HarnessState, rival: Rival, value: str) -> bool:
    """Whether what the variable brings is what the file has, or as good.

    On the native route any key of OpenRouter's is; on the shim's none but its token.
    """
    if rival.a_key:
        return state.route == "native" and kind_of(value) == OPENROUTER
    if not rival.stands_for:
        return False
    main = state.config_files("user")[0]
    file = state.view.wanted[main.template].tree()
    return text_of(part_of(file, *rival.stands_for)).rstrip("/") == value.rstrip("/")


def _stands(state: HarnessState, place: tuple[str, ...]) -> bool:
    """Whether one of the harness's files says something there, be it the empty text."""
    for file in state.files:
        # A file that the client drops overrules nothing.
        with suppress(DocumentError):
            if file.document and not file.fault and file.document.find(place):
                return True
    return False


def key(snapshot: Snapshot) -> Iterator[Found]:
    """The key as the environment has it, for the harnesses and the shim that need it."""
    users: dict[str, list[str]] = {}
    for state in snapshot.here:
        user = _needs_key(state)
        if user:
            users.setdefault(state.profile.api_key_env, []).append(user)
    for name, needy in users.items():
        if not snapshot.machine.env.get(name, "").strip():
            yield Found(
                "warning",
                f"{name} is not set: {_listed(needy)} would be without a key from this shell",
                f"${name}",
                export(snapshot.machine, name),
            )
    for profile in {profile.api_key_env: profile for profile in snapshot.profiles}.values():
        yield from _oddities(snapshot, profile)


def _needs_key(state: HarnessState) -> str | None:
    """Who would look for the key in this environment, if anyone."""
    if not state.is_applied:
        return None
    if state.route == "shim":
        return None if state.snapshot.shims else "the shim"
    has_own = any(secret.kind == OPENROUTER for secret in literal_secrets(state))
    return None if has_own else state.harness.TITLE


def _oddities(snapshot: Snapshot, profile: Profile) -> Iterator[Found]:
    name = profile.api_key_env
    value = snapshot.machine.env.get(name, "")
    bare = value.strip()
    mend = export(snapshot.machine, name)
    if bare and any(c.isspace() for c in value):
        yield Found("error", f"{name} has blanks or line breaks in or around it", f"${name}", mend)
    kind = kind_of(bare)
    if kind not in (None, OPENROUTER) and profile.upstream == DEFAULT_UPSTREAM:
        message = f"{name} holds {describe(bare)}, which OpenRouter does not take"
        yield Found("error", message, f"${name}", mend)


def dotenv(snapshot: Snapshot) -> Iterator[Found]:
    """A `.env` that a harness loads from the current folder; what is set already wins."""
    for state in snapshot.here:
        taken = rivals_of(state.harness).DOTENV
        if taken:
            yield from _from_dotenv(state, taken)


def _from_dotenv(state: HarnessState, taken: Dotenv) -> Iterator[Found]:
    machine = state.snapshot.machine
    path = Path(machine.cwd) / ".env"
    data = read_original(path).data or b""
    for number, line in enumerate(data.decode("utf-8", "replace").splitlines(), 1):
        match = _DOTENV_LINE.match(line)
        name = match[1] if match else ""
        if name in machine.env or not name.startswith(taken.beginnings):
            continue
        brings = taken.brings.get(name)
        more = f", and {brings}" if brings else ""
        yield Found(
            "error" if brings else "warning",
            f"{state.harness.TITLE} takes {name} from this file "
            f"when it is started in this folder{more}",
            f"{path}:{number}:1",
            f"take the line out, or {export(machine, name)}",
        )


def export(machine: Machine, name: str) -> str:
    return f"setx {name} ..." if machine.platform == "win32" else f"export {name}=..."


def unset(machine: Machine, name: str) -> str:
    return f"set {name}=" if machine.platform == "win32" else f"unset {name}"


def _listed(names: list[str]) -> str:
    *some, last = dict.fromkeys(names)
    return f"{', '.join(some)} and {last}" if some else last
