"""Secrets that stand in a harness's files themselves: where, and who else can read them.

What one is, is told by its look: its kind and its last four characters, never its value.
"""

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from confgen.doctor.snapshot import HarnessState, Snapshot, others_may
from confgen.document.place import place
from confgen.finding import Found, Level
from confgen.shim.token import is_token

OPENROUTER = "an OpenRouter key"
_KINDS = {
    "sk-or-": OPENROUTER, "sk-ant-": "an Anthropic key", "sk-proj-": "an OpenAI key",
    "gsk_": "a Groq key", "fw_": "a Fireworks key", "fk-": "a Factory key", "xai-": "an xAI key",
    "AIza": "a Google key", "hf_": "a Hugging Face token", "pplx-": "a Perplexity key",
    "r8_": "a Replicate token", "nvapi-": "an NVIDIA key", "csk-": "a Cerebras key",
    "tgp_": "a Together key", "gh": "a GitHub token", "glpat-": "a GitLab token",
    "AKIA": "an AWS key",
}  # fmt: skip
_SECRET = "a secret"  # noqa: S105 - what it is called
_SHOWN = 4
_LONG_ENOUGH = 16
"""A value as long as this does not become known by its last characters."""
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
        # Servers of one's own take a word in a key's place: `lm-studio`.
        is_word = len(secret) < _LONGEST_WORD and _WORDS.fullmatch(secret)
        if file.document and not (is_word or is_token(secret)):
            line, column = place(file.document.text, offset)
            where, wished = f"{file.path}:{line}:{column}", state.was_set(secret)
            yield Literal(Path(file.path), where, describe(secret), kind_of(secret), wished)


def literal(snapshot: Snapshot) -> Iterator[Found]:
    """A key of the upstream's is worth a warning, unless it was wished for.

    Other secrets are the user's own business.
    """
    for state in snapshot.here:
        for secret in literal_secrets(state):
            ours = secret.kind == OPENROUTER
            why = ", as --write-key has put it" if secret.wished else ""
            message = f"{secret.words} stands in the file itself{why}"
            level: Level = "warning" if ours and not secret.wished else "info"
            fix = "keep it in the environment"
            if ours:
                fix += f", and run: confgen apply {state.harness.NAME} --force"
            yield Found(level, message, secret.where, fix)


def readable(snapshot: Snapshot) -> Iterator[Found]:
    for path, secret in _by_file(snapshot).items():
        real = Path(os.path.realpath(path))
        if others_may(real.stat(), 0o044):
            message = f"others may read this file, and it holds {secret.words}"
            yield Found("warning", message, secret.where, f"chmod 600 '{real}'")


def tracked(snapshot: Snapshot) -> Iterator[Found]:
    # Imported here: few machines have a secret in a checkout.
    from confgen.doctor.git_index import is_tracked  # noqa: PLC0415

    for path, secret in _by_file(snapshot).items():
        if is_tracked(path) or is_tracked(Path(os.path.realpath(path))):
            message = f"git tracks this file, and it holds {secret.words}"
            fix = f"git rm --cached '{path}', and replace the key: it is in the history"
            yield Found("error", message, secret.where, fix)


def _by_file(snapshot: Snapshot) -> dict[Path, Literal]:
    """The first secret of each file."""
    found: dict[Path, Literal] = {}
    for state in snapshot.here:
        for secret in literal_secrets(state):
            found.setdefault(secret.path, secret)
    return found


def kind_of(key: str) -> str | None:
    """`a Groq key`; None where its look tells nothing."""
    return next((kind for start, kind in _KINDS.items() if key.startswith(start)), None)


def describe(key: str) -> str:
    kind = kind_of(key) or _SECRET
    return f"{kind} that ends in {key[-_SHOWN:]}" if len(key) >= _LONG_ENOUGH else kind
