"""The shim, where harnesses are sent to it: that it runs, is ours, and opens to their token."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from confgen import __version__
from confgen.doctor.snapshot import HarnessState, Snapshot
from confgen.document import JsonValue, decode, open_json
from confgen.errors import ConfgenError
from confgen.finding import Found
from confgen.manifest import FileRecord
from confgen.settings.checks import is_loopback
from confgen.shim.token import FILE, is_token
from confgen.target import shim_address
from confgen.write import read_original

_OTHERS = 0o077
_PATIENCE = 0.5
"""Seconds until something on this machine has taken a connection."""


class Pointer(NamedTuple):
    """A harness's file that sends requests to a shim, and what it shows there."""

    harness: str
    path: str
    address: str
    tokens: frozenset[str]

    @property
    def port(self) -> int:
        return int(self.address.rpartition(":")[2])


def running(snapshot: Snapshot) -> Iterator[Found]:
    """One finding for each address, however many harnesses are sent there."""
    ports = {shim.port for shim in snapshot.shims}
    sent: dict[str, list[Pointer]] = {}
    for pointer in _one_each(snapshot):
        if pointer.port not in ports:
            sent.setdefault(pointer.address, []).append(pointer)
    for address, pointers in sent.items():
        if not _is_taken(pointers[0]):
            names = ", ".join(pointer.harness for pointer in pointers)
            yield Found(
                "warning",
                f"the shim does not run at {address}, where requests go from: {names}",
                pointers[0].path,
                _start(snapshot, pointers[0].port),
            )


def port(snapshot: Snapshot) -> Iterator[Found]:
    ports = {shim.port for shim in snapshot.shims}
    address = snapshot.local_shim.address
    for pointer in _one_each(snapshot):
        if pointer.port not in ports and _is_taken(pointer):
            yield Found(
                "error",
                f"something else than your shim answers at {pointer.address}: "
                f"{pointer.harness} would talk to it",
                pointer.path,
                f"end that program, or give the shim another port; {_start(snapshot)}",
            )
        elif pointer.address != address:
            yield Found(
                "warning",
                f"{pointer.harness} is sent to {pointer.address}, the settings say {address}",
                pointer.path,
                f"confgen apply {pointer.harness} --route shim",
            )


def version(snapshot: Snapshot) -> Iterator[Found]:
    for shim in snapshot.shims:
        if shim.version != __version__:
            yield Found(
                "warning",
                f"the shim at {shim.url} is of confgen {shim.version}, this one is {__version__}",
                f"pid {shim.pid}",
                f"confgen shim stop --port {shim.port} && {_start(snapshot, shim.port)}",
            )


def token(snapshot: Snapshot) -> Iterator[Found]:
    pointers = list(_pointers(snapshot))
    path = snapshot.state.folder / FILE
    try:
        kept = snapshot.token
    except ConfgenError as error:
        yield Found("error", error.message, error.where, error.hint)
        return
    if kept is None:
        if pointers:
            yield Found(
                "error",
                "the shim's token is gone: what the files hold opens nothing",
                str(path),
                _apply_again(pointers),
            )
        return
    if os.name != "nt" and path.stat().st_mode & _OTHERS:
        message = "others may read the shim's token, and use the shim with your key"
        yield Found("warning", message, str(path), f"chmod 600 '{path}'")
    for pointer in pointers:
        if kept not in pointer.tokens:
            yield Found(
                "error",
                f"{pointer.harness} does not show the shim's token, and is turned away",
                pointer.path,
                _apply_again([pointer]),
            )


def _apply_again(pointers: list[Pointer]) -> str:
    names = " ".join(dict.fromkeys(pointer.harness for pointer in pointers))
    return f"confgen apply {names} --route shim --force"


def _start(snapshot: Snapshot, number: int | None = None) -> str:
    usual = snapshot.settings.shim.port
    return "confgen shim" if number in (None, usual) else f"confgen shim --port {number}"


def _one_each(snapshot: Snapshot) -> Iterator[Pointer]:
    """A harness with several files is named once for each address."""
    seen = {(pointer.harness, pointer.address): pointer for pointer in _pointers(snapshot)}
    yield from seen.values()


def _pointers(snapshot: Snapshot) -> Iterator[Pointer]:
    for state in snapshot.here:
        for record in state.records:
            if record.route == "shim":
                yield from _pointer(state, record)


def _pointer(state: HarnessState, record: FileRecord) -> Iterator[Pointer]:
    """What a record's file says of the shim; nothing where it no longer does."""
    try:
        text = decode(read_original(Path(record.path)).data or b"", name=record.path)
        document = open_json(text, state.dialect, name=record.path)
        values = [found.value for leaf in record.leaves if (found := document.find(leaf.path))]
    except (ConfgenError, RecursionError):
        return
    address = next(filter(None, map(shim_address, values)), None)
    if address:
        yield Pointer(state.harness.NAME, record.path, address, frozenset(_tokens(values)))


def _tokens(values: list[JsonValue]) -> Iterator[str]:
    for value in values:
        if isinstance(value, str) and is_token(value):
            yield value


def _is_taken(pointer: Pointer) -> bool:
    """Whether anything on this machine takes a connection there; nothing is sent."""
    import socket  # noqa: PLC0415 - most machines have no use for the shim

    host = pointer.address.rpartition(":")[0].strip("[]")
    if not is_loopback(host):
        return False
    try:
        with socket.create_connection((host, pointer.port), timeout=_PATIENCE):
            return True
    except OSError:
        return False
