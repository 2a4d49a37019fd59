"""Gives up, for good, all that a process could do beyond the view that it is in. Linux alone.

It runs as a part of `inside.py`, on the standard library. As root, too, nothing may be left: the
files of `/proc` and the devices ask who one is, not which capabilities one has.
"""

import ctypes
import os
import platform
import struct
from pathlib import Path
from typing import NamedTuple

_NAMESPACES = Path("/proc/sys/user/max_user_namespaces")

# linux/prctl.h and linux/capability.h
_PR_SET_DUMPABLE, _PR_SET_SECCOMP, _PR_CAPBSET_DROP, _PR_SET_NO_NEW_PRIVS = 4, 22, 24, 38
_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_CLEAR_ALL = 47, 4
_CAPABILITY_VERSION_3 = 0x20080522
_MOST_CAPABILITIES = 64

# linux/filter.h and linux/seccomp.h
_LOAD, _EQUALS, _AT_LEAST, _RETURN = 0x20, 0x15, 0x35, 0x06
_MODE_FILTER = 2
_ALLOW, _FAIL = 0x7FFF0000, 0x00050000
_NUMBER_AT, _ARCHITECTURE_AT, _FIRST_ARGUMENT_AT = 0, 4, 16
_X32 = 0x40000000

_FAMILIES = (1, 2, 10, 16)
"""Unix, IPv4, IPv6 and netlink, which the network's namespace holds; the socket of a virtual
machine to its host, say, it does not."""
_ENOSYS, _EAFNOSUPPORT = 38, 97
_KEYCTL_JOIN_SESSION = 1

_libc = ctypes.CDLL(None, use_errno=True)


class _Calls(NamedTuple):
    """The numbers of system calls on one architecture, and what that is called in a filter."""

    architecture: int
    add_key: int
    request_key: int
    keyctl: int
    socket: int
    socketpair: int
    io_uring_setup: int = 425


_CALLS = {
    "x86_64": _Calls(0xC000003E, 248, 249, 250, 41, 53),
    "aarch64": _Calls(0xC00000B7, 217, 218, 219, 198, 199),
    "riscv64": _Calls(0xC00000F3, 217, 218, 219, 198, 199),
}


def forbid_namespaces() -> None:
    """None may be made in here: in one of its own, a process has every capability again."""
    _NAMESPACES.write_text("0", encoding="ascii")


def give_up() -> None:
    """Whatever is started from here can gain no right, and nobody can look into this process."""
    calls = _CALLS.get(platform.machine())
    if calls is None:
        raise OSError(_ENOSYS, "no filter is known for this architecture", platform.machine())
    # The keyring of the login is inherited, past all namespaces.
    check(_libc.syscall(calls.keyctl, _KEYCTL_JOIN_SESSION, None), "keyctl", (_ENOSYS,))
    check(_libc.prctl(_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0), "prctl")
    for capability in range(_MOST_CAPABILITIES):
        if _libc.prctl(_PR_CAPBSET_DROP, capability, 0, 0, 0) != 0:
            break  # beyond the last one
    header = struct.pack("=Ii", _CAPABILITY_VERSION_3, 0)
    check(_libc.capset(header, bytes(24)), "capset")
    check(_libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "prctl")
    check(_libc.prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0), "prctl")
    _filter(_program(calls))


def _program(calls: _Calls) -> bytes:
    """Refuses keyrings, what goes past a filter, other architectures, and odd kinds of sockets."""
    refused = _step(_RETURN, _FAIL | _ENOSYS)
    steps = [
        _step(_LOAD, _ARCHITECTURE_AT),
        *(_step(_EQUALS, calls.architecture, 1, 0), refused),
        _step(_LOAD, _NUMBER_AT),
        *(_step(_AT_LEAST, _X32, 0, 1), refused),
    ]
    for number in (calls.add_key, calls.request_key, calls.keyctl, calls.io_uring_setup):
        steps += [_step(_EQUALS, number, 0, 1), refused]
    steps += [
        _step(_EQUALS, calls.socket, 2, 0),
        _step(_EQUALS, calls.socketpair, 1, 0),
        _step(_RETURN, _ALLOW),
        _step(_LOAD, _FIRST_ARGUMENT_AT),
    ]
    for family in _FAMILIES:
        steps += [_step(_EQUALS, family, 0, 1), _step(_RETURN, _ALLOW)]
    return b"".join((*steps, _step(_RETURN, _FAIL | _EAFNOSUPPORT)))


def _step(code: int, value: int, matches: int = 0, differs: int = 0) -> bytes:
    """One instruction: so many are skipped where it matches, or where it does not."""
    return struct.pack("=HBBI", code, matches, differs, value)


class _Program(ctypes.Structure):
    """linux/filter.h: struct sock_fprog."""

    _fields_ = [("length", ctypes.c_ushort), ("steps", ctypes.c_char_p)]


def _filter(program: bytes) -> None:
    wanted = _Program(len(program) // len(_step(0, 0)), program)
    check(_libc.prctl(_PR_SET_SECCOMP, _MODE_FILTER, ctypes.byref(wanted), 0, 0), "seccomp")


def check(result: int, what: str, expected: tuple[int, ...] = ()) -> None:
    """Raise OSError for a call that failed, unless for one of these reasons."""
    number = ctypes.get_errno()
    if result < 0 and number not in expected:
        raise OSError(number, os.strerror(number), what)
