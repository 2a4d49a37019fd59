"""Opens a view: the sockets on which the capture listens there, and the way to run a client."""

import contextlib
import os
import socket
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path, PurePath
from typing import NamedTuple

from confgen.errors import ConfgenError
from confgen.harnesses.session import Change
from confgen.proof import child
from confgen.proof.capture.server import Server
from confgen.proof.child import Ended
from confgen.proof.loopback import Address
from confgen.proof.view.layout import NOTE_TEXT, Layout
from confgen.proof.view.sealed import Plan, sealed

_NOBODYS = (Path("/run/user"),)
"""Folders of sockets and of what lasts as long as a login."""

Run = Callable[[Sequence[str | Path], Mapping[str, str], float], Ended]


class Loopback(NamedTuple):
    """Where the addresses of this machine lead that the user's files name.

    `shim` is where a shim of ours is, which stands for that at the addresses in `of_shim`; a
    request to any other is taken for what it says.
    """

    addresses: tuple[Address, ...] = ()
    of_shim: frozenset[Address] = frozenset()
    shim: tuple[str, int] | None = None


class View(NamedTuple):
    """A view that stands open. `proxy` is the capture's address in it, credentials included.

    It is the way to addresses of this machine, too: a port that no file names is then seen as well.
    """

    proxy: str
    run: Run


@contextlib.contextmanager
def seal(
    layout: Layout, server: Server, loopback: Loopback, changes: tuple[Change, ...]
) -> Iterator[View]:
    """The user's own folders, sealed. Raises SealError where this system does not allow it."""
    work = layout.folder / "seal"
    work.mkdir()
    texts = {change.path: change.text for change in changes}
    if layout.note and layout.note not in texts and not Path(layout.note).exists():
        texts[layout.note] = NOTE_TEXT
    ports = {address.port: address for address in loopback.addresses}
    changed = (change.path.parent for change in changes)
    plan = Plan(outermost((*layout.roots, *changed)), work, _NOBODYS, texts, (0, *ports))
    _relay(server, loopback)
    with sealed(plan) as inside:
        own, *others = inside.listeners
        for listener in own:
            server.serve(listener)
        for address, listeners in zip(ports.values(), others, strict=True):
            for listener in listeners:
                _serve(server, listener, address, loopback)

        def run(command: Sequence[str | Path], env: Mapping[str, str], deadline: float) -> Ended:
            return inside.run(command, env, layout.project, deadline)

        port = own[0].getsockname()[1]
        proxy = f"http://{server.capture.credentials}@127.0.0.1:{port}"
        yield View(proxy, run=run)


@contextlib.contextmanager
def unseal(
    layout: Layout, server: Server, loopback: Loopback, changes: Iterable[Change]
) -> Iterator[View]:
    """A client that is held by its proxies alone, among copies or in its user's own folders.

    It comes to them for addresses of this machine, too: every client that was measured does. Raises
    ConfgenError for a change of a file that it reads wherever its home is.
    """
    for change in changes:
        if not any(change.path.is_relative_to(root) for root in layout.roots):
            raise ConfgenError(
                f"{change.left_out.what}: {change.left_out.why}, and nothing can be sealed here",
                hint="--in-place runs the harness with all of it",
            )
        _change(Path(layout.place(change.path)), change.text)
    _relay(server, loopback)

    def run(command: Sequence[str | Path], env: Mapping[str, str], deadline: float) -> Ended:
        return child.run(command, env, layout.project, deadline)

    yield View(server.capture.proxy, run=run)


def _relay(server: Server, loopback: Loopback) -> None:
    for address in loopback.of_shim:
        if loopback.shim:
            server.relays[address.host.strip("[]"), address.port] = loopback.shim


def _serve(server: Server, listener: socket.socket, address: Address, loopback: Loopback) -> None:
    if address in loopback.of_shim and loopback.shim:
        server.serve_relay(listener, loopback.shim)
    else:
        server.serve(listener, address.origin)


def outermost(roots: Iterable[PurePath]) -> tuple[PurePath, ...]:
    """The folders that exist, as they really are, without those that lie within another."""
    real = dict.fromkeys(Path(os.path.realpath(root)) for root in roots)
    found = [path for path in real if path.is_dir() and path != path.parent]
    return tuple(p for p in found if not any(p != o and p.is_relative_to(o) for o in found))


def _change(path: Path, text: str | None) -> None:
    if text is None:
        path.unlink(missing_ok=True)
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode("utf-8", "surrogateescape"))
