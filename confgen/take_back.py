"""Takes one call's writing back, to the byte: its files, and what confgen remembers of them."""

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from confgen.errors import ConfgenError
from confgen.manifest import dump_manifest
from confgen.plan import Plan
from confgen.write import State, read_original

# Most calls take nothing back.
if TYPE_CHECKING:
    from confgen.write.transaction import FileWrite


class Memory(NamedTuple):
    """What stood there before a plan was written: its own originals, and the texts it let go."""

    plan: Plan
    blobs: tuple[bytes, ...]


def remember(state: State, plan: Plan) -> Memory:
    """All that it takes to bring the time before `plan` back; to be called before it is written."""
    found = (state.blob(sha256) for sha256 in sorted(plan.manifest.blobs()))
    return Memory(plan, tuple(blob for blob in found if blob is not None))


def take_back(state: State, memory: Memory) -> None:
    """Write what stood there before.

    Raises ConfgenError where a file is no longer as confgen left it; then nothing is written.
    """
    from confgen.write.transaction import Transaction  # noqa: PLC0415

    plan = memory.plan
    with state.lock():
        state.recover()
        state.commit(
            Transaction(
                writes=tuple(_restored(plan)),
                manifest=dump_manifest(plan.manifest),
                blobs=memory.blobs,
                keep_blobs=plan.manifest.blobs(),
            )
        )


def _restored(plan: Plan) -> "list[FileWrite]":
    from confgen.write.transaction import FileWrite  # noqa: PLC0415

    writes = []
    for change in plan.changed:
        now = read_original(change.original.path)
        if now.data != change.after:
            raise ConfgenError(
                "the file was changed while the harness was verified, so nothing was taken back",
                where=str(change.original.path),
                hint="run 'confgen remove' with the harness's name",
            )
        made = change.record.folders if change.record and change.former is None else ()
        writes.append(
            FileWrite(
                now,
                change.original.data,
                private=change.target.file.private,
                drop_folders=tuple(Path(folder) for folder in made),
            )
        )
    return writes
