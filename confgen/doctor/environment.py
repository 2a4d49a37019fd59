"""Variables that a harness reads beside its files: keys, other services, proxies, a `.env`."""

import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from confgen.doctor.keys import OPENROUTER, describe, kind_of
from confgen.doctor.literal_keys import literal_secrets
from confgen.doctor.snapshot import HarnessState, Snapshot
from confgen.errors import DocumentError
from confgen.finding import Found, Level
from confgen.harnesses.pins import part_of, text_of
from confgen.machine import Machine
from confgen.settings import Profile
from confgen.settings.profile import DEFAULT_UPSTREAM
from confgen.write import read_original


class Rival(NamedTuple):
    """A variable that has a say beside the files of a harness, and what comes of it.

    `overruled_at` is the place in the harness's own file that would win over it.
    """

    harness: str
    level: Level
    effect: str
    overruled_at: tuple[str, ...] = ()


def _claude(name: str, effect: str) -> Rival:
    return Rival("claude-code", "error", effect, ("env", name))


_ELSEWHERE = "Claude Code uses another service, and the pin is lost"
_OUTRANKS = "what it brings outranks the files that confgen writes"
_OVERRIDES = "it beats the pinned file wherever OpenHands runs with --override-with-envs"
_UNPINNED = "whatever falls back to it sends unpinned requests"
RIVALS: Mapping[str, Rival] = {
    "CLAUDE_CODE_USE_BEDROCK": _claude("CLAUDE_CODE_USE_BEDROCK", _ELSEWHERE),
    "CLAUDE_CODE_USE_VERTEX": _claude("CLAUDE_CODE_USE_VERTEX", _ELSEWHERE),
    "CLAUDE_CODE_USE_FOUNDRY": _claude("CLAUDE_CODE_USE_FOUNDRY", _ELSEWHERE),
    "ANTHROPIC_BASE_URL": _claude("ANTHROPIC_BASE_URL", "requests go where it points"),
    "ANTHROPIC_API_KEY": _claude("ANTHROPIC_API_KEY", "its key is sent beside or instead of ours"),
    "ANTHROPIC_AUTH_TOKEN": _claude("ANTHROPIC_AUTH_TOKEN", "it is sent instead of the key"),
    "ANTHROPIC_MODEL": _claude("ANTHROPIC_MODEL", "it names another model"),
    "ANTHROPIC_CUSTOM_HEADERS": _claude(
        "ANTHROPIC_CUSTOM_HEADERS", "its headers go along with every request"
    )._replace(level="warning"),
    "OPENCODE_CONFIG": Rival("opencode", "info", _OUTRANKS),
    "OPENCODE_CONFIG_DIR": Rival("opencode", "info", _OUTRANKS),
    "OPENCODE_CONFIG_CONTENT": Rival("opencode", "info", _OUTRANKS),
    "LLM_MODEL": Rival("openhands", "warning", _OVERRIDES),
    "LLM_BASE_URL": Rival("openhands", "warning", _OVERRIDES),
    "LLM_API_KEY": Rival("openhands", "warning", _OVERRIDES),
    "OPENAI_BASE_URL": Rival("openhands", "info", _UNPINNED),
    "OPENAI_API_BASE": Rival("openhands", "info", _UNPINNED),
}

_LLM_FIELDS = {"LLM_MODEL": "model", "LLM_BASE_URL": "base_url"}
_DOTENV_LINE = re.compile(r"\s*(?:export\s+)?((?:LLM|OPENROUTER|OPENHANDS)_\w+)\s*=")
_WHOLE_CONFIG = "OPENHANDS_PERSISTENCE_DIR"


def conflict(snapshot: Snapshot) -> Iterator[Found]:
    """Variables that win over what is applied, or add to it."""
    applied = {state.harness.NAME: state for state in snapshot.here if state.is_applied}
    for name, rival in RIVALS.items():
        state = applied.get(rival.harness)
        if state is None or not snapshot.machine.env.get(name):
            continue
        if rival.harness == "openhands" and _agrees(state, name):
            continue
        if not (rival.overruled_at and _stands(state, rival.overruled_at)):
            message = f"{name} is set: {rival.effect}"
            yield Found(rival.level, message, f"${name}", unset(snapshot.machine, name))


def _agrees(state: HarnessState, name: str) -> bool:
    """Whether what OpenHands would take from a variable is what its file has, or as good.

    On the native route any key of OpenRouter's does; on the shim's none but its token.
    """
    value = state.snapshot.machine.env[name].rstrip("/")
    if name == "LLM_API_KEY":
        return state.route == "native" and kind_of(value) == OPENROUTER
    field = _LLM_FIELDS.get(name)
    file = state.view.wanted["agent_settings"].tree()
    return field is not None and text_of(part_of(file, "llm", field)).rstrip("/") == value


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
    """A `.env` that OpenHands 1.16.0 loads from the current folder; what is set already wins."""
    if all(state.harness.NAME != "openhands" for state in snapshot.here):
        return
    path = Path(snapshot.machine.cwd) / ".env"
    data = read_original(path).data or b""
    for number, line in enumerate(data.decode("utf-8", "replace").splitlines(), 1):
        match = _DOTENV_LINE.match(line)
        if match and match[1] not in snapshot.machine.env:
            name = match[1]
            swaps = ", and all settings from there, with your key" if name == _WHOLE_CONFIG else ""
            yield Found(
                "error" if swaps else "warning",
                f"OpenHands takes {name} from this file when it is started in this folder{swaps}",
                f"{path}:{number}:1",
                f"take the line out, or {export(snapshot.machine, name)}",
            )


def export(machine: Machine, name: str) -> str:
    return f"setx {name} ..." if machine.platform == "win32" else f"export {name}=..."


def unset(machine: Machine, name: str) -> str:
    return f"set {name}=" if machine.platform == "win32" else f"unset {name}"


def _listed(names: list[str]) -> str:
    *some, last = dict.fromkeys(names)
    return f"{', '.join(some)} and {last}" if some else last
