"""The shim's local token: made once, kept by its owner alone, and shown by every client."""

import os
import re
from pathlib import Path

from confgen.errors import ConfgenError
from confgen.write import State, durable

FILE = "shim-token"
PREFIX = "confgen-"
_RANDOM_BYTES = 32
_FORM = re.compile(rf"{PREFIX}[A-Za-z0-9_-]{{43}}\s*", re.ASCII)


def is_token(text: str) -> bool:
    """Whether a text looks like a token of ours."""
    return bool(_FORM.fullmatch(text))


def read_token(folder: Path) -> str | None:
    """The token in the state folder; None before the first.

    Raises ConfgenError for a file that cannot be read, or that holds something else.
    """
    path = folder / FILE
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8"
        raise _unusable(f"the shim's token cannot be read: {reason}", path) from error
    if not is_token(text):
        raise _unusable("this file does not hold the shim's token", path)
    return text.strip()


def ensure_token(folder: Path) -> str:
    """The token, made at the first call. Of two processes that make it at once one wins.

    Raises ConfgenError as `read_token` does, and where the state folder cannot be written.
    """
    if token := read_token(folder):
        _keep_private(folder / FILE)
        return token
    with State(folder).lock():
        return read_token(folder) or _make_token(folder / FILE)


def new_token() -> str:
    """One that nobody has seen."""
    # Imported here: it brings half of hashlib and random, for once in a lifetime.
    import secrets  # noqa: PLC0415

    return PREFIX + secrets.token_urlsafe(_RANDOM_BYTES)


def _make_token(path: Path) -> str:
    token = new_token()
    staged = durable.temp_beside(path)
    durable.write_new(staged, f"{token}\n".encode(), mode=0o600)
    durable.replace(staged, path)
    durable.sync_folder(path.parent)
    return token


def _keep_private(path: Path) -> None:
    """Take back what a copy of the state folder, or a careless hand, has given to others."""
    if os.name == "posix" and path.stat().st_mode & 0o077:
        path.chmod(0o600)


def _unusable(message: str, path: Path) -> ConfgenError:
    return ConfgenError(
        message,
        where=str(path),
        hint="delete it, and run 'confgen apply' again for every harness on the shim's route",
    )
