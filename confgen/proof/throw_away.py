"""The throw-away folder of one proof."""

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from confgen.proof.signals import undisturbed


@contextlib.contextmanager
def throw_away() -> Iterator[Path]:
    """A folder that is gone afterwards, whatever was put into it."""
    folder = Path(tempfile.mkdtemp(prefix="confgen-verify-")).resolve()
    try:
        yield folder
    finally:
        with undisturbed():
            _clear_away(folder)


def _clear_away(folder: Path) -> None:
    """What a child has locked, or had still open when it was ended, goes at the next try."""
    for _ in range(3):
        shutil.rmtree(folder, ignore_errors=True)
        if not folder.exists():
            break
        _unlock(folder)


def _unlock(folder: Path) -> None:
    """Give ourselves back the permissions that a child has taken away."""
    for parent, names, _ in os.walk(folder):
        for name in names:
            # Before the walk goes into it.
            with contextlib.suppress(OSError):
                Path(parent, name).chmod(0o700)
