"""Every check, in literal tables: the machine's own, and those of each harness."""

from collections.abc import Callable, Iterator, Sequence
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
    proxies,
    shims,
    wishes,
)
from confgen.doctor.check import Check
from confgen.doctor.snapshot import HarnessState, Snapshot
from confgen.finding import Found
from confgen.harnesses import Harness
from confgen.harnesses.faces import traps_of
from confgen.harnesses.view import Trap

MACHINE: tuple[Check, ...] = (
    Check(
        "settings.valid",
        "a confgen.toml that is invalid, or unlikely meant",
        wishes.valid,
    ),
    Check("env.key", "a key that is missing, broken, or another service's", environment.key),
    Check("env.conflict", "variables that win over what is applied", environment.conflict),
    Check("env.dotenv", "a .env here that a harness would load", environment.dotenv),
    Check("env.proxy", "a proxy that gets what is for this machine", proxies.proxied_loopback),
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


class Kind(NamedTuple):
    """A check that every harness has. Its id is the harness's name, a dot and `suffix`."""

    suffix: str
    looks_for: str
    find: Callable[[HarnessState], Iterator[Found]]
    patience: float = 5.0


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
    harnesses = (check for state in snapshot.harnesses for check in of_harness(state))
    return (*MACHINE, *harnesses, *online.CHECKS)


def of_harness(state: HarnessState) -> Iterator[Check]:
    harness = state.harness
    for kind in (*KINDS, *_of_dialect(state)):
        yield Check(
            f"{harness.NAME}.{kind.suffix}",
            kind.looks_for.format(title=harness.TITLE),
            partial(_by_state, harness.NAME, kind.find),
            harness=harness.NAME,
            patience=kind.patience,
        )
    for trap in traps_of(harness).TRAPS:
        yield _trap(harness, trap)


def _of_dialect(state: HarnessState) -> Sequence[Kind]:
    """What can be wrong with a file that is good JSONC."""
    if not state.dialect.comments:
        return STRICT
    return () if state.dialect.trailing_commas else JSONC_BUT


def _trap(harness: Harness, trap: Trap) -> Check:
    def find(snapshot: Snapshot) -> Iterator[Found]:
        return trap.find(snapshot.of(harness.NAME).view)

    return Check(
        trap.id,
        trap.looks_for,
        find,
        harness=harness.NAME,
        starts_client=trap.starts_client,
    )


def _by_state(
    name: str, find: Callable[[HarnessState], Iterator[Found]], snapshot: Snapshot
) -> Iterator[Found]:
    return find(snapshot.of(name))
