"""The presets are whole profiles, and each says in a line what it gains and costs."""

import pytest

from confgen.errors import SettingsError
from confgen.settings import Overrides, Settings, doubts
from confgen.settings.built_in import BUILT_IN, BUILT_IN_NAME
from confgen.settings.presets import Preset, find_preset, load_presets
from confgen.settings.resolve import resolve_profile

ROOM = 64  # columns that a table of 80 leaves beside the name


@pytest.mark.parametrize("preset", load_presets(), ids=lambda preset: preset.name)
def test_a_preset_is_whole(preset: Preset) -> None:
    profile = resolve_profile(Settings((preset.as_file(),)), preset.name, where="")
    assert profile.model
    assert profile.context_tokens
    assert profile.provider.fields
    assert not list(doubts(profile.provider))
    assert preset.trade_off.isprintable()
    assert len(preset.trade_off) <= ROOM


def test_the_built_in_profile_is_the_first_preset() -> None:
    first, *others = load_presets()
    assert (first.name, first.table) == (BUILT_IN_NAME, BUILT_IN.profiles[BUILT_IN_NAME])
    assert not {preset.name for preset in others} & BUILT_IN.profiles.keys()


def test_us_hosts_alone_and_nothing_kept() -> None:
    preset = find_preset("us-no-retention")
    assert preset
    assert preset.table.provider
    fields = preset.table.provider.fields
    assert (fields["zdr"], fields["data_collection"]) == (True, "deny")
    assert fields["only"]


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        pytest.param("cheapest", "'confgen profile add cheapest'", id="a preset"),
        pytest.param("kimi", "did you mean 'kimi-k2.5'?", id="a slip"),
    ],
)
def test_a_name_that_no_file_knows(name: str, hint: str) -> None:
    with pytest.raises(SettingsError) as refused:
        Settings((), Overrides(profile=name)).profile_for("droid")
    assert hint in str(refused.value.hint)
