"""The edits that take a Set back."""

from collections.abc import Callable

from confgen.document.model import Delete, Edit, Entry, Path, Prune, Restore

Look = Callable[[Path], tuple[str, bool] | None]


def plan_undo(path: Path, look: Look) -> tuple[Edit, ...]:
    """Put back what stands at `path`, or take it out with the containers that are not there yet.

    `look` gives the source of a value and whether it is an empty container, or None.
    """
    present = look(path)
    if present:
        return (Restore(path, present[0]),)
    edits: list[Edit] = [] if _identifies(path) else [Delete(path)]
    for length in range(len(path) - 1, -1, -1):
        container = look(path[:length])
        if container is None:
            edits.append(Prune(path[:length], None if length else ""))
        elif container[1]:
            edits.append(Prune(path[:length], container[0]))
            break
        else:
            break
    return tuple(edits)


def _identifies(path: Path) -> bool:
    """Whether the path is the field that its own list entry is found by; it goes with the entry."""
    return len(path) > 1 and isinstance(path[-2], Entry) and path[-2].field == path[-1]
