"""The nearest right name for a wrong one."""

from collections.abc import Iterable


def did_you_mean(wrong: str, right: Iterable[str]) -> str:
    """A hint that names the closest of `right`, or all of them where none is close."""
    # Imported here: only a mistake pays for it.
    from difflib import get_close_matches  # noqa: PLC0415

    names = sorted(right)
    close = get_close_matches(wrong.lower(), names, n=1, cutoff=0.6)
    if close:
        return f"did you mean '{close[0]}'?"
    return f"one of: {', '.join(names)}"
