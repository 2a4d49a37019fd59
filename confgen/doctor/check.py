"""A check: what it looks for under which name, and the function of the snapshot that looks."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

from confgen.doctor.snapshot import Snapshot
from confgen.finding import Found

PATIENCE = 5.0
"""Seconds that a check has, unless it says otherwise."""


class Check(NamedTuple):
    """One row of the doctor's table.

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
    patience: float = PATIENCE
