"""The shim, where harnesses are sent to it: that it runs, is ours, and opens to their token."""

from collections.abc import Iterator
from typing import NamedTuple

from confgen import __version__
from confgen.doctor.snapshot import Snapshot, others_may
from confgen.errors import ConfgenError
from confgen.finding import Found
from confgen.found_pin import values_of
from confgen.settings.checks import is_loopback
from confgen.shim.token import FILE, is_token
from confgen.target import shim_address

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
            message = f"the shim does not run at {address}, where requests go from: {names}"
            fix = _start(snapshot, pointers[0].port)
            yield Found("warning", message, pointers[0].path, fix)


def port(snapshot: Snapshot) -> Iterator[Found]:
    ports = {shim.port for shim in snapshot.shims}
    address = snapshot.local_shim.address
    for pointer in _one_each(snapshot):
        name, there = pointer.harness, pointer.address
        if pointer.port not in ports and _is_taken(pointer):
            message = f"something else than your shim answers at {there}: {name} would talk to it"
            fix = f"end that program, or give the shim another port; {_start(snapshot)}"
            yield Found("error", message, pointer.path, fix)
        elif there != address:
            message = f"{name} is sent to {there}, the settings say {address}"
            yield Found("warning", message, pointer.path, f"confgen apply {name} --route shim")


def version(snapshot: Snapshot) -> Iterator[Found]:
    for shim in snapshot.shims:
        if shim.version != __version__:
            own = f"the shim at {shim.url} is of confgen {shim.version}"
            fix = f"confgen shim stop --port {shim.port} && {_start(snapshot, shim.port)}"
            yield Found("warning", f"{own}, this one is {__version__}", f"pid {shim.pid}", fix)


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
            message = "the shim's token is gone: what the files hold opens nothing"
            yield Found("error", message, str(path), _apply_again(pointers))
        return
    if others_may(path.stat()):
        message = "others may read the shim's token, and use the shim with your key"
        yield Found("warning", message, str(path), f"chmod 600 '{path}'")
    for pointer in pointers:
        if kept not in pointer.tokens:
            message = f"{pointer.harness} does not show the shim's token, and is turned away"
            yield Found("error", message, pointer.path, _apply_again([pointer]))


def _apply_again(pointers: list[Pointer]) -> str:
    names = " ".join(dict.fromkeys(pointer.harness for pointer in pointers))
    return f"confgen apply {names} --route shim --force"


def _start(snapshot: Snapshot, number: int | None = None) -> str:
    usual = snapshot.settings.shim.port
    return "confgen shim" if number in (None, usual) else f"confgen shim --port {number}"


def _one_each(snapshot: Snapshot) -> list[Pointer]:
    """A harness with several files is named once for each address."""
    seen = {(pointer.harness, pointer.address): pointer for pointer in _pointers(snapshot)}
    return list(seen.values())


def _pointers(snapshot: Snapshot) -> Iterator[Pointer]:
    """What the files of harnesses say of the shim; nothing where they no longer do."""
    for state in snapshot.here:
        for record in (record for record in state.records if record.route == "shim"):
            texts = [v for _, v in values_of(record, state.main.dialect) if isinstance(v, str)]
            address = next(filter(None, map(shim_address, texts)), None)
            if address:
                tokens = frozenset(filter(is_token, texts))
                yield Pointer(state.harness.NAME, record.path, address, tokens)


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
