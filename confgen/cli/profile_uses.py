"""Who uses a profile: by what the settings say, and by what stands in the harnesses' files."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from confgen.settings import Settings

if TYPE_CHECKING:
    from confgen.manifest import Manifest


class Uses(NamedTuple):
    """Of one profile: whether it is the default, and the harnesses that have it.

    Those in `harnesses` have it by the settings, those in `applied` by the manifest: it stands in
    their files.
    """

    default: bool
    harnesses: tuple[str, ...]
    applied: tuple[str, ...]


def uses_of(name: str, settings: Settings, manifest: "Manifest") -> Uses:
    applied = {record.harness for record in manifest.records if record.profile == name}
    return Uses(
        default=settings.default[0] == name,
        harnesses=tuple(h for h in _named(settings) if settings.harness_table(h).profile == name),
        applied=tuple(sorted(applied)),
    )


def _named(settings: Settings) -> list[str]:
    """The harnesses that some file gives a profile of their own."""
    return sorted({h for file in settings.files for h, t in file.harnesses.items() if t.profile})


def named_by(name: str, settings: Settings) -> Iterator[str]:
    """Every setting that names a profile, as `FILE: profile` and `FILE: harness.NAME.profile`."""
    for file in settings.files:
        if file.profile == name:
            yield f"{file.label}: profile"
        for harness, table in file.harnesses.items():
            if table.profile == name:
                yield f"{file.label}: harness.{harness}.profile"


def users_of(name: str, settings: Settings, manifest: "Manifest") -> tuple[str, ...]:
    """All that a removal of the profile would leave without one, each by its name."""
    applied = (f"applied to {harness}" for harness in uses_of(name, settings, manifest).applied)
    return (*named_by(name, settings), *applied)


def overruled(name: str, chosen: tuple[str, ...], settings: Settings) -> Iterator[str]:
    """The settings of a stronger file that keep `name` from being what it was just made."""
    if not chosen and settings.default[0] != name:
        yield f"{settings.default[1]}: profile"
    for harness in chosen:
        if (other := settings.harness_table(harness).profile) != name:
            yield next(
                w for w in named_by(str(other), settings) if w.endswith(f".{harness}.profile")
            )


def with_their_own(settings: Settings) -> tuple[str, ...]:
    """The harnesses that the default profile is not for."""
    default = settings.default[0]
    return tuple(h for h in _named(settings) if settings.harness_table(h).profile != default)


def elsewhere(path: Path, name: str, settings: Settings) -> str | None:
    """The file that alone has the profile, where neither `path` nor confgen itself does."""
    labels = [label for label, _ in settings.tables_of(name)]
    return None if {str(path), "built-in"} & set(labels) else next(iter(labels), None)


def stale(settings: Settings, manifest: "Manifest") -> tuple[str, ...]:
    """The harnesses whose own files hold another profile than they now have."""
    found = {
        record.harness
        for record in manifest.records
        if record.scope == "user" and record.profile != settings.profile_for(record.harness).name
    }
    return tuple(sorted(found))
