"""Secrets that stand in a harness's files themselves: where, and who else can read them."""

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from confgen.doctor.keys import OPENROUTER, describe, kind_of
from confgen.doctor.snapshot import HarnessState, Snapshot
from confgen.document.place import place
from confgen.finding import Found
from confgen.shim.token import is_token

_OTHERS = 0o044
_WORDS = re.compile(r"[A-Za-z]+(?:[-_ ][A-Za-z]+)*")
_LONGEST_WORD = 20
"""Characters: what is longer, and all letters, can still be a key by chance."""


class Literal(NamedTuple):
    """A secret in a file. `words` say its kind and last characters, `where` is path:line:col.

    One that is `wished` was set there by `--write-key`.
    """

    path: Path
    where: str
    words: str
    kind: str | None
    wished: bool


def literal_secrets(state: HarnessState) -> Iterator[Literal]:
    """All but the shim's token, which opens nothing but the shim, and is to stand there."""
    for file, offset, secret in state.hidden:
        if file.document and not is_token(secret) and not _stands_in(secret):
            line, column = place(file.document.text, offset)
            path = Path(file.layer.path)
            where, wished = f"{path}:{line}:{column}", state.was_set(secret)
            yield Literal(path, where, describe(secret), kind_of(secret), wished)


def _stands_in(secret: str) -> bool:
    """Whether it is a word in a key's place, as servers of one's own take it: `lm-studio`."""
    return len(secret) < _LONGEST_WORD and _WORDS.fullmatch(secret) is not None


def literal(snapshot: Snapshot) -> Iterator[Found]:
    """A key of the upstream's is worth a warning, unless it was wished for.

    Other secrets are the user's own business.
    """
    for state in snapshot.here:
        for secret in literal_secrets(state):
            ours = secret.kind == OPENROUTER
            why = ", as --write-key has put it" if secret.wished else ""
            yield Found(
                "warning" if ours and not secret.wished else "info",
                f"{secret.words} stands in the file itself{why}",
                secret.where,
                f"keep it in the environment, and run: confgen apply {state.harness.NAME} --force"
                if ours
                else "keep it in the environment",
            )


def readable(snapshot: Snapshot) -> Iterator[Found]:
    if os.name == "nt":
        return
    for path, secrets in _by_file(snapshot).items():
        real = Path(os.path.realpath(path))
        if real.stat().st_mode & _OTHERS:
            yield Found(
                "warning",
                f"others may read this file, and it holds {secrets[0].words}",
                secrets[0].where,
                f"chmod 600 '{real}'",
            )


def tracked(snapshot: Snapshot) -> Iterator[Found]:
    # Imported here: few machines have a secret in a checkout.
    from confgen.doctor.git_index import is_tracked  # noqa: PLC0415

    for path, secrets in _by_file(snapshot).items():
        if is_tracked(path) or is_tracked(Path(os.path.realpath(path))):
            yield Found(
                "error",
                f"git tracks this file, and it holds {secrets[0].words}",
                secrets[0].where,
                f"git rm --cached '{path}', and replace the key: it is in the history",
            )


def _by_file(snapshot: Snapshot) -> dict[Path, list[Literal]]:
    found: dict[Path, list[Literal]] = {}
    for state in snapshot.here:
        for secret in literal_secrets(state):
            found.setdefault(secret.path, []).append(secret)
    return found
