"""Whether git tracks a file, read from the index itself.

`git` is not run: the settings of a cloned repository can make even `git ls-files` run a program.
The format is git's own (Documentation/gitformat-index.txt, versions 2 to 4).
"""

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

_STAT_BYTES = 40
_SHA1_BYTES, _SHA256_BYTES = 20, 32
_HEADER = 12
_EXTENDED = 0x4000
_PREFIXED = 4
"""The version in which a name shares its beginning with the one before."""
_LARGEST = 256 << 20


def is_tracked(path: Path) -> bool:
    """False too where the index cannot be read."""
    for root in path.parents:
        if folder := _git_folder(root / ".git"):
            name = path.relative_to(root).as_posix().encode()
            with suppress(OSError, LookupError, ValueError):
                index = folder / "index"
                if index.stat().st_size <= _LARGEST:
                    return name in tracked_names(index.read_bytes(), _hash_bytes(folder))
            return False
    return False


def _git_folder(path: Path) -> Path | None:
    """`.git` itself, or the folder that it names, in a worktree or a submodule."""
    if path.is_dir():
        return path
    with suppress(OSError, UnicodeDecodeError):
        return path.parent / path.read_text(encoding="utf-8").removeprefix("gitdir:").strip()
    return None


def _hash_bytes(folder: Path) -> int:
    with suppress(OSError):
        config = (folder / "config").read_text(encoding="utf-8", errors="replace").lower()
        if "objectformat" in config and "sha256" in config:
            return _SHA256_BYTES
    return _SHA1_BYTES


def tracked_names(index: bytes, hash_bytes: int) -> Iterator[bytes]:
    """The names in an index. Raises ValueError or LookupError for what is none."""
    version = int.from_bytes(index[4:8], "big")
    if index[:4] != b"DIRC" or version not in (2, 3, 4):
        raise ValueError("this is no index of git's")
    at, name = _HEADER, b""
    for _ in range(int.from_bytes(index[8:_HEADER], "big")):
        start = at
        at += _STAT_BYTES + hash_bytes
        at += 4 if int.from_bytes(index[at : at + 2], "big") & _EXTENDED else 2
        kept = b""
        if version == _PREFIXED:
            drop, at = _offset(index, at)
            kept = name[: len(name) - drop]
        end = index.index(b"\0", at)
        name = kept + index[at:end]
        yield name
        # Before version 4, one to eight NULs bring the entry to a multiple of eight.
        at = end + 1 if version == _PREFIXED else start + (end - start + 8) // 8 * 8


def _offset(index: bytes, at: int) -> tuple[int, int]:
    """The number in git's variable-width spelling at `at`, and the offset behind it."""
    byte = index[at]
    value = byte & 0x7F
    while byte & 0x80:
        at += 1
        byte = index[at]
        value = ((value + 1) << 7) | (byte & 0x7F)
    return value, at + 1
