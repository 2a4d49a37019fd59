"""What an upstream said last, in the state folder: for `--offline`, and for when it is away.

A file is one line of JSON that says what it is and when it was asked for, and the answer's bytes
below it. No key is in it: of a key nothing is kept.
"""

import json
import re
from pathlib import Path
from typing import NamedTuple

from confgen.write import durable

FOLDER = "catalog"
_PRIVATE = 0o700
_VERSION = 1
_LONGEST = 80  # characters of a name that are kept readable


class Kept(NamedTuple):
    """An answer's body, and the Unix time at which it was asked for."""

    body: bytes
    asked: float


class Cache:
    """The answers of the upstream `root`, below the state folder."""

    def __init__(self, state: Path, root: str) -> None:
        self._root = root
        self._folder = state / FOLDER / _file_name(root.partition("://")[2], root)

    def read(self, path: str) -> Kept | None:
        """The last answer to `path`; None where there is none, or none that can be read."""
        try:
            head, _, body = self._file(path).read_bytes().partition(b"\n")
            told = json.loads(head)
        except (OSError, ValueError, RecursionError):
            return None
        asked = told.pop("asked", None) if isinstance(told, dict) else None
        if told != self._head(path) or not isinstance(asked, int | float):
            return None
        return Kept(body, float(asked))

    def write(self, path: str, kept: Kept) -> None:
        """Keep an answer in the place of an earlier one, whole or not at all. Raises OSError."""
        head = json.dumps({**self._head(path), "asked": kept.asked}).encode()
        put(self._file(path), head + b"\n" + kept.body)

    def _head(self, path: str) -> dict[str, object]:
        return {"version": _VERSION, "upstream": self._root, "path": path}

    def _file(self, path: str) -> Path:
        return self._folder / f"{_file_name(path.removeprefix('/v1/'), path)}.json"


def put(path: Path, content: bytes) -> None:
    """Make `path` hold `content`, for its owner alone. Raises OSError."""
    durable.make_folders(durable.missing_folders(path), _PRIVATE)
    staged = durable.temp_beside(path)
    try:
        durable.write_new(staged, content, mode=0o600)
        durable.replace(staged, path)
    except OSError:
        staged.unlink(missing_ok=True)
        raise
    durable.sync_folder(path.parent)


def _file_name(shown: str, whole: str) -> str:
    """A name that every file system takes: readable, and told apart by the hash of `whole`."""
    readable = re.sub(r"[^a-z0-9.-]+", "_", shown.lower())[:_LONGEST]
    return f"{readable}-{durable.sha256(whole.encode('utf-8', 'surrogatepass'))[:12]}"
