"""Lays what a sealed program sees over the file system. Linux alone.

It runs as a part of `inside.py`, on the standard library.
"""

import ctypes
import os
import re
import shutil
import stat
from collections.abc import Iterable
from pathlib import Path

from confgen.proof.view.rights import check

# linux/mount.h
_MS_NOSUID, _MS_NODEV, _MS_BIND = 2, 4, 4096
_AT_RECURSIVE = 0x8000
_AT_FDCWD = -100
_MOUNT_ATTR_RDONLY = 1
_SYS_MOUNT_SETATTR = 442  # the same number on every architecture

_DEVICES = ("null", "zero", "full", "random", "urandom", "tty")
_DEVICE_LINKS = {
    "fd": "/proc/self/fd",
    "stdin": "/proc/self/fd/0",
    "stdout": "/proc/self/fd/1",
    "stderr": "/proc/self/fd/2",
    "ptmx": "pts/ptmx",
}
_MOUNTS = Path("/proc/self/mountinfo")
_OCTAL = re.compile(rb"\\([0-7]{3})")
_PSEUDO = ("proc", "sysfs", "cgroup", "cgroup2", "devpts", "mqueue", "autofs", "binfmt_misc")
"""Kinds of mounts that hold no files of anybody's."""
_SIZE = "size=1g,nr_inodes=1m"
"""How much of the memory whatever is written there may take."""
_LARGEST_COPY = 16 * 1024 * 1024  # bytes of a file that can be written to, where it is copied

_libc = ctypes.CDLL(None, use_errno=True)


def lay(roots: Iterable[str], work: str, emptied: Iterable[str]) -> None:
    """Make everything read-only but the roots, over which writes go into memory.

    What is mounted below a root gets an overlay of its own. All are opened first: an overlay hides
    what lies beneath it, and its own folders too where they are below a root. A root may lie in
    what is emptied, and is all that is to be found there then.
    """
    mounted = dict(_mounted_below(tuple(roots)))
    files = {path for path, kind in mounted.items() if kind not in _PSEUDO}
    places = sorted({*roots, *files}, key=lambda path: path.count("/"))
    opened = [(path, os.open(path, os.O_PATH)) for path in places]
    _make_read_only("/", _AT_RECURSIVE)
    _lay_devices()
    _make_read_only("/dev", 0)
    for folder in emptied:
        if Path(folder).is_dir():
            _mount("tmpfs", folder, "tmpfs", _MS_NOSUID | _MS_NODEV, f"mode=0755,{_SIZE}")
    _mount("tmpfs", work, "tmpfs", _MS_NOSUID | _MS_NODEV, f"mode=0700,{_SIZE}")
    memory = _Memory(os.open(work, os.O_PATH))
    for path, lower in opened:
        if stat.S_ISDIR(os.fstat(lower).st_mode):
            Path(path).mkdir(parents=True, exist_ok=True)
            _lay_folder(path, lower, memory, mounted)
        else:
            _lay_file(path, lower, memory)
        os.close(lower)
    os.close(memory.folder)


class _Memory:
    """The folder in memory, and names in it that are not taken."""

    def __init__(self, folder: int) -> None:
        self.folder = folder
        self._taken = 0

    def next(self) -> Path:
        self._taken += 1
        return Path(f"/proc/self/fd/{self.folder}/{self._taken}")


def _lay_folder(path: str, lower: int, memory: _Memory, mounted: Iterable[str]) -> None:
    """An overlay; where something is mounted below, which the kernel forbids to lie in one, many.

    Then a folder in memory takes its place, with each of its files in it, and each of its folders.
    """
    within = [other for other in mounted if other.startswith(f"{path}/")]
    if not within:
        _lay_overlay(path, lower, memory.next())
        return
    mode = stat.S_IMODE(os.fstat(lower).st_mode)
    _mount("tmpfs", path, "tmpfs", _MS_NOSUID | _MS_NODEV, f"mode={mode:o},{_SIZE}")
    for entry in os.scandir(f"/proc/self/fd/{lower}"):
        _lay_entry(entry, f"{path}/{entry.name}", memory, within)


def _lay_entry(
    entry: "os.DirEntry[str]", path: str, memory: _Memory, mounted: Iterable[str]
) -> None:
    if entry.is_symlink():
        Path(path).symlink_to(os.readlink(entry.path))  # noqa: PTH115 - byte for byte
    elif entry.is_dir():
        Path(path).mkdir(mode=0o700)
        if path not in mounted and os.access(entry.path, os.R_OK | os.X_OK):
            lower = os.open(entry.path, os.O_PATH)
            _lay_folder(path, lower, memory, mounted)
            os.close(lower)
    elif path in mounted or not os.access(entry.path, os.R_OK):
        Path(path).touch(mode=0o600)
    elif entry.is_file() and entry.stat().st_size <= _LARGEST_COPY:
        shutil.copy2(entry.path, path)
    elif entry.is_file():
        Path(path).touch()
        _mount(entry.path, path, None, _MS_BIND, None)


def _lay_overlay(path: str, lower: int, memory: Path) -> None:
    upper, scratch = memory / "u", memory / "w"
    upper.mkdir(parents=True)
    scratch.mkdir()
    # The overlay's own folder is the upper one.
    upper.chmod(stat.S_IMODE(os.fstat(lower).st_mode))
    options = f"lowerdir=/proc/self/fd/{lower},upperdir={upper},workdir={scratch},userxattr"
    _mount("overlay", path, "overlay", 0, options)


def _lay_file(path: str, lower: int, memory: _Memory) -> None:
    """A single file that is mounted below a root; a pipe or a socket is not to be found."""
    if not stat.S_ISREG(os.fstat(lower).st_mode):
        return
    copy = memory.next()
    copy.write_bytes(Path(f"/proc/self/fd/{lower}").read_bytes())
    copy.chmod(stat.S_IMODE(os.fstat(lower).st_mode))
    _mount(str(copy), path, None, _MS_BIND, None)


def _lay_devices() -> None:
    """Those that hold nothing and lead nowhere: root, or a group, may open any other, read-only."""
    there = [name for name in _DEVICES if Path("/dev", name).exists()]
    opened = {name: os.open(f"/dev/{name}", os.O_PATH) for name in there}
    _mount("tmpfs", "/dev", "tmpfs", _MS_NOSUID, "mode=0755")
    for name, device in opened.items():
        Path("/dev", name).touch()
        _mount(f"/proc/self/fd/{device}", f"/dev/{name}", None, _MS_BIND, None)
        os.close(device)
    for name, target in _DEVICE_LINKS.items():
        Path("/dev", name).symlink_to(target)
    for name in ("shm", "pts"):
        Path("/dev", name).mkdir()
    options = f"mode=1777,{_SIZE}"
    _mount("tmpfs", "/dev/shm", "tmpfs", _MS_NOSUID | _MS_NODEV, options)  # noqa: S108
    _mount("devpts", "/dev/pts", "devpts", _MS_NOSUID, "newinstance,ptmxmode=0666")


def _mounted_below(roots: tuple[str, ...]) -> Iterable[tuple[str, str]]:
    """The places of mounts, and their kinds."""
    for line in _MOUNTS.read_bytes().splitlines():
        fields, _, kind = line.partition(b" - ")
        spelt = _OCTAL.sub(lambda found: bytes([int(found[1], 8)]), fields.split(b" ")[4])
        path = os.fsdecode(spelt)
        # What another mount hides is not there to be opened.
        if any(path.startswith(f"{root}/") for root in roots) and os.path.lexists(path):
            yield path, os.fsdecode(kind.split(b" ")[0])


class _MountAttributes(ctypes.Structure):
    """linux/mount.h: struct mount_attr."""

    _fields_ = [(name, ctypes.c_uint64) for name in ("set", "clear", "propagation", "user")]


def _make_read_only(path: str, flags: int) -> None:
    """A mount, or all below it: in that of processes root may set what holds for everybody."""
    wanted = _MountAttributes(_MOUNT_ATTR_RDONLY, 0, 0, 0)
    size = ctypes.sizeof(wanted)
    result = _libc.syscall(
        _SYS_MOUNT_SETATTR, _AT_FDCWD, path.encode(), flags, ctypes.byref(wanted), size
    )
    check(result, "mount_setattr")


def mask(paths: Iterable[str]) -> None:
    """Lay nothing over each of these."""
    for path in paths:
        # What cannot be reached from here needs no mask; `Path.exists` raises for some of it.
        if os.path.exists(path):  # noqa: PTH110
            _mount("/dev/null", path, None, _MS_BIND, None)


def _mount(source: str, target: str, kind: "str | None", flags: int, options: "str | None") -> None:
    spelt = [None if text is None else os.fsencode(text)
             for text in (source, target, kind, options)]  # fmt: skip
    check(_libc.mount(spelt[0], spelt[1], spelt[2], ctypes.c_ulong(flags), spelt[3]), target)
