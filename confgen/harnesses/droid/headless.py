"""How Droid is run headless, as measured with 0.225.2 behind a proxy that ends TLS.

`--settings FILE` is laid over all its settings for one process, an organisation's too:
`hooks.hooksDisabled` there turns off every hook, also those of `hooks.json`, and an `mcpPolicy`
that allows nothing keeps all MCP servers from being started. `cloudSessionSync: false` spares it
five seconds in which it tries to store the session. `exec` offers no sub-agents to the model,
whatever its tools, and takes no model from a custom command; in spec mode it asks
`specModeModel`.
"""

from collections.abc import Iterator, Mapping

from confgen.document import JSONC, Document, Set, open_json
from confgen.errors import DocumentError
from confgen.harnesses.droid.effective import SPEC_MODEL, not_in_exec
from confgen.harnesses.droid.files import RUNTIME
from confgen.harnesses.kept_out import hidden, none_listed, none_offered, seen_from, without
from confgen.harnesses.pins import part_of
from confgen.harnesses.reading import Reading
from confgen.harnesses.session import Call, Change, LeftOut, Overflow, Question, Session

QUIET = {"FACTORY_DROID_AUTO_UPDATE_ENABLED": "false", "FACTORY_DISABLE_KEYRING": "1"}
"""The second keeps a copy from asking the user's keyring."""
CHATTER = frozenset({"api.factory.ai", "telemetry.factory.ai", "app.factory.ai"})
"""Flags, sessions, connectors and telemetry, login or not: `/api/llm/custom/usage` names the model
that was asked elsewhere, and telemetry is no JSON."""
UNSET = ("DROID_PARENT_SESSION_ID", "DROID_EXEC_RUN_TYPE", "FACTORY_UPSTREAM_CLIENT_TYPE")
"""It sets them for what it starts."""
WRITES_TO = ("FACTORY_LOG_FILE", "FACTORY_PROFILE_DIR")

_OVERLAY = "confgen-verify.json"
_SWITCHES = (
    Set(("hooks", "hooksDisabled"), True),
    Set(("mcpPolicy",), {"enabled": True, "allowlist": []}),
    Set(("cloudSessionSync",), False),
)
# What cannot be played headless is named, and costs nothing.
_UNPLAYED = "exec has no missions and no sub-agents"


listing = none_listed
offered = none_offered


def session(reading: Reading, question: Question, _listed: str | None = None) -> Session:
    """One run, and one in spec mode where a file names a model for that."""
    overlay = None if question.note is None else _overlay(reading)
    kept_out = tuple(_changes(reading))
    seen = seen_from(overlay.path, reading.machine.home, question.home) if overlay else None
    options = ("--settings", str(seen)) if seen else ()
    has_spec = any(part_of(file.tree, *keys) for file in reading.files for keys in SPEC_MODEL)
    spec = (("exec", *options, "--use-spec", question.prompt),) if has_spec else ()
    note = Call("Read", {"file_path": str(question.note)})
    return Session(
        runs=(("exec", *options, question.prompt), *spec),
        # Before the first turn it has nothing to summarise.
        steps=(note, Overflow(4)) if question.note else (),
        changes=(overlay,) if overlay else kept_out,
        left_out=(
            LeftOut("sub-agents", "they are not offered in exec"),
            *(LeftOut(f"the model at {at}", _UNPLAYED) for at in not_in_exec(reading)),
            *(change.left_out for change in kept_out if overlay),
            *(() if question.plugins else _plugins(reading)),
        ),
    )


def _overlay(reading: Reading) -> Change | None:
    """A file with the switches, over what the user already lays over everything."""
    beneath: Document | None = open_json("{}\n", JSONC, name=_OVERLAY)
    if named := reading.machine.env.get(RUNTIME):
        path = reading.machine.path(named)
        beneath = next((file.document for file in reading.files if file.path == path), None)
    if beneath is None:
        return None
    try:
        text = beneath.edit(_SWITCHES).text
    except (DocumentError, RuntimeError):
        return None
    what = "hooks, MCP servers and sessions in the cloud"
    left_out = LeftOut(what, "they are turned off for this run")
    return Change(reading.machine.home / ".factory" / _OVERLAY, text, left_out)


def _changes(reading: Reading) -> Iterator[Change]:
    """What has effects of its own, where the switches cannot be laid over it."""
    for file in reading.files:
        if change := without(file, ("hooks",)):
            yield change
    for place in reading.there("hooks"):
        yield hidden(place, "hooks")
    for place in reading.there("servers"):
        yield hidden(place, "MCP servers")


def _plugins(reading: Reading) -> Iterator[LeftOut]:
    for file in reading.files:
        found = file.tree.get("enabledPlugins")
        for name, on in found.items() if isinstance(found, Mapping) else ():
            if on is not False:
                yield LeftOut(f"plugin {name}", "it brings no models to exec")
