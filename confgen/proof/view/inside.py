"""What runs as the first process of a sealed view, and starts the client there. Linux alone.

It is a program of its own on the standard library, started by `sealed.py` in namespaces that
util-linux's `unshare` has made: user, mount, network, process and IPC. It talks with its starter in
lines of JSON over one socket, the first of which is the plan:

    {"roots": [folder, ...], "work": folder, "emptied": [folder, ...], "masked": [path, ...],
     "changes": [[path, text or null], ...], "ports": [port, ...]}

Everything is made read-only; over each root lies an overlay whose writes stay in memory; what is
`emptied` or `masked` cannot be reached, and there are no devices but those that hold nothing. The
answer is `{"ready": counts}` with the listening sockets beside it, two for each port (IPv4 and
IPv6) where the machine has both; port 0 is any free one. Then
`{"run": argv, "env": {...}, "cwd": folder}` comes with a pipe for its output, and is answered by
`{"code": n}`, or by `{"fault": words}` where it cannot be started; `{"end": signal}` is for all
that runs meanwhile. What goes wrong before that is answered by `{"error": words}`. Where the
starter is gone, all of it ends.
"""

import contextlib
import fcntl
import json
import os
import resource
import signal
import socket
import struct
import time
from pathlib import Path
from typing import Any

from confgen.proof.view.overlays import lay, mask
from confgen.proof.view.rights import forbid_namespaces, give_up

_PAUSE = 0.01  # seconds
_LINE = 1 << 20  # bytes: a plan holds whole files

# linux/sockios.h
_SIOCGIFFLAGS, _SIOCSIFFLAGS, _IFF_UP = 0x8913, 0x8914, 1

_TO_STOP = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGPIPE)


def main(descriptor: int) -> None:
    # A first process gets no signal of those in here that it does not handle, as Python does one.
    for number in _TO_STOP:
        signal.signal(number, signal.SIG_IGN)
    control = Control(socket.socket(fileno=descriptor))
    plan, _ = control.receive()
    if plan is None:
        return
    try:
        _start_loopback()
        forbid_namespaces()
        lay(plan["roots"], plan["work"], plan["emptied"])
        mask(plan["masked"])
        _change(plan["changes"])
        listeners = [_listeners(port) for port in plan["ports"]]
        give_up()
    except OSError as error:
        control.send({"error": f"{error.strerror}: {error.filename or 'a system call'}"})
        return
    sockets = [one for pair in listeners for one in pair]
    control.send({"ready": [len(pair) for pair in listeners]}, sockets)
    for one in sockets:
        one.close()
    while True:
        order, descriptors = control.receive()
        if order is None:
            return
        if "run" in order:
            control.send(_run(order, descriptors, control))


class Control:
    """Lines of JSON over a socket, some with descriptors beside them."""

    def __init__(self, sock: socket.socket) -> None:
        self._socket = sock
        self._rest = b""

    def send(
        self, message: dict[str, object], sockets: "list[socket.socket] | None" = None
    ) -> None:
        line = json.dumps(message).encode() + b"\n"
        descriptors = [one.fileno() for one in sockets or ()]
        sent = socket.send_fds(self._socket, [line], descriptors) if descriptors else 0
        self._socket.sendall(line[sent:])

    def receive(self) -> "tuple[dict[str, Any] | None, list[int]]":
        """The next line, and what came beside it; None where the other end is gone."""
        descriptors: list[int] = []
        while b"\n" not in self._rest:
            data, beside, _, _ = socket.recv_fds(self._socket, _LINE, 4)
            descriptors += beside
            if not data:
                return None, descriptors
            self._rest += data
        line, _, self._rest = self._rest.partition(b"\n")
        return json.loads(line), descriptors

    def poll(self) -> "dict[str, Any] | None":
        """The next line if one is there; `{"end": 9}` where the other end is gone."""
        self._socket.setblocking(False)
        try:
            order, _ = self.receive()
        except BlockingIOError:
            return None
        finally:
            self._socket.setblocking(True)
        return {"end": int(signal.SIGKILL)} if order is None else order


def _start_loopback() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        asked = struct.pack("16sh14x", b"lo", 0)
        flags = struct.unpack("16sh14x", fcntl.ioctl(any_socket, _SIOCGIFFLAGS, asked))[1]
        fcntl.ioctl(any_socket, _SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", flags | _IFF_UP))


def _change(changes: "list[list[str | None]]") -> None:
    for name, text in changes:
        path = Path(str(name))
        if text is None:
            path.unlink(missing_ok=True)
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode("utf-8", "surrogateescape"))


def _listeners(port: int) -> "list[socket.socket]":
    """A socket on each of the loopback's addresses, both at the same port."""
    first = socket.create_server(("127.0.0.1", port))
    try:
        second = socket.create_server(
            ("::1", first.getsockname()[1]), family=socket.AF_INET6, dualstack_ipv6=False
        )
    except OSError:
        return [first]
    return [first, second]


def _run(
    order: "dict[str, Any]", descriptors: "list[int]", control: Control
) -> "dict[str, object]":
    """How a command ended: its exit code, or minus the signal that ended it."""
    failed, failing = os.pipe()  # closed by whatever it becomes
    child = os.fork()
    if child == 0:
        _become(order, descriptors[0], failing)
    os.close(descriptors[0])
    os.close(failing)
    with os.fdopen(failed, "rb") as pipe:
        fault = pipe.read().decode(errors="replace")
    code: int | None = None
    while code is None:
        code = _reap(child)
        asked = control.poll()
        if asked and "end" in asked:
            _end_all(int(str(asked["end"])))
        time.sleep(_PAUSE)
    _end_all(signal.SIGKILL)
    while _reap(child) is not None or _has_children():
        time.sleep(_PAUSE)
    return {"fault": fault} if fault else {"code": code}


def _become(order: "dict[str, Any]", output: int, failing: int) -> None:
    try:
        os.setsid()
        os.chdir(str(order["cwd"]))
        nothing = os.open(os.devnull, os.O_RDONLY)
        for source, target in ((nothing, 0), (output, 1), (output, 2)):
            os.dup2(source, target)
        os.closerange(3, failing)
        os.closerange(failing + 1, os.sysconf("SC_OPEN_MAX"))
        # One byte: with none, a program of the machine's still takes what a crash leaves.
        resource.setrlimit(resource.RLIMIT_CORE, (1, 1))
        for number in _TO_STOP:
            signal.signal(number, signal.SIG_DFL)
        os.execve(order["run"][0], order["run"], order["env"])  # noqa: S606
    except OSError as error:
        os.write(failing, (error.strerror or str(error)).encode())
    except BaseException as error:  # noqa: BLE001 - whatever it is, this is not the process to go on
        os.write(failing, str(error).encode())
    os._exit(127)


def _reap(child: int) -> "int | None":
    """Take away what has ended; the exit code of `child` where it is among that."""
    code = None
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return code
        if pid == 0:
            return code
        if pid == child:
            code = os.waitstatus_to_exitcode(status)


def _has_children() -> bool:
    try:
        os.waitpid(-1, os.WNOHANG)
    except ChildProcessError:
        return False
    return True


def _end_all(number: int) -> None:
    """A signal for every process of these namespaces but this one."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(-1, number)
