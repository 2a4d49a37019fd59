"""Whether `confgen.toml` is valid, and says what is likely to be meant."""

from collections.abc import Iterator
from pathlib import Path

from confgen.doctor.snapshot import Snapshot
from confgen.errors import ConfgenError
from confgen.finding import Found
from confgen.settings import doubts


def valid(snapshot: Snapshot) -> Iterator[Found]:
    try:
        settings = snapshot.settings
        named = {state.harness.NAME for state in snapshot.harnesses}
        profiles = {name: settings.profile_for(name) for name in sorted(named)}
    except ConfgenError as error:
        yield Found("error", error.message, error.where, error.hint)
        return
    file = Path(snapshot.machine.settings_file)
    if snapshot.machine.env.get("CONFGEN_CONFIG") and not file.exists():
        yield Found(
            "info",
            f"CONFGEN_CONFIG names no file: {file}",
            "$CONFGEN_CONFIG",
            "unset CONFGEN_CONFIG, or make the file with: confgen init",
        )
    said = {profile.name: (name, profile) for name, profile in profiles.items()}
    for name, profile in said.values():
        for doubt in doubts(profile.provider):
            yield Found(
                "info",
                f"profile {profile.name}: {doubt}",
                next((s for k, s in profile.sources.items() if k.startswith("provider.")), None),
                f"confgen show {name} --sources",
            )
