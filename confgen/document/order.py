"""The order in which edits are made."""

from collections.abc import Iterator, Sequence

from confgen.document.model import Edit, Path, Prune


def in_batches(edits: Sequence[Edit]) -> Iterator[tuple[Edit, ...]]:
    """Edits in order, split where the path of one lies in that of an earlier one.

    Prunes come at the end, the deepest first. The edits of a batch can be checked together.
    """
    batch: list[Edit] = []
    ends: set[Path] = set()
    ways: set[Path] = set()
    for edit in edits:
        if isinstance(edit, Prune):
            continue
        prefixes = {edit.path[:length] for length in range(len(edit.path) + 1)}
        if edit.path in ways or prefixes & ends:
            yield tuple(batch)
            batch, ends, ways = [], set(), set()
        batch.append(edit)
        ends.add(edit.path)
        ways |= prefixes
    prunes = {edit: None for edit in edits if isinstance(edit, Prune)}
    batch += sorted(prunes, key=lambda edit: -len(edit.path))
    if batch:
        yield tuple(batch)
