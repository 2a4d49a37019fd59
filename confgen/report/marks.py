"""The sign of a finding: it says with its word what its colour says too."""

from confgen.finding import Level
from confgen.report.terminal import can_say

_SIGNS: dict[Level, tuple[str, str]] = {
    "error": ("✗", "x"),
    "warning": ("!", "!"),
    "info": ("i", "i"),
    "skipped": ("-", "-"),
    "ok": ("✓", "+"),
}
"""Each with its stand-in for an encoding without it."""


def mark(level: Level) -> str:
    sign, plain = _SIGNS[level]
    return sign if can_say(sign) else plain
