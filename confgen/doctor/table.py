"""Every check, in literal tables: the machine's own, OpenRouter's, and those of each harness."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import NamedTuple

from confgen.doctor import (
    applied,
    client,
    environment,
    files,
    literal_keys,
    memory,
    online,
    serving,
    shims,
)
from confgen.doctor.snapshot import HarnessState, Snapshot
from confgen.finding import Found
from confgen.harnesses.packages import checks_of
from confgen.harnesses.reading import Reading
from confgen.openrouter.client import LIMIT


class Check(NamedTuple):
    """One row of the doctor's table: what it looks for under which name, and the function for that.

    `id` is stable, such as `env.key`; `looks_for` is its line in `confgen doctor --list`. `find`
    yields nothing where all is well, and neither writes nor prompts. What it cannot look at it
    leaves to the check that is about that: a ConfgenError of the snapshot makes it skipped.
    `harness` is the one that it is about, None for the machine's own. One that is `online` is run
    only where something may be sent; one that `starts_client` only where that takes time anyway, or
    where its harness is named. `patience` is in seconds.
    """

    id: str
    looks_for: str
    find: Callable[[Snapshot], Iterator[Found]]
    harness: str | None = None
    online: bool = False
    starts_client: bool = False
    patience: float = 5.0


class Kind(NamedTuple):
    """A check that every harness has. Its id is the harness's name, a dot and `suffix`."""

    suffix: str
    looks_for: str
    find: Callable[[HarnessState], Iterator[Found]]
    patience: float = 5.0


MACHINE = (
    Check("settings.valid", "a confgen.toml that is invalid, or unlikely meant", memory.settings),
    Check("env.key", "a key that is missing, broken, or another service's", environment.key),
    Check("env.conflict", "variables that win over what is applied", environment.conflict),
    Check("env.dotenv", "a .env here that a harness would load", environment.dotenv),
    Check("env.proxy", "a proxy that gets what is for this machine", environment.proxied_loopback),
    Check("secrets.literal", "keys that stand in a harness's file", literal_keys.literal),
    Check("secrets.readable", "such a file that others may read", literal_keys.readable),
    Check("secrets.tracked", "such a file that git tracks", literal_keys.tracked),
    Check("state.folder", "a state folder that is not yours alone", memory.folder),
    Check("state.manifest", "files of confgen's that are gone, or unknown", memory.manifest),
    Check("state.interrupted", "a write that was interrupted", memory.interrupted),
    Check("state.backups", "copies of your files gone, or open to others", memory.backups),
    Check("shim.running", "harnesses sent to a shim that does not run", shims.running),
    Check("shim.port", "another port, or another program on the shim's", shims.port),
    Check("shim.version", "a running shim of another confgen", shims.version),
    Check("shim.token", "a shim's token that is missing, wrong or open", shims.token),
)
ONLINE = tuple(
    # What one answer leads to may have to be asked for after it.
    Check(f"openrouter.{name}", looks_for, find, online=True, patience=2 * LIMIT + 1)
    for name, looks_for, find in (
        ("reachable", "an upstream that does not answer", online.reachable),
        ("key", "a key that is invalid, spent, or about to end", online.key),
        ("model", "models that OpenRouter does not have, or not for long", serving.model),
        ("providers", "pinned providers that do not serve the model", serving.providers),
        ("preferences", "preferences that those who serve it do not meet", serving.preferences),
        ("account", "models that the account's own settings shut out", online.account),
        ("provider-names", "provider slugs that OpenRouter does not know", serving.names),
    )
)
KINDS = (
    Kind("installed", "a missing {title}", client.installed),
    # Some clients take seconds to say which they are.
    Kind("version", "a version that nobody measured", client.version, 10.0),
    Kind("file", "files that {title} cannot read", files.unreadable),
    Kind("duplicate-key", "keys that stand twice", files.duplicate_keys),
    Kind("accepted", "values for which {title} drops a file", files.not_accepted),
    Kind("applied", "settings that are not applied", applied.not_applied),
    Kind("drift", "keys of confgen's that someone changed", applied.drifted),
)
STRICT = (Kind("json-strict", "what plain JSON, and {title}, does not take", files.not_strict),)
JSONC_BUT = (
    Kind("trailing-comma", "a comma for which {title} drops a file", files.trailing_comma),
    Kind("byte-order-mark", "a mark for which {title} drops a file", files.byte_order_mark),
)


def table(snapshot: Snapshot) -> tuple[Check, ...]:
    """The machine's checks, those of the harnesses that the snapshot is about, and OpenRouter's."""
    return (*MACHINE, *(row for state in snapshot.harnesses for row in of_harness(state)), *ONLINE)


def of_harness(state: HarnessState) -> Iterator[Check]:
    name, title, dialect = state.harness.NAME, state.harness.TITLE, state.main.dialect
    narrower = () if dialect.trailing_commas else JSONC_BUT
    for kind in (*KINDS, *(narrower if dialect.comments else STRICT)):
        find = partial(_in_state, name, kind.find)
        looks_for = kind.looks_for.format(title=title)
        yield Check(f"{name}.{kind.suffix}", looks_for, find, name, patience=kind.patience)
    for own in checks_of(state.harness).CHECKS:
        look = partial(_in_reading, name, own.find)
        yield Check(own.id, own.looks_for, look, name, starts_client=own.starts_client)


def _in_state(
    name: str, find: Callable[[HarnessState], Iterator[Found]], snapshot: Snapshot
) -> Iterator[Found]:
    return find(snapshot.of(name))


def _in_reading(
    name: str, find: Callable[[Reading], Iterator[Found]], snapshot: Snapshot
) -> Iterator[Found]:
    return find(snapshot.of(name).reading)
