"""Profiles to start from, with what each gains and costs. Their data stands in `presets.toml`."""

from functools import cache
from pathlib import Path
from typing import NamedTuple

from confgen.settings.built_in import BUILT_IN
from confgen.settings.files import ProfileTable, SettingsFile, parse_settings


class Preset(NamedTuple):
    """A profile that may be copied into a `confgen.toml`, and its trade-off in a line."""

    name: str
    trade_off: str
    table: ProfileTable

    def as_file(self) -> SettingsFile:
        """The preset as a file of its own, to be resolved as any other."""
        return SettingsFile("preset", profiles={self.name: self.table})


@cache
def load_presets() -> tuple[Preset, ...]:
    """All presets in the order of their file. For the calls that offer them: it takes a parser."""
    import tomllib  # noqa: PLC0415

    file = Path(__file__).with_name("presets.toml")
    tables = tomllib.loads(file.read_text(encoding="utf-8"))
    trade_offs = {name: table.pop("trade_off") for name, table in tables.items()}
    own = {name: table for name, table in tables.items() if table}
    profiles = {**BUILT_IN.profiles, **parse_settings({"profiles": own}, label="presets").profiles}
    return tuple(Preset(name, text, profiles[name]) for name, text in trade_offs.items())


def find_preset(name: str) -> Preset | None:
    return next((preset for preset in load_presets() if preset.name == name), None)
