"""What a check has found: the one word that the checks, the doctor and its report share."""

from typing import Literal, NamedTuple

Level = Literal["ok", "info", "warning", "error", "skipped"]

WORST_FIRST: tuple[Level, ...] = ("error", "warning", "info", "skipped", "ok")


class Found(NamedTuple):
    """One thing that a check has found, not yet under the check's name.

    `message` says what, and why it matters, in one line. `where` is `path:line:col`, a path, a
    `$VARIABLE` or a command; `hint` is one mend to copy. Neither holds a secret.
    """

    level: Level
    message: str
    where: str | None = None
    hint: str | None = None


class Finding(NamedTuple):
    """What a check has found, under its stable id; `harness` is None for the machine's own."""

    check: str
    harness: str | None
    level: Level
    message: str
    where: str | None = None
    hint: str | None = None
